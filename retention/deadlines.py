"""Whether a recording was deposited and labelled in time (R23, R25, R27), decided on intervals. Pure.

A recorder's clock is never exact: *late* is said only when it is late whatever the true time within what is known,
*on time* only when it is on time whatever it was; else *cannot know*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from archive.event_values import Interval
from retention.clauses import Clause, RulePack

State = Literal["on_time", "late", "cannot_know", "pending", "exempt"]


@dataclass(frozen=True)
class Away:
    """A declared absence, UTC; open while ``returned`` is None."""

    began: datetime
    returned: datetime | None


@dataclass(frozen=True)
class Facts:
    """What is known of one recording. Moments are intervals where a clock that is not the archive's said them.

    ``ended``: as stated or bounded; ``not_before``: a time before which the recorder cannot have made it (its last
    issue), if known; ``held``: when the archive had all bytes under lock; ``dedicated``: stored on a registered
    dedicated store (R23); ``labelled``: first time each label name was on it; ``absences``: of its officer.
    """

    ended: Interval
    held: datetime | None
    labelled: Mapping[str, datetime] = field(default_factory=dict)
    dedicated: Interval | None = None
    not_before: datetime | None = None
    absences: Sequence[Away] = ()


@dataclass(frozen=True)
class Deadline:
    """One clause applied to one recording at one moment.

    ``state``: pending says that it is not over whatever the true time was, exempt that it waits for a return.
    ``due``: earliest and latest moment the term can have ended; None: not before a return that is still to come.
    ``done``: when it was satisfied, None while it is not. ``missing``: labels still owed. ``why``: word keys.
    """

    clause: Clause
    clause_id: str
    state: State
    due: tuple[datetime | None, datetime | None]
    done: Interval | None
    missing: tuple[str, ...]
    why: tuple[str, ...]


def deadlines(pack: RulePack, facts: Facts, now: datetime) -> tuple[Deadline, ...]:
    """Every timed clause of the pack for one recording, as known at ``now`` (UTC)."""
    ended, clock = made(facts, pack.clock_floor, now)
    return tuple(_deadline(pack, clause, facts, ended, clock, now) for clause in pack.timed)


def made(facts: Facts, floor: datetime, now: datetime) -> tuple[Interval, tuple[str, ...]]:
    """When the recording can have ended, and in words what was made of its stated end.

    It ended before the archive held it (else before ``now``) and after ``not_before`` (else ``floor``); a stated
    interval that lies outside these bounds altogether is a wrong clock's and says nothing.
    """
    highest = now if facts.held is None else facts.held
    lowest = min(highest, floor if facts.not_before is None else max(floor, facts.not_before))
    if facts.ended.latest < lowest:
        return Interval(lowest, highest), ("clock_reset",)
    if facts.ended.earliest > highest:
        return Interval(lowest, highest), ("clock_ahead",)
    return Interval(max(facts.ended.earliest, lowest), min(facts.ended.latest, highest)), ()


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
    spans = due(ended.earliest, clause.term, on_return, facts.absences), due(
        ended.latest, clause.term, on_return, facts.absences)
    done, missing, how = _satisfied(clause, facts)
    state = _judged(spans, done, now)
    moved = spans != (ended.earliest + clause.term, ended.latest + clause.term)
    why = (*clock, *(("clock_wide",) if state == "cannot_know" and not clock else ()),
           *_absence_words(spans, moved), *how, *(("not_done",) if done is None else ()))
    return Deadline(clause, pack.clause_id(clause.rule), state, spans, done, missing, why)


def _judged(spans: tuple[datetime | None, datetime | None], done: Interval | None, now: datetime) -> State:
    """``done`` None is a moment after ``now`` that has not come."""
    first, last = spans
    if done is None:
        if first is None:
            return "exempt"
        if now <= first:
            return "pending"
        return "late" if last is not None and now > last else "cannot_know"
    if first is None or done.latest <= first:
        return "on_time"
    return "late" if last is not None and done.earliest > last else "cannot_know"


def _absence_words(spans: tuple[datetime | None, datetime | None], moved: bool) -> tuple[str, ...]:
    if None in spans:
        return ("absence_open",)
    return ("absence_ended",) if moved else ()


def _satisfied(clause: Clause, facts: Facts) -> tuple[Interval | None, tuple[str, ...], tuple[str, ...]]:
    """When the clause was satisfied, what is still missing for it, and by what it was, in words."""
    if clause.subject == "label":
        firsts = {name: _first(facts.labelled, (name, *clause.ours.instead.get(name, ()))) for name in clause.labels}
        missing = tuple(name for name, at in firsts.items() if at is None)
        known = [at for at in firsts.values() if at is not None]
        done = None if missing else Interval(max(known), max(known))
        return done, missing, ("labelled",) if done else ()
    ways: list[tuple[str, Interval]] = []
    if facts.held is not None and "archive" in clause.satisfied_by:
        ways.append(("archive", Interval(facts.held, facts.held)))
    if facts.dedicated is not None and "dedicated_store" in clause.satisfied_by:
        ways.append(("dedicated_store", facts.dedicated))
    if not ways:
        return None, (), ()
    earliest, latest = min(way.earliest for _, way in ways), min(way.latest for _, way in ways)
    return Interval(earliest, latest), (), (min(ways, key=lambda way: way[1].latest)[0],)


def _first(labelled: Mapping[str, datetime], names: Sequence[str]) -> datetime | None:
    return min((labelled[name] for name in names if name in labelled), default=None)
