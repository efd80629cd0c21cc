"""The words of the device ledger's pages, by code. Terms follow the glossary of ARCHITECTURE.md."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "recorder.registered/1": _("A recorder was entered in the device ledger."),
    "recorder.issued/1": _("A recorder was issued to its wearer."),
    "recorder.returned/1": _("A recorder came back."),
    "recorder.reported/1": _("A recorder was reported lost, damaged or recovered."),
    "shift.handed_over/1": _("Recorders were handed over from shift to shift."),
    "gap.explained/1": _("A gap in a recorder's recordings was explained."),
    "gap.confirmed/1": _("The head of the unit confirmed the explanation of a gap."),
}
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
FINDINGS: Mapping[str, str] = {
    "gap/sequence": _("Numbers are missing."),
    "gap/chain": _("A manifest the dock signed before this one never arrived, nor did its bytes."),
    "gap/file_name": _("Numbers are missing in the file names."),
    "overwritten/sequence": _("Numbers are missing, and the recorder was issued with too little free memory: it may "
                              "have recorded over them."),
    "repeat/bytes": _("The same bytes were deposited more than once."),
    "repeat/sequence": _("One number was used for two recordings."),
    "repeat/chain": _("Two manifests name the same one before them."),
    "renumbered/sequence": _("The numbering began again."),
    "overlap/time": _("Two recordings ran at the same time."),
    "unknown/ledger": _("Issued and returned, and no recording between: perhaps there was nothing to record."),
    "unknown/nothing": _("Neither numbers nor a chain: whether anything is missing cannot be known."),
}
SAYS: Mapping[str, str] = {
    "recorder_signed": _("signed by the recorder"),
    "dock_observed": _("observed and signed by the docking station"),
    "file_names_only": _("by file names only"),
    "cannot_know": _("cannot be known"),
}
