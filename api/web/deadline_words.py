"""Words of the pages on deadlines, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "absence.declared/1": _("An officer's absence was declared: deadlines wait for the return."),
    "absence.ended/1": _("An officer returned to the unit: deadlines count from there."),
    "lateness.explained/1": _("Somebody explained why a deadline was missed."),
    "lateness.confirmed/1": _("A second person confirmed why a deadline was missed."),
}
REASONS: Mapping[str, str] = {
    "continuous_work": _("continuous work"),
    "away": _("work away from the unit"),
    "remote": _("work in a remote area"),
    "no_timely_hand_over": _("no timely hand-over possible"),
    "device_fault": _("a recorder or station failed"),
    "network_fault": _("the network failed"),
    "clock_wrong": _("the recorder's clock was wrong"),
    "absence_not_declared": _("an absence was not declared in time"),
    "forgotten": _("it was forgotten"),
    "other": _("another reason"),
}
STATES: Mapping[str, str] = {
    "on_time": _("on time"),
    "late": _("late"),
    "cannot_know": _("cannot know"),
    "pending": _("still running"),
    "exempt": _("excused until the return"),
    "adopted": _("adopted: made before the archive"),
    "text_record": _("does not apply: a text record"),
}
SUBJECTS: Mapping[str, str] = {"deposit": _("Deposit"), "label": _("Label")}
WHY: Mapping[str, str] = {
    "clock_reset": _("The recorder's clock had lost the time: it does not say when the recording was made."),
    "clock_ahead": _("The recorder's clock was ahead of its docking: it does not say when the recording was made."),
    "clock_before_issue": _("By its clock it was made before the recorder was last issued: left over from then, or the "
                            "clock had lost the time."),
    "clock_measured": _("The recorder's time was corrected by what the dock found its clock to be."),
    "since_issue": _("It was made after the recorder's last issue and before its docking, if the recorder was empty "
                     "when it was issued."),
    "clock_wide": _("When the recording ended is not known exactly enough: it may be either."),
    "absence_open": _("The officer is away by declaration; the hours count from the return."),
    "absence_ended": _("The officer was away by declaration; the hours count from the return."),
    "several_makers": _("More than one officer may have made it; not all of them were away."),
    "archive": _("All bytes lay under lock in the archive's store at that moment."),
    "labelled": _("All labels asked for were on it at that moment."),
    "adopted": _("It came from an old share: no term of the archive's runs for it."),
    "text_record": _("It is a document: the terms are for photographs, sound and film."),
    "not_done": _("It has not been done yet."),
    "no_store_register": _("Whether it lay on a dedicated store in time is not known: no register of such stores "
                           "is kept here."),
}
NAMED_BY: Mapping[str, str] = {
    "ledger": _("Worn by whom: by the device ledger."),
    "label": _("Worn by whom: by the label, the device ledger names nobody."),
    "handling_officer": _("Worn by whom: not known; the handling officer counts."),
    "nobody": _("Worn by whom: not known."),
}
HOW: Mapping[str, str] = {
    "open": _("announced, not here yet"),
    "finished": _("all bytes are here, not accessioned yet"),
    "quarantined": _("what came is not what was announced"),
    "aborted": _("announced and given up"),
    "expired": _("announced, and no bytes came for too long"),
    "unreadable": _("stated to be unreadable"),
}
