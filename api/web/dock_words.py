"""The words of a dock's screen and terminal, by light and by problem. Short: they are read from three metres."""

from collections.abc import Mapping
from typing import NamedTuple

from api.web.catalogue import chinese, english
from api.web.catalogue import marked as _
from api.web.views import Language

MARKS: Mapping[str, str] = {
    "empty": "○", "reading": "◔", "sending": "◑", "waiting": "◕", "safe": "✔", "problem": "✖"}
"""A light is never its colour alone."""
LIGHTS: Mapping[str, str] = {
    "empty": _("empty"),
    "reading": _("reading: leave it in"),
    "sending": _("sending: leave it in"),
    "waiting": _("awaiting receipt: leave it in"),
    "safe": _("may be taken"),
    "problem": _("do not take"),
}


class Problem(NamedTuple):
    """What is the matter, and what the person before the dock does about it."""

    why: str
    to_do: str


_LEAVE = _("Leave it in: it is tried again.")
_CALL = _("Leave it in; call the administrator.")
_CALL_NOT_WIPED = _("Not wiped. Call the administrator.")
_TECHNICIAN = _("Hand it to a technician.")
PROBLEMS: Mapping[str, Problem] = {
    "no_policy": Problem(_("No trust policy here"), _CALL_NOT_WIPED),
    "not_proven": Problem(_("Receipt does not verify"), _CALL_NOT_WIPED),
    "other_manifest": Problem(_("Receipt of another deposit"), _CALL_NOT_WIPED),
    "receipt.quarantined": Problem(_("Other bytes arrived"), _CALL_NOT_WIPED),
    "unreadable.empty": Problem(_("A file is empty"), _TECHNICIAN),
    "unreadable.not_readable": Problem(_("A file cannot be read"), _TECHNICIAN),
    "recorder.gone": Problem(_("Pulled out, or unreadable"),
                             _("Put it in again and wait.")),
    "recorder.sidecar": Problem(_("Does not say whose it is"), _CALL),
    "push.unreachable": Problem(_("Archive does not answer"), _LEAVE),
    "push.interrupted": Problem(_("Line to the archive cut"), _LEAVE),
    "push.no_receipt": Problem(_("No receipt yet"), _LEAVE),
    "archive.forked": Problem(_("Archive showed two histories"), _CALL_NOT_WIPED),
    "archive.unproven": Problem(_("Archive did not prove itself"), _LEAVE),
    "station.revoked": Problem(_("This dock was revoked"), _CALL),
    "station.unknown": Problem(_("Archive knows no such dock"), _CALL),
    "recorder_key.unknown": Problem(_("Its key is not registered"), _CALL),
    "recorder_key.signature": Problem(_("Its signature does not hold"), _CALL),
    "recorder_key.revoked": Problem(_("Its key was revoked"), _CALL),
    "recorder_key.other_recorder": Problem(_("Signed by another recorder"), _CALL),
    "recorder.not_its_own": Problem(_("The recorder did not sign"), _CALL),
    "signature.time": Problem(_("This dock's clock is wrong"), _CALL),
}
OTHER = Problem(_("The archive did not take it"), _CALL)
ABSENT = _("Not docked since yesterday")
BY_LEDGER = _("recorders out by the archive's device ledger, at whatever dock")
BY_JOURNAL = _("at this dock alone: the archive's device ledger was not to be asked")


class DockWords:
    """Both languages, read once."""

    def __init__(self) -> None:
        self._catalogues = {"zh": chinese(), "en": english()}

    def say(self, text: str, language: Language) -> str:
        """A text of this module."""
        return self._catalogues[language].gettext(text)

    def light(self, light: str, language: Language) -> str:
        """What a light means."""
        return self.say(LIGHTS[light], language)

    def problem(self, code: str, language: Language) -> Problem:
        """What a problem's code means; of an archive's code that has no words here, that it did not take it."""
        found = PROBLEMS.get(code, OTHER)
        return Problem(self.say(found.why, language), self.say(found.to_do, language))
