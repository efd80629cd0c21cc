"""Words of the search page, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

WHY: Mapping[str, str] = {
    "case": _("this very case number"),
    "case_begins": _("its case number begins so"),
    "other_unit": _("the same number under another form of the unit's name"),
    "text": _("found in its particulars"),
    "matter": _("a matter it belongs to is found by this"),
    "said": _("a transcript of it says so"),
}
FIELDS: Mapping[str, str] = {
    "case_no": _("Case number"),
    "matter": _("Matter"),
    "title": _("Title of the matter"),
    "party": _("Party"),
    "handling_officer": _("Handling officer"),
    "wearer": _("Wearer"),
    "wearer_no": _("Wearer's number"),
    "place": _("Place"),
    "file_name": _("File name"),
    "recorder": _("Recorder"),
    "station": _("Station"),
    "recorded": _("Recorded"),
    "said": _("Said at"),
}
