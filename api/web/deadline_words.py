"""Words of the pages on deadlines, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

STATES: Mapping[str, str] = {
    "on_time": _("on time"),
    "late": _("late"),
    "cannot_know": _("cannot know"),
    "pending": _("still running"),
    "exempt": _("excused until the return"),
}
SUBJECTS: Mapping[str, str] = {"deposit": _("Deposit"), "label": _("Label")}
WHY: Mapping[str, str] = {
    "clock_reset": _("The recorder's clock had lost the time: when the recording was made is not known."),
    "clock_ahead": _("The recorder's clock was ahead of the deposit: when the recording was made is not known."),
    "clock_wide": _("When the recording ended is not known exactly enough: it may be either."),
    "absence_open": _("The officer is away by declaration; the hours count from the return."),
    "absence_ended": _("The officer was away by declaration; the hours count from the return."),
    "archive": _("All bytes lay under lock in the archive's store at that moment."),
    "dedicated_store": _("It was stored on a registered dedicated store."),
    "labelled": _("All labels asked for were on it at that moment."),
    "not_done": _("It has not been done yet."),
}
