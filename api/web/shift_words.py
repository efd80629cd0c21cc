"""Words about wearers and their recordings, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "person.numbered/1": _("An account was given its officer's number."),
}
BASES: Mapping[str, str] = {
    "issued": _("Your recordings since a recorder was last issued or handed over to you."),
    "hours": _("Your recordings of the last 36 hours in which there are any."),
    "nothing": _("The archive holds no recording that ledger or label says is yours."),
    "no_number": _("Your account has no officer's number yet, so the archive cannot tell which recordings are yours. "
                   "An administrator gives it one."),
}
BY: Mapping[str, str] = {
    "several": _("the ledger names you and somebody else as wearer"),
    "label": _("the ledger does not say who wore the recorder; its own number says you"),
}
ORIGINS: Mapping[str, str] = {
    "label": _("on it already"),
    "shown": _("shown to the camera at the start of the take"),
    "station": _("claimed by the station"),
    "near": _("as in your session nearest in time that day"),
    "ledger": _("the wearer by the ledger"),
}
