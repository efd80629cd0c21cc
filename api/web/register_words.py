"""Words about registers and leavers, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

REGISTERS: Mapping[str, str] = {
    "unit": _("Units"), "person": _("People"), "certificate": _("Certificates of enforcement"),
    "recorder": _("Recorders"), "party": _("Parties"),
}
FIELDS: Mapping[str, str] = {
    "number": _("Number"), "name": _("Name"), "parent": _("Unit above"), "unit": _("Unit"),
    "heads": _("Heads the unit"), "holder": _("Holder"), "valid_from": _("Valid from"), "valid_to": _("Last day"),
    "vendor": _("Vendor"), "serial": _("Serial number"), "kind": _("Kind of device"), "code": _("Code"),
    "credit_code": _("Unified social credit code"), "id_number": _("Id number, as a code that does not show it"),
}
SOURCES: Mapping[str, str] = {
    "feed": _("by feed"), "hand": _("by hand"), "archive": _("from elsewhere in the archive"),
}
SORTS: Mapping[str, str] = {
    "recorder": _("Recorder held"), "absence": _("Absence that has not ended"),
    "proposal": _("Proposal to set aside, undecided"), "label": _("Recording without a person's label"),
    "unit": _("Unit headed"), "matter": _("Matter worked on"),
}
VERDICTS: Mapping[str, str] = {
    "added": _("to be added"), "changed": _("to be changed"), "unchanged": _("unchanged"), "refused": _("refused"),
}
OUTCOMES: Mapping[str, str] = {
    "left": _("has left"), "transferred": _("has moved"), "cancelled": _("cancelled: begun by mistake"),
}
HOW: Mapping[str, str] = {"leaves": _("leaves"), "transfers": _("moves to another unit")}
OF: Mapping[str, str] = {
    "person_number": _("Officer's number"), "person_name": _("Name of an officer"), "party": _("Party"),
    "recorder": _("Recorder"),
}
WHERE: Mapping[str, str] = {
    "label": _("in labels"), "ledger": _("in the device ledger"), "absence": _("in absences"),
    "deposit": _("in deposits"),
}
