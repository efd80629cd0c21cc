"""Sentences of whole pages: what the guarantee covers and what not, problems, refused log-ins."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

COVERED: tuple[str, ...] = (
    _("The original stays the bytes that came: it was read back and hashed again before it counted as accessioned, "
      "and is always read at its pinned version. While its lock lasts, no user of this service, nor the service "
      "itself, can change or delete it."),
    _("Every act on it and every playback of it through this service is a custody event and stands in the custody "
      "history below; tables and pages are made from that log."),
    _("The log is signed. Whoever holds a receipt or a checkpoint outside this service can show any later "
      "rewriting of it."),
)
NOT_ACCESSIONED = _("This deposit is not accessioned: nothing is guaranteed of its bytes. Acts on it and playbacks of "
                    "it are on record all the same.")
NOT_COVERED: tuple[str, ...] = (
    _("What happened before the station signed the manifest: staging, cutting on the recorder, a wrong clock, "
      "a recording never deposited."),
    _("Looks that are no playback: searches, this page with its still picture and waveform, reading the store's "
      "disk, filming a screen."),
    _("Whoever owns the store's disk, or root on the machine, can destroy the original. That is detected, "
      "not prevented."),
    _("Whoever owns the database can rewrite it. That is detected only once a receipt, a cosignature or a second "
      "copy lies out of their reach."),
    _("The times of events are this server's claim."),
    _("That the archive will still have the recording in ten years: the receipt is evidence to hold it to "
      "account."),
)
NAMED_ONLY = _("That a recorder or docking station handed over these bytes: the archive found them in a drop folder "
               "under this name, and cannot tell a file cut in transfer from a whole one.")
ADOPTED = _("That it was not changed before adoption: it came from an old share, and the hash list its old holder "
            "signed says only what the file was at that signature; claimed times, people and case numbers are of an "
            "old sheet.")
OPERATOR_ONLY = _("No independent cosigner has signed yet: against an operator who rewrites the whole "
                  "log this is the operator's word only.")

PROBLEM_TITLES: Mapping[int, str] = {
    400: _("The request could not be understood"),
    401: _("Please log in"),
    403: _("This is not allowed"),
    404: _("Not found"),
    405: _("This address does not take that kind of request"),
    409: _("It contradicts the present state"),
    413: _("Too large"),
    422: _("What was sent is not acceptable"),
    429: _("Too many attempts"),
    500: _("The service failed"),
    503: _("Part of the service does not answer"),
}
PROBLEM_ADVICE: Mapping[int, str] = {
    400: _("Go back and try again; if it stays, tell whoever runs the service the code below."),
    401: _("Your session has ended or you were not logged in. Nothing was done."),
    403: _("Nothing was done. A form left open too long is refused as well: go back, reload and send it "
           "again."),
    404: _("There is nothing at this address, or you may not see it; the two look the same on purpose."),
    409: _("Reload the page to see how things stand now, then decide again."),
    429: _("Wait a little before the next attempt."),
    500: _("Nothing recorded is lost. Tell whoever runs the service the code below."),
    503: _("Nothing is lost. Try again shortly; looks are refused while they cannot be put on record."),
}
OTHER_PROBLEM = _("The request was not carried out")

LOGIN_FAULTS: Mapping[str, str] = {
    "wrong": _("Login name or password is wrong."),
    "throttled": _("Too many attempts. Wait a little, then try again."),
    "expired": _("The form had expired. Please try again."),
}
COPY_STATES: Mapping[str, str] = {
    "making": _("being made"),
    "ready": _("ready"),
    "unavailable": _("unavailable"),
}
RECEIPT_STATES: Mapping[str, str] = {
    "pending": _("pending: the log has not signed it yet"),
    "signed": _("signed by the log"),
    "cosigned": _("cosigned"),
    "anchored": _("cosigned and time-stamped"),
}
