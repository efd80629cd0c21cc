"""The words of the device ledger's pages, by code. Terms follow the glossary of ARCHITECTURE.md."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

STATES: Mapping[str, str] = {
    "available": _("available"),
    "issued": _("issued"),
    "lost": _("reported lost"),
    "damaged": _("damaged, out of use"),
}
STATE_CLASSES: Mapping[str, str] = {
    "available": "ready", "issued": "making", "lost": "unavailable", "damaged": "unavailable"}
ENTRIES: Mapping[str, str] = {
    "issued": _("Issued"),
    "returned": _("Returned"),
    "lost": _("Reported lost"),
    "damaged": _("Reported damaged"),
    "recovered": _("Reported recovered or repaired"),
    "handed_over": _("Handed over from shift to shift"),
}
CHECKS: Mapping[str, str] = {
    "battery": _("battery"),
    "memory": _("free memory"),
    "clock": _("clock"),
    "image": _("picture and sound"),
}
CONDITIONS: Mapping[str, str] = {
    "sound": _("sound"),
    "incomplete": _("something is missing"),
    "damaged": _("damaged, out of use"),
}
REPORTS: Mapping[str, str] = {
    "lost": _("lost"),
    "damaged": _("damaged, out of use"),
    "recovered": _("recovered: found again or repaired"),
}
FIELDS: Mapping[str, str] = {
    "passed": _("Right before use"),
    "failed": _("Not right before use"),
    "clock_offset_ms": _("Clock offset, milliseconds"),
    "condition": _("Condition"),
    "remark": _("Remark"),
    "wearer": _("Wearer"),
    "giver": _("Handed over by"),
}
