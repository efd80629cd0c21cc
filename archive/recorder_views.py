"""What people read of the device ledger: the list, one recorder with its entries, a hand-over sheet, a wearer."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from archive.actors import SYSTEM, Actor
from archive.errors import NotFound
from archive.recorder_ledger import CODE, ENTRY, RECORDER, line_of, lines_of, resolve
from archive.recorder_states import Line, Standing, Wearers, standing, wearer_at
from archive.site import Site
from archive.tables import Person, Upload, table

UPLOAD, PERSON = table(Upload), table(Person)
LONGEST = 1000
"""Entries shown of one recorder at most, the newest; all of them stand in the log."""


@dataclass(frozen=True)
class RecorderRow:
    """A recorder in the list. ``code`` is None where it was never registered; ``last_seen``: its last deposit."""

    id: str
    vendor: str | None
    serial: str | None
    kind: str | None
    code: str | None
    now: Standing
    last_seen: datetime | None


@dataclass(frozen=True)
class EntryRow:
    """One entry of a recorder's ledger, as it was made; ``by``: who entered it, None the service's own command."""

    entry: str
    what: str
    at: datetime
    by: str | None
    wearer_no: str | None
    wearer: str | None
    giver_no: str | None
    giver: str | None
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    clock_offset_ms: int | None
    condition: str | None
    remark: str | None
    leaf: int


@dataclass(frozen=True)
class Sheet:
    """A shift hand-over sheet: what to print and sign."""

    entry: EntryRow
    recorders: tuple[RecorderRow, ...]


def recorders(site: Site, actor: Actor) -> tuple[RecorderRow, ...]:
    """All recorders known, by vendor and serial; a person's view. ``NotFound recorder.unknown`` for a station."""
    _require_person(actor)
    return site.db.read(lambda c: _rows(c, None))


def for_docks(site: Site) -> tuple[RecorderRow, ...]:
    """Recorders a dock may have to miss: those with an entry in the ledger, and those seen in a deposit."""
    found = site.db.read(lambda c: _rows(c, None))
    return tuple(row for row in found if row.vendor and row.serial and (row.now.since or row.last_seen))


def recorder(site: Site, actor: Actor, untrusted_recorder: str) -> tuple[RecorderRow, tuple[EntryRow, ...]]:
    """One recorder by id or code and its entries, the newest first; ``NotFound recorder.unknown``."""
    _require_person(actor)
    wanted = resolve(site, untrusted_recorder)
    return site.db.read(lambda c: (_rows(c, wanted)[0], _entries(c, ENTRY.c.recorder == wanted)))


def sheet(site: Site, actor: Actor, untrusted_entry: str) -> Sheet:
    """A hand-over sheet; ``NotFound recorder.no_sheet``."""
    _require_person(actor)

    def read(c: Connection) -> Sheet | None:
        mine = (ENTRY.c.entry == untrusted_entry) & (ENTRY.c.what == "handed_over")
        entries = _entries(c, mine)
        named = c.execute(select(ENTRY.c.recorder).where(mine)).scalars().all()
        return Sheet(entries[0], tuple(_rows(c, one)[0] for one in sorted(named))) if entries else None

    found = site.db.read(read)
    if found is None:
        raise NotFound("recorder.no_sheet", "there is no hand-over sheet of this number")
    return found


def wearers(site: Site, recorder_id: str, earliest: datetime, latest: datetime) -> Wearers | None:
    """Who wore a recorder between two times by the ledger; None where nothing was ever entered of it."""
    lines = site.db.read(lambda c: lines_of(c, recorder_id))
    return wearer_at(lines, earliest, latest) if lines else None


def _require_person(actor: Actor) -> None:
    if actor != SYSTEM and not actor.is_person:
        raise NotFound("recorder.unknown", "the ledger is for people")


def _rows(c: Connection, only: str | None) -> tuple[RecorderRow, ...]:
    query = select(RECORDER.c.id, RECORDER.c.vendor, RECORDER.c.serial, RECORDER.c.kind, CODE.c.code).join_from(
        RECORDER, CODE, CODE.c.id == RECORDER.c.id, isouter=True).order_by(
        RECORDER.c.vendor, RECORDER.c.serial, RECORDER.c.id)
    seen = select(UPLOAD.c.recorder, func.max(UPLOAD.c.opened_at)).group_by(UPLOAD.c.recorder)
    newest = select(ENTRY.c.recorder, func.max(ENTRY.c.leaf).label("leaf")).group_by(ENTRY.c.recorder)
    if only is not None:
        query, seen = query.where(RECORDER.c.id == only), seen.where(UPLOAD.c.recorder == only)
        newest = newest.where(ENTRY.c.recorder == only)
    last = newest.subquery()
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in c.execute(select(ENTRY).join(
            last, (last.c.recorder == ENTRY.c.recorder) & (last.c.leaf == ENTRY.c.leaf))):
        lines[row.recorder].append(line_of(row))
    when: dict[str, Any] = {row[0]: row[1] for row in c.execute(seen)}
    return tuple(RecorderRow(r.id, r.vendor, r.serial, r.kind, r.code, standing(lines.get(r.id, [])), when.get(r.id))
                 for r in c.execute(query))


def _entries(c: Connection, where: Any) -> tuple[EntryRow, ...]:
    rows = c.execute(select(ENTRY, PERSON.c.display_name).join_from(
        ENTRY, PERSON, PERSON.c.id == ENTRY.c.actor, isouter=True)
        .where(where).order_by(ENTRY.c.leaf.desc()).limit(LONGEST))
    return tuple(EntryRow(
        r.entry, r.what, r.at, None if r.actor == SYSTEM.id else r.display_name or r.actor, r.wearer_no, r.wearer,
        r.giver_no, r.giver, tuple((r.passed or "").split()), tuple((r.failed or "").split()), r.clock_offset_ms,
        r.condition, r.remark, r.leaf) for r in rows)
