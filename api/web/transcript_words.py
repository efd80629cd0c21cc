"""Words about transcripts, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "transcript.added/1": _("A transcript was brought."),
    "transcript.withdrawn/1": _("A transcript was taken back."),
}
FIELDS: Mapping[str, str] = {
    "cues": _("Cues"),
    "encoding": _("Encoding"),
    "ends": _("End stated"),
    "form": _("Form"),
    "language": _("Language of what is said"),
    "of": _("Of"),
    "replaces": _("Takes the place of"),
    "starts": _("Start stated"),
    "zero": _("Times count from"),
}
FORMS: Mapping[str, str] = {
    "srt": _("subtitles (SRT)"),
    "webvtt": _("subtitles (WebVTT)"),
    "record": _("written record with times (plain text)"),
}
STATES: Mapping[str, str] = {
    "in_force": _("in force"),
    "replaced": _("replaced by a later one"),
    "withdrawn": _("taken back"),
    "erased": _("its text was erased"),
}
FORM_WORDS: Mapping[str, str] = {
    "refused": _("The transcript was not taken: {detail}"),
    "unreachable": _("The service could not be reached. Nothing was brought."),
}
"""Sentences of the form's script."""
