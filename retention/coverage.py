"""Whether the steps of a matter were recorded as a list wants it (R4-R7), decided on intervals. Pure.

No clock is exact: *covered* is said only when it is whatever the true times were, *missing*, *short* or *gapped* only
when it is whatever they were; else *cannot know*. Limit: times are compared; what the pictures show is not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from archive.event_values import Interval
from retention.cover import Hole, Span, holes, overlap
from retention.recording_lists import ListItem, Mode, RecordingList

State = Literal["covered", "short", "gapped", "missing", "waived", "explained", "cannot_know", "not_named"]
What = Literal["waiver", "no_recording", "gap"]


@dataclass(frozen=True)
class StepFact:
    """A step as it is claimed to have begun and ended, UTC."""

    id: str
    item: str
    began: Interval
    ended: Interval


@dataclass(frozen=True)
class Take:
    """A recording of the matter, or the span of it that is assigned: when it can have started and ended, UTC."""

    started: Interval
    ended: Interval


@dataclass(frozen=True)
class Said:
    """A statement about a step; ``span`` is a gap's. One that is not ``confirmed`` counts for nothing yet."""

    id: str
    step: str
    what: What
    confirmed: bool
    span: Span | None = None


@dataclass(frozen=True)
class Unrecorded:
    """A span without recording: ``surely`` is without whatever the true times were, ``perhaps`` may be (around it).

    ``where``: before the first take (it begins late), after the last (it ends early), between, or all of the step.
    """

    where: Literal["begin", "end", "between", "all"]
    surely: Span
    perhaps: Span


@dataclass(frozen=True)
class Judged:
    """One step under one list. ``item`` and ``mode`` None: the list names no such step. ``effective``: confirmed
    statements that decided; ``barred``: confirmed waivers that count for nothing, for the recording is mandatory (R4);
    ``waiting``: statements nobody confirmed. ``unrecorded`` is told in every state, also where nothing is owed."""

    step: str
    list_id: str
    item: ListItem | None
    state: State
    unrecorded: tuple[Unrecorded, ...]
    effective: tuple[str, ...]
    barred: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def mode(self) -> Mode | None:
        """How the list wants the step recorded."""
        return self.item.mode if self.item else None


def judge(plan: RecordingList, step: StepFact, takes: Sequence[Take], statements: Sequence[Said]) -> Judged:
    """One step under one plan, from all takes of the matter and the statements about its steps.

    A whole process needs one continuous cover, an other step only that some of it was recorded: R6 asks for no more.
    """
    item = plan.about(step.item)
    about = [one for one in statements if one.step == step.id]
    waiting = tuple(sorted(one.id for one in about if not one.confirmed))
    unrecorded = _unrecorded(plan, step, takes)
    if item is None:
        return Judged(step.id, plan.id, None, "not_named", unrecorded, (), (), waiting)
    state = _recorded(plan, item, step, takes, unrecorded)
    waivers = tuple(sorted(one.id for one in about if one.confirmed and one.what == "waiver"))
    barred = waivers if item.mode != "should" else ()
    effective: tuple[str, ...] = ()
    if state != "covered":
        confirmed = [one for one in about if one.confirmed and one.what != "waiver"]
        if confirmed and _covered(plan, step, _sure(takes) + _explained(plan, step, confirmed)):
            state, effective = "explained", tuple(sorted(one.id for one in confirmed))
        elif waivers and not barred:
            state, effective = "waived", waivers
    return Judged(step.id, plan.id, item, state, unrecorded, effective, barred, waiting)


def _recorded(plan: RecordingList, item: ListItem, step: StepFact, takes: Sequence[Take],
              unrecorded: Sequence[Unrecorded]) -> State:
    outer = Span(step.began.earliest, step.ended.latest)
    if not any(overlap(one, outer) for one in _possible(takes)):
        return "missing"
    inner = Span(step.began.latest, step.ended.earliest)
    if item.mode != "whole":
        return "covered" if any(overlap(one, inner) for one in _sure(takes)) else "cannot_know"
    if _covered(plan, step, _sure(takes)):
        return "covered"
    if not unrecorded:
        return "cannot_know"
    return "gapped" if any(one.where == "between" for one in unrecorded) else "short"


def _covered(plan: RecordingList, step: StepFact, spans: Sequence[Span]) -> bool:
    """Whether these spans cover the step however early it began and however late it ended."""
    inner, outer = Span(step.began.latest, step.ended.earliest), Span(step.began.earliest, step.ended.latest)
    edge = plan.ours.edge(inner.length)
    return any(overlap(one, inner) for one in spans) and not holes(spans, outer, edge, plan.ours.joined)


def _unrecorded(plan: RecordingList, step: StepFact, takes: Sequence[Take]) -> tuple[Unrecorded, ...]:
    """What is unrecorded for sure, each with what perhaps is around it."""
    inner, outer = Span(step.began.latest, step.ended.earliest), Span(step.began.earliest, step.ended.latest)
    edge = plan.ours.edge(outer.length)
    perhaps = holes(_sure(takes), outer, timedelta(), timedelta())
    return tuple(_told(one, perhaps) for one in holes(_possible(takes), inner, edge, plan.ours.joined))


def _told(one: Hole, perhaps: Sequence[Hole]) -> Unrecorded:
    """What is without any possible take lies within what is without a sure one."""
    around = [other.span for other in perhaps if overlap(other.span, one.span)]
    return Unrecorded(one.where, one.span, Span(min([one.span.start, *(s.start for s in around)]),
                                                max([one.span.end, *(s.end for s in around)])))


def _sure(takes: Sequence[Take]) -> list[Span]:
    """What each take covers whatever its true times; none where it may be over before it has started."""
    return [Span(one.started.latest, one.ended.earliest) for one in takes if one.started.latest < one.ended.earliest]


def _possible(takes: Sequence[Take]) -> list[Span]:
    return [Span(one.started.earliest, one.ended.latest) for one in takes]


def _explained(plan: RecordingList, step: StepFact, statements: Sequence[Said]) -> list[Span]:
    """What statements account for. Their times are typed: each is widened by what is forgiven at a step's edge."""
    outer = Span(step.began.earliest, step.ended.latest)
    edge = plan.ours.edge(outer.length)
    return [outer if one.span is None else Span(one.span.start - edge, one.span.end + edge)
            for one in statements]
