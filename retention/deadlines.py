"""Whether a recording was deposited and labelled in time (R23, R25, R27), decided on intervals. Pure.

A recorder's clock is never exact: *late* is said only when it is late whatever the true time within what is known,
*on time* only when it is on time whatever it was; else *cannot know*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from archive.event_values import Interval
from archive.recorder_clock import Bounds, ClockMeasured, RecordedTimes, recorded_times
from retention.clauses import Clause, RulePack

State = Literal["on_time", "late", "cannot_know", "pending", "exempt", "adopted", "text_record"]


@dataclass(frozen=True)
class Away:
    """A declared absence, UTC; open while ``returned`` is None."""

    began: datetime
    returned: datetime | None


UNTRUE = ("clock_reset", "clock_ahead", "clock_before_issue")
"""Words for a clock that says nothing of when the recording was made."""
NOBODY_AWAY: tuple[tuple[Away, ...], ...] = ((),)
"""One person may have made it, and was never away."""


@dataclass(frozen=True)
class Facts:
    """What is known of one recording. Moments are intervals where a clock that is not the archive's said them.

    ``started`` (None: not known, ``ended`` stands for it) and ``ended`` as the recorder claims; ``measured``: what the
    dock found its clock to be; ``not_before``: the recorder's last issue, if known; ``docked_at``: when it lay in the
    dock, at the latest; ``held``: when the archive had all bytes under lock; ``labelled``: first time each label name
    was on it; ``absences``: one sequence for each person who may have made it; ``adopted`` from an old share;
    ``text_record``: a document. Limit: whether it lay on a dedicated store 专用存储器 (R23) meanwhile is no fact here,
    for no event says so.
    """

    ended: Interval
    held: datetime | None
    labelled: Mapping[str, datetime] = field(default_factory=dict)
    started: Interval | None = None
    measured: ClockMeasured | None = None
    not_before: datetime | None = None
    docked_at: datetime | None = None
    absences: Sequence[Sequence[Away]] = NOBODY_AWAY
    adopted: bool = False
    text_record: bool = False


@dataclass(frozen=True)
class Deadline:
    """One clause applied to one recording at one moment.

    ``state``: pending says that it is not over whatever the true time was, exempt that it waits for a return,
    adopted that no term runs: it was made before the archive and came from an old share; text_record that none runs
    for a document.
    ``due``: earliest and latest moment the term can have ended; None: not before a return that is still to come.
    ``done``: when it was satisfied, None while it is not. ``missing``: labels still owed. ``why``: word keys.
    """

    clause: Clause
    clause_id: str
    state: State
    due: tuple[datetime | None, datetime | None]
    done: datetime | None
    missing: tuple[str, ...]
    why: tuple[str, ...]


def deadlines(pack: RulePack, facts: Facts, now: datetime) -> tuple[Deadline, ...]:
    """Every timed clause of the pack for one recording, as known at ``now`` (UTC)."""
    none: State | None = "text_record" if facts.text_record else "adopted" if facts.adopted else None
    if none is not None:
        return tuple(Deadline(clause, pack.clause_id(clause.rule), none, (None, None), None, (), (none,))
                     for clause in pack.timed)
    times, clock = made(facts, pack.clock_floor, now)
    return tuple(_deadline(pack, clause, facts, times.ended, clock, now) for clause in pack.timed)


def made(facts: Facts, floor: datetime, now: datetime) -> tuple[RecordedTimes, tuple[str, ...]]:
    """When the recording can have been made, and in words what was made of its recorder's clock.

    It ended before it was docked, before the archive held it and before ``now``. A clock that had lost the time says
    nothing: the last issue (else ``floor``) and the docking bound it. Limit: that bound holds if the recorder was
    empty when it was issued.
    """
    highest = min(at for at in (facts.docked_at, facts.held, now) if at is not None)
    found = recorded_times(facts.started or facts.ended, facts.ended, facts.measured,
                           Bounds(facts.not_before, highest, floor))
    ended = Interval(min(found.ended.earliest, highest), min(found.ended.latest, highest))
    words = (f"clock_{found.cause}",) if found.cause else ("clock_measured",) if found.basis == "measured" else ()
    if found.cause in ("reset", "ahead") and facts.not_before is not None:
        words = (*words, "since_issue")
    return replace(found, ended=ended), words


def due(ended: datetime, term: timedelta, on_return: timedelta | None, absences: Sequence[Away]) -> datetime | None:
    """When the term is over for a recording that ended exactly then; None while its officer is away (R27).

    An absence counts when it began before the term was over and ended after the recording did; one may follow another.
    Later ends never give earlier answers. ``on_return`` None: absences move nothing.
    """
    over = ended + term
    for away in sorted(absences, key=lambda one: one.began) if on_return is not None else ():
        if away.began >= over or (away.returned is not None and away.returned <= ended):
            continue
        if away.returned is None:
            return None
        over = max(over, away.returned + (on_return or term))
    return over


def _deadline(pack: RulePack, clause: Clause, facts: Facts, ended: Interval, clock: tuple[str, ...],
              now: datetime) -> Deadline:
    moved_by = pack.on_return(clause.rule)
    on_return = moved_by.term if moved_by else None
    spans = _spans(ended, clause.term, on_return, facts.absences)
    done, missing, how = _satisfied(clause, facts)
    state = _judged(spans, done, now)
    moved = spans != (ended.earliest + clause.term, ended.latest + clause.term)
    why = (*clock, *_doubts(clause, state, clock), *_absence_words(spans, moved, len(facts.absences)), *how,
           *(("not_done",) if done is None else ()))
    return Deadline(clause, pack.clause_id(clause.rule), state, spans, done, missing, why)


def _doubts(clause: Clause, state: State, clock: tuple[str, ...]) -> tuple[str, ...]:
    """What is not known where that decides, in words."""
    wide = state == "cannot_know" and not set(clock) & set(UNTRUE)
    elsewhere = state in ("late", "cannot_know") and "dedicated_store" in clause.satisfied_by
    return (*(("clock_wide",) if wide else ()), *(("no_store_register",) if elsewhere else ()))


def _spans(ended: Interval, term: timedelta, on_return: timedelta | None,
           absences: Sequence[Sequence[Away]]) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest moment the term can be over, whoever of several made it and whenever it ended."""
    firsts = [due(ended.earliest, term, on_return, one) for one in absences]
    lasts = [due(ended.latest, term, on_return, one) for one in absences]
    return (min((at for at in firsts if at is not None), default=None),
            None if None in lasts else max(at for at in lasts if at is not None))


def _judged(spans: tuple[datetime | None, datetime | None], done: datetime | None, now: datetime) -> State:
    """``done`` None is a moment after ``now`` that has not come."""
    first, last = spans
    if done is None:
        if first is None:
            return "exempt"
        if now <= first:
            return "pending"
        return "late" if last is not None and now > last else "cannot_know"
    if first is None or done <= first:
        return "on_time"
    return "late" if last is not None and done > last else "cannot_know"


def _absence_words(spans: tuple[datetime | None, datetime | None], moved: bool, makers: int) -> tuple[str, ...]:
    if not moved:
        return ()
    return ("absence_open" if None in spans else "absence_ended", *(("several_makers",) if makers > 1 else ()))


def _satisfied(clause: Clause, facts: Facts) -> tuple[datetime | None, tuple[str, ...], tuple[str, ...]]:
    """When the clause was satisfied, what is still missing for it, and by what it was, in words."""
    if clause.subject == "label":
        firsts = {name: _first(facts.labelled, (name, *clause.ours.instead.get(name, ()))) for name in clause.labels}
        missing = tuple(name for name, at in firsts.items() if at is None)
        known = [at for at in firsts.values() if at is not None]
        done = None if missing else max(known)
        return done, missing, ("labelled",) if done else ()
    there = facts.held is not None and "archive" in clause.satisfied_by
    return (facts.held, (), ("archive",)) if there else (None, (), ())


def _first(labelled: Mapping[str, datetime], names: Sequence[str]) -> datetime | None:
    return min((labelled[name] for name in names if name in labelled), default=None)
