"""The device ledger as arithmetic: which act a recorder's state allows (R9), and who wore it at a time. Pure.

Limit: the ledger says who was *entered* as wearer, and when that was entered; not who really wore the recorder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archive.errors import Conflict

State = Literal["available", "issued", "lost", "damaged"]
What = Literal["issued", "returned", "lost", "damaged", "recovered", "handed_over"]
Answer = Literal["one", "several", "unknown"]


@dataclass(frozen=True)
class Holder:
    """A person as the ledger names them; None where the particulars were erased."""

    number: str | None
    name: str | None


@dataclass(frozen=True)
class Line:
    """One line about one recorder: what, when it was entered, and who has the recorder from then on, if anybody."""

    what: What
    at: datetime
    holder: Holder | None = None
    condition: str | None = None


@dataclass(frozen=True)
class Standing:
    """Where a recorder is, since when (None: nothing is entered), and with whom."""

    state: State
    since: datetime | None = None
    holder: Holder | None = None


@dataclass(frozen=True)
class Wearers:
    """Who wore a recorder in an interval by the ledger. ``whole``: somebody is entered for every moment of it."""

    answer: Answer
    holders: tuple[Holder, ...]
    whole: bool


def standing(lines: Sequence[Line]) -> Standing:
    """Where the recorder is after these lines, in the order of the log; each line decides alone."""
    if not lines:
        return Standing("available")
    last = lines[-1]
    if last.what in ("issued", "handed_over"):
        return Standing("issued", last.at, last.holder)
    if last.what == "lost":
        return Standing("lost", last.at)
    broken = last.what == "damaged" or (last.what == "returned" and last.condition == "damaged")
    return Standing("damaged" if broken else "available", last.at)


def require_allowed(now: Standing, act: What, giver_no: str | None = None) -> None:
    """``Conflict recorder.already_issued | not_issued | reported_lost | reported_damaged | already_reported |
    not_reported | not_held_by`` unless the act fits the state. Every act in every state is decided here."""
    if act == "recovered":
        if now.state not in ("lost", "damaged"):
            raise Conflict("recorder.not_reported", "this recorder is reported neither lost nor damaged")
        return
    if act == now.state and act in ("lost", "damaged"):
        raise Conflict("recorder.already_reported", f"this recorder is reported {act} already")
    if now.state == "lost":
        raise Conflict("recorder.reported_lost", "this recorder is reported lost; report it recovered first")
    if act in ("lost", "damaged"):
        return
    if now.state == "damaged":
        raise Conflict("recorder.reported_damaged", "this recorder is damaged; report it recovered once it is repaired")
    if act == "issued":
        if now.state == "issued":
            raise Conflict("recorder.already_issued", "this recorder is out; take it back or hand it over first")
        return
    if now.state != "issued":
        raise Conflict("recorder.not_issued", "this recorder is not out: nobody can give it back or hand it over")
    if act == "handed_over" and (now.holder is None or now.holder.number != giver_no):
        raise Conflict("recorder.not_held_by", "the ledger has this recorder with somebody else than who hands it over")


def wearer_at(lines: Sequence[Line], earliest: datetime, latest: datetime) -> Wearers:
    """Who is entered as wearer between two times (both included); lines in the order of the log.

    Somebody wears a recorder from the line that gives it to them to the next line; a report of loss ends nothing,
    for who had it last is the best that is known. Limit: an issue entered late names nobody for the time before it.
    """
    spans = _spans(lines)
    touched = [(start, end, holder) for start, end, holder in spans
               if start <= latest and (end is None or earliest < end)]
    holders = tuple(dict.fromkeys(holder for _, _, holder in touched))
    whole = _covers(touched, earliest, latest)
    if not holders:
        return Wearers("unknown", (), False)
    return Wearers("one" if len(holders) == 1 else "several", holders, whole)


_Span = tuple[datetime, datetime | None, Holder]


def _spans(lines: Sequence[Line]) -> list[_Span]:
    """Times of wearing, start included, end not; None: still open."""
    spans, open_since = list[_Span](), None
    for line in lines:
        if line.what == "lost":
            continue
        if open_since is not None:
            spans.append((open_since[0], line.at, open_since[1]))
            open_since = None
        if line.what in ("issued", "handed_over") and line.holder is not None:
            open_since = (line.at, line.holder)
    if open_since is not None:
        spans.append((open_since[0], None, open_since[1]))
    return [span for span in spans if span[1] is None or span[0] < span[1]]


def _covers(spans: Sequence[_Span], earliest: datetime, latest: datetime) -> bool:
    reached = earliest
    for start, end, _ in spans:
        if start > reached:
            return False
        if end is None or end > latest:
            return True
        reached = end
    return False
