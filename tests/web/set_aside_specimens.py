"""A proposal to set a recording aside, as a page shows it, with hostile text from outside."""

from web.specimens import AT, HOSTILE, LINE

from api.web.set_aside_lines import AsideLine, State


def aside_line(state: State, *, may_decide: bool = False) -> AsideLine:
    """A proposal in this state; ``may_decide``: whoever looks is the head."""
    return AsideLine("prp_1", LINE.recording_id, "by_mistake", HOSTILE, state, HOSTILE, AT, HOSTILE, AT, may_decide,
                     may_decide)
