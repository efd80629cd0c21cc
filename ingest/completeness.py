"""What is missing, doubled or out of order among one recorder's deposits, and who says so. Pure.

Limit: it sees what numbers, chains, times and names show. A last recording nobody numbered after, a first one nobody
numbered before, and whatever never had a number can be missing without a trace: then it says that it cannot know.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from archive.event_values import Interval

Says = Literal["recorder_signed", "dock_observed", "file_names_only", "cannot_know"]
Kind = Literal["gap", "repeat", "renumbered", "overlap", "overwritten", "unknown"]
Basis = Literal["sequence", "chain", "bytes", "time", "file_name", "ledger", "nothing"]
_STRENGTH: tuple[Says, ...] = ("cannot_know", "file_names_only", "dock_observed", "recorder_signed")
_NUMBERED = re.compile(r"(?P<before>(?:.*\D)?)(?P<number>[0-9]{1,5})(?P<after>\.[^.]*)").fullmatch


@dataclass(frozen=True)
class Piece:
    """One deposit of the recorder. ``started`` and ``ended`` are intervals the true times lie in; ``manifest``,
    ``previous`` and ``digest`` are digests as text; ``kept`` is False for an upload that was given up; ``says``: on
    whose word its numbers and times rest."""

    upload: str
    manifest: str
    digest: str
    started: Interval
    ended: Interval
    deposited_at: datetime
    says: Says
    sequence: int | None = None
    session: str | None = None
    previous: str | None = None
    file_name: str | None = None
    kept: bool = True


@dataclass(frozen=True)
class Known:
    """What else is known: ``unreadable``: numbers a station signed as unreadable, by session; ``shifts``: times from an
    issue to the return; ``memory_low_at``: issues whose check found too little free memory; ``stated``: digests of the
    manifests of unreadable files."""

    unreadable: Mapping[str | None, frozenset[int]] | None = None
    shifts: Sequence[tuple[datetime, datetime]] = ()
    memory_low_at: Sequence[datetime] = ()
    stated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """``key`` names it for good; ``first`` and ``last`` are the missing or doubled numbers, ``uploads`` those around it
    or concerned, ``between`` the time in question where it is one."""

    kind: Kind
    basis: Basis
    says: Says
    key: str
    first: int | None = None
    last: int | None = None
    uploads: tuple[str, ...] = ()
    between: tuple[datetime, datetime] | None = None


def findings(pieces: Sequence[Piece], known: Known | None = None) -> tuple[Finding, ...]:
    """All that is out of order; the order of ``pieces`` does not matter. Empty when numbers and chain are whole."""
    given = known or Known()
    kept = sorted((p for p in pieces if p.kept), key=lambda p: (p.started.earliest, p.deposited_at, p.upload))
    first = {p.digest: p for p in reversed(kept)}
    once = [p for p in kept if first[p.digest] is p]
    found = (*_repeats(kept), *_sequences(once, given), *_chain(pieces, kept, given), *_overlaps(once), *_names(once),
             *_silent(kept, given), *_nothing_to_go_by(kept))
    return tuple({one.key: one for one in found}.values())


def _weakest(pieces: Iterable[Piece]) -> Says:
    return min((p.says for p in pieces), key=_STRENGTH.index)


def _repeats(kept: Sequence[Piece]) -> Iterator[Finding]:
    """Equal bytes deposited more than once: nothing is lost, but somebody should know."""
    same: dict[str, list[Piece]] = defaultdict(list)
    for piece in kept:
        same[piece.digest].append(piece)
    for digest, group in same.items():
        if len(group) > 1:
            yield Finding("repeat", "bytes", _weakest(group), f"repeat/bytes/{digest}",
                          uploads=tuple(sorted(p.upload for p in group)))


def _sequences(once: Sequence[Piece], known: Known) -> Iterator[Finding]:
    by_session: dict[str | None, list[Piece]] = defaultdict(list)
    for piece in once:
        if piece.sequence is not None:
            by_session[piece.session].append(piece)
    for session, group in by_session.items():
        stated = (known.unreadable or {}).get(session, frozenset())
        runs = list(_runs(group))
        for before, after in pairwise(runs):
            yield Finding("renumbered", "sequence", _weakest((before[-1], after[0])),
                          f"renumbered/sequence/{session or '-'}/{after[0].upload}", after[0].sequence,
                          uploads=(before[-1].upload, after[0].upload))
        for run in runs:
            yield from _in_run(session, run, stated, known)


def _runs(group: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Stretches of one numbering, in time: a new one begins where a number that is no larger was surely taken after."""
    run = list[Piece]()
    for piece in group:
        if any(_number(q) >= _number(piece) and q.ended.latest <= piece.started.earliest for q in run):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _in_run(session: str | None, run: Sequence[Piece], stated: frozenset[int], known: Known) -> Iterator[Finding]:
    ordered = sorted(run, key=_number)
    for before, after in pairwise(ordered):
        between, name = (before.upload, after.upload), session or "-"
        if before.sequence == after.sequence:
            yield Finding("repeat", "sequence", _weakest((before, after)),
                          f"repeat/sequence/{name}/{after.upload}", after.sequence, after.sequence, between)
            continue
        for first, last in _missing(_number(before) + 1, _number(after) - 1, stated):
            low = any(min(before.deposited_at, after.deposited_at) <= at <= max(before.deposited_at, after.deposited_at)
                      for at in known.memory_low_at)
            kind: Kind = "overwritten" if low else "gap"
            yield Finding(kind, "sequence", "cannot_know" if low else _weakest((before, after)),
                          f"{kind}/sequence/{name}/{first}-{last}", first, last, between)


def _number(piece: Piece) -> int:
    return -1 if piece.sequence is None else piece.sequence


def _missing(first: int, last: int, stated: frozenset[int]) -> Iterator[tuple[int, int]]:
    """What is left of first to last without the numbers stated as unreadable."""
    for number in sorted(n for n in stated if first <= n <= last):
        if first < number:
            yield first, number - 1
        first = number + 1
    if first <= last:
        yield first, last


def _chain(pieces: Sequence[Piece], kept: Sequence[Piece], known: Known) -> Iterator[Finding]:
    """A manifest a dock names as the one before, of which the archive holds no bytes; two that name the same one."""
    held = {p.digest for p in kept}
    arrived = {p.manifest for p in pieces if p.digest in held} | known.stated
    naming: dict[str, list[Piece]] = defaultdict(list)
    for piece in kept:
        if piece.previous is not None:
            naming[piece.previous].append(piece)
    for previous, after in naming.items():
        uploads = tuple(sorted(p.upload for p in after))
        if previous not in arrived:
            yield Finding("gap", "chain", _weakest(after), f"gap/chain/{previous}", uploads=uploads)
        if len({p.digest for p in after}) > 1:
            yield Finding("repeat", "chain", _weakest(after), f"repeat/chain/{previous}", uploads=uploads)


def _overlaps(once: Sequence[Piece]) -> Iterator[Finding]:
    """Two recordings that surely ran at the same time: one recorder takes one at a time."""
    running = list[Piece]()
    for piece in once:
        running = [q for q in running if q.ended.latest > piece.started.earliest]
        for other in running:
            if piece.started.latest < other.ended.earliest and other.started.latest < piece.ended.earliest:
                uploads = tuple(sorted((piece.upload, other.upload)))
                yield Finding("overlap", "time", _weakest((piece, other)), f"overlap/time/{'/'.join(uploads)}",
                              uploads=uploads)
        running.append(piece)


def _names(once: Sequence[Piece]) -> Iterator[Finding]:
    """Numbers in file names, where there is nothing better: at most five digits at the end, and more of them there
    than missing, or else they are times of day and not a count."""
    by_name: dict[tuple[str, str, int], dict[int, Piece]] = defaultdict(dict)
    for piece in once:
        if piece.sequence is None and piece.previous is None and (numbered := _NUMBERED(piece.file_name or "")):
            number = numbered["number"]
            by_name[numbered["before"], numbered["after"], len(number)][int(number)] = piece
    for counted in by_name.values():
        if max(counted) - min(counted) + 1 > 2 * len(counted):
            continue
        for before, after in pairwise(sorted(counted)):
            if after - before > 1:
                pair = counted[before], counted[after]
                yield Finding("gap", "file_name", "file_names_only",
                              f"gap/file_name/{pair[0].upload}/{before + 1}-{after - 1}", before + 1, after - 1,
                              tuple(p.upload for p in pair))


def _silent(kept: Sequence[Piece], known: Known) -> Iterator[Finding]:
    """Shifts, issue to return, of which there is no recording at all: perhaps there was nothing to record."""
    for issued, returned in known.shifts:
        if not any(p.started.earliest <= returned and issued <= p.ended.latest for p in kept):
            yield Finding("unknown", "ledger", "cannot_know", f"unknown/ledger/{issued:%Y%m%dT%H%M%S.%f}",
                          between=(issued, returned))


def _nothing_to_go_by(kept: Sequence[Piece]) -> Iterator[Finding]:
    told = any(p.sequence is not None or p.previous is not None or _NUMBERED(p.file_name or "") for p in kept)
    if kept and not told:
        yield Finding("unknown", "nothing", "cannot_know", "unknown/nothing/-")
