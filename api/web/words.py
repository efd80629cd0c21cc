"""Sentences and terms the pages choose by code: custody events, fields, reasons, limits of the guarantee.

English here; the Chinese is in the catalogue. Terms follow the glossary of ARCHITECTURE.md.
"""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "log.opened/1": _("The custody log was opened."),
    "station.enrolled/1": _("A docking station was enrolled with its key."),
    "person.added/1": _("A person was given an account."),
    "upload.opened/1": _("An upload was opened on a signed manifest."),
    "upload.finished/1": _("The upload was finished: every byte announced had come in."),
    "upload.quarantined/1": _("The deposit was put in quarantine: the bytes read back contradict its "
                              "manifest."),
    "upload.repeated/1": _("The same recording was deposited again; it was hashed again and equals the "
                           "first."),
    "upload.aborted/1": _("The upload was aborted; nothing of it was kept as a recording."),
    "recording.accessioned/1": _("The original was read back, hashed, locked and accessioned."),
    "object.placed/1": _("The original lies in a store under a pinned version."),
    "recording.same_bytes/1": _("The same bytes were found in a deposit from another recorder."),
    "recording.labelled/1": _("The recording was labelled."),
    "recording.indexed/1": _("The streams of the original were measured and hashed one by one."),
    "derivative.made/1": _("A derivative was made from the original and checked against it."),
    "derivative.unavailable/1": _("A derivative could not be made; the original is kept all the same."),
    "playback.opened/1": _("Someone opened a playback: a look at the recording."),
}
UNKNOWN_EVENT = _("An event of a kind this page has no sentence for.")

FIELDS: Mapping[str, str] = {
    "act_kind": _("Kind of act"),
    "case_no": _("Case number"),
    "classes": _("Classes of confidentiality"),
    "container": _("Container"),
    "copy": _("Access copy"),
    "derivative": _("Derivative"),
    "detail": _("Detail"),
    "digest": _("Digest"),
    "digests": _("Digests"),
    "duration": _("Duration"),
    "end": _("End"),
    "fields": _("Fields"),
    "first": _("First deposit"),
    "grade": _("Grade"),
    "handling_officer": _("Handling officer"),
    "key": _("Object key"),
    "key_id": _("Key id"),
    "kind": _("Kind"),
    "list_item": _("Item of the recording list"),
    "lock_mode": _("Lock"),
    "lock_until": _("Locked until"),
    "login": _("Login name"),
    "manifest_digest": _("Digest of the manifest"),
    "media_type": _("Media type"),
    "method": _("Method"),
    "name": _("Name"),
    "name_original": _("File name at the station"),
    "office": _("Office"),
    "original_name": _("File name at the station"),
    "other": _("Other recording"),
    "party": _("Party"),
    "person": _("Person"),
    "place": _("Place"),
    "playback": _("Playback"),
    "purpose": _("Purpose"),
    "reason": _("Reason"),
    "reasons": _("Reasons"),
    "recorder": _("Recorder"),
    "recording": _("Recording"),
    "sandbox": _("Sandbox"),
    "segments_root": _("Root of the segment digests"),
    "session": _("Session"),
    "size": _("Size"),
    "stage": _("Stage"),
    "start": _("Start"),
    "station": _("Station"),
    "store": _("Store"),
    "streams": _("Streams"),
    "tool": _("Tool"),
    "trust": _("Trust grade"),
    "unit": _("Unit"),
    "upload": _("Upload"),
    "vendor": _("Vendor"),
    "version": _("Version in the store"),
    "wearer": _("Wearer"),
    "what": _("What was opened"),
}

CODES: Mapping[str, str] = {
    "access_copy": _("access copy"),
    "original": _("original"),
    "rewrapped": _("re-wrapped: the streams are the original's, byte for byte; only the container is new"),
    "transcoded": _("transcoded: decoded and encoded again; picture and sound are not the original's bytes"),
    "digest": _("the digest differs from the manifest"),
    "segment": _("a segment read back differs from the one received"),
    "size": _("the size differs from the manifest"),
    "not_media": _("the file is not sound or picture any tool here can read"),
    "too_large": _("it exceeds the limits set for tools that handle outside files"),
    "too_many_streams": _("it holds more streams than the limit"),
    "timeout": _("the tool did not finish in its time"),
    "tool_failed": _("the tool failed on this file"),
    "no_sandbox": _("no sandbox is available, and outside files are not opened without one"),
    "check_failed": _("a copy was made, but did not pass its checks against the original and was discarded"),
    "not_decodable": _("nothing in it can be decoded"),
    "deferred": _("put off"),
    "COMPLIANCE": _("compliance: nobody can shorten it through the store's interface"),
    "bubblewrap": _("bubblewrap (no network, one file readable)"),
    "landlock": _("Landlock (no network, one file readable)"),
    "none": _("none"),
}

SORTS: Mapping[str, str] = {
    "video": _("Video"),
    "audio": _("Sound"),
    "image": _("Photograph"),
    "unknown": _("Unknown format"),
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

COVERED: tuple[str, ...] = (
    _("The original stays the bytes that came: it is under a lock in the store, is always read at its "
      "pinned version, and was read back and hashed again before it counted as accessioned. No user of "
      "this service, nor the service itself, can change or delete it."),
    _("Every act on it and every look at it through this service is a custody event and stands in the "
      "custody history below; tables and pages are made from that log."),
    _("The log is signed. Whoever holds a receipt or a checkpoint outside this service can show any later "
      "rewriting of it."),
)
NOT_COVERED: tuple[str, ...] = (
    _("What happened before the station signed the manifest: staging, cutting on the recorder, a wrong "
      "clock, a recording never deposited."),
    _("Looks that do not go through this service: reading the store's disk, filming a screen."),
    _("Whoever owns the store's disk, or root on the machine, can destroy the original. That is detected, "
      "not prevented."),
    _("Whoever owns the database can rewrite it. That is detected only once a receipt, a cosignature or "
      "a second copy lies out of their reach."),
    _("The times of events are this server's claim."),
    _("That the archive will still have the recording in ten years: the receipt is evidence to hold it "
      "to account."),
)
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

# Words of the scripts, handed over in a data attribute: scripts hold no sentences of their own.
PLAYER_WORDS: Mapping[str, str] = {
    "opening": _("Putting the look on record…"),
    "opened": _("On record as playback {playback}."),
    "refused": _("The playback was not opened: {detail}"),
    "unreachable": _("The service could not be reached. Nothing was shown."),
    "no_picture": _("The browser shows no picture, though the recording has one. Do not rely on what you "
                    "see here; report this recording."),
    "no_sound": _("The browser plays no sound, though the recording has it. Do not rely on what you hear "
                  "here; report this recording."),
    "broken": _("The browser cannot play this access copy ({detail})."),
}
VERIFY_WORDS: Mapping[str, str] = {
    "running": _("Checking…"),
    "progress": _("Reading the original: {done} of {total}"),
    "proven": _("proven"),
    "refused": _("refused"),
    "unchecked": _("not checked"),
    "verdict_proven": _("No fault found: the original, its entry, the proof and the signature agree."),
    "verdict_refused": _("A fault was found in step {step}. Keep this page and the receipt, and report it."),
    "verdict_stopped": _("The check could not be carried out: {detail}"),
    "step_receipt": _("The receipt can be read"),
    "step_signature": _("The checkpoint is signed by the log's key"),
    "step_inclusion": _("The entry is in the signed log"),
    "step_leaf": _("The entry is well formed and speaks of this recording"),
    "step_particulars": _("The particulars shown belong to the entry"),
    "step_file": _("The original in the store equals the entry: size and digests"),
    "step_segments": _("The root of the segment digests is equal"),
    "key_claimed": _("key {key}, as this server states it; compare it with the key you hold"),
    "key_held": _("key {key}, which you entered"),
    "at_index": _("entry {index} of {size}"),
    "at_time": _("{kind}, time claimed {at}"),
    "fields": _("{shown} shown, {withheld} withheld"),
    "no_fields": _("the entry commits to no particulars"),
    "bytes": _("{size} bytes, {digests}"),
    "no_segments": _("the entry names none"),
    "pending": _("the receipt is not signed yet; try again shortly"),
    "unreachable": _("the service could not be reached"),
}
