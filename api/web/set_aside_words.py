"""Words about recordings that are set aside, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "recording.set_aside_proposed/1": _("The wearer proposed to set the recording aside."),
    "recording.set_aside/1": _("The head of the unit agreed: the recording is set aside, and searches leave it out."),
    "recording.set_aside_declined/1": _("The proposal to set the recording aside was declined or taken back."),
    "recording.brought_back/1": _("The recording was brought back: searches find it again."),
}
REASONS: Mapping[str, str] = {
    "not_enforcement": _("not of enforcement"),
    "by_mistake": _("recorded by mistake"),
}
STATES: Mapping[str, str] = {
    "waiting": _("proposed to be set aside; waits for the head of the unit"),
    "aside": _("set aside: searches leave it out"),
    "declined": _("a proposal to set it aside was declined or taken back"),
    "back": _("it was set aside and brought back"),
}
