"""Rows on their way into the projection tables: what the rules say, gathered so that many leaves are few statements.

Pure: no clock, randomness, generated ids or I/O beyond the given ``write``.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, Update, bindparam, insert, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from archive import tables
from archive.adoption_tables import Adoption
from archive.columns import Row, table
from archive.deadline_tables import Absence, LatenessExplanation
from archive.entries import CustodyEvent
from archive.errors import Contradiction
from archive.joint_tables import OwnerConsent
from archive.leaving_tables import HandedOver
from archive.matter_tables import MatterSaid, ShownMatter
from archive.party_tables import MatterParty
from archive.proof.canonical import Canonical
from archive.recorder_tables import GapExplanation, LedgerEntry, RecorderCode, UnreadableFile
from archive.register_tables import Certificate, Party, RegisterField
from archive.room_tables import RoomLabel, RoomName, RoomSession
from archive.search_tables import SearchEntry
from archive.set_aside_tables import SetAsideProposal
from archive.shift_tables import PersonNumber
from archive.step_tables import StepStatement
from archive.transcript_tables import Transcript
from archive.unit_tables import Unit

Write = Callable[..., Any]
_table = cache(table)
PERSONAL: Mapping[type[Row], tuple[str, ...]] = {
    tables.Station: ("title",),
    tables.Person: ("login", "display_name"),
    tables.Recorder: ("vendor", "serial", "kind"),
    tables.Label: ("case_no", "case_key", "case_tail", "matter", "party", "handling_officer", "wearer", "wearer_no",
                   "place", "file_name"),
    RecorderCode: ("code",),
    LedgerEntry: ("wearer_no", "wearer", "giver_no", "giver", "remark"),
    UnreadableFile: ("file_name",),
    GapExplanation: ("explanation",),
    Absence: ("officer", "officer_no", "remark"),
    LatenessExplanation: ("explanation",),
    PersonNumber: ("officer_no",),
    SetAsideProposal: ("remark",),
    ShownMatter: ("matter",),
    MatterSaid: ("text", "case_key"),
    StepStatement: ("text",),
    SearchEntry: ("grams", "runs", "words"),
    Unit: ("number", "name"),
    RegisterField: ("value",),
    Certificate: ("number",),
    HandedOver: ("remark",),
    Party: ("name", "credit_code", "id_number"),
    Adoption: ("holder",),
    OwnerConsent: ("recipient", "purpose"),
    MatterParty: ("name",),
    RoomName: ("name", "place", "channels"),
    RoomSession: ("questioned", "officer_1", "officer_1_no", "officer_2", "officer_2_no"),
    Transcript: ("said", "digest"),
    RoomLabel: ("case_no", "matter", "party", "handling_officer"),
}
"""Columns that come from particulars of the leaf in the row's ``leaf``: cleared when that leaf's are erased."""


@dataclass(frozen=True)
class Applied:
    """A leaf on its way into the tables; ``particulars`` is empty when there are none or they were erased."""

    index: int
    at: datetime
    event: CustodyEvent
    particulars: Mapping[str, Canonical]

    def text(self, name: str) -> str | None:
        """A particular as text, or None."""
        value = self.particulars.get(name)
        return None if value is None else str(value)


class Changes:
    """Rows to add, rows to add unless there, and columns to set; a later change to the same row wins.

    The outcome is the same however leaves are grouped: what the database refuses across groups is refused within one.
    """

    def __init__(self) -> None:
        self.added: dict[Table, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.kept: dict[Table, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.placed: dict[Table, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.changed: dict[Table, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.cleared: set[int] = set()

    def add(self, row: type[Row], key: str, **columns: Any) -> None:
        rows = self.added[_table(row)]
        if key in rows:
            raise Contradiction("log.repeated_row", f"a second event would make the {row.__tablename__} row of {key}")
        rows[key] = columns

    def add_unless_there(self, row: type[Row], key: str, **columns: Any) -> None:
        self.kept[_table(row)].setdefault(key, columns)

    def place(self, row: type[Row], key: str, **columns: Any) -> None:
        """A whole row, also where one with this ``id`` is there; ``add_unless_there`` never undoes it."""
        self.placed[_table(row)][key] = columns

    def change(self, row: type[Row], key: str, **columns: Any) -> None:
        """Set columns of the row with ``id`` = key."""
        target = _table(row)
        added = self.added[target].get(key)
        if added is not None:
            added.update(columns)
        else:
            self.changed[target].setdefault(key, {}).update(columns)

    def clear(self, leaf: int) -> None:
        """Forget what came from the particulars of an earlier leaf, of this group or before it."""
        self.cleared.add(leaf)
        for row, names in PERSONAL.items():
            for rows in (kind.get(_table(row), {}) for kind in (self.added, self.kept, self.placed, self.changed)):
                for columns in rows.values():
                    if columns.get("leaf") == leaf:
                        columns.update(dict.fromkeys(names))

    def write(self, write: Write) -> None:
        if self.cleared:  # before the additions, which may take up a login that has just become free
            for row, names in PERSONAL.items():
                write(_clearing(_table(row), names),
                      [{"row_leaf": leaf, **dict.fromkeys(names)} for leaf in sorted(self.cleared)])
        for target, rows in self.added.items():
            if rows:
                write(_insert(target), list(rows.values()))
        for target, rows in self.kept.items():
            write(_insert_unless_there(target), list(rows.values()))
        for target, rows in self.placed.items():
            write(_place(target), list(rows.values()))
        for target, rows in self.changed.items():
            by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
            for key, columns in rows.items():
                by_columns[tuple(sorted(columns))].append({"row_key": key, **columns})
            for names, changed in by_columns.items():
                write(_update(target, names), changed)


@cache
def _insert(target: Table) -> Insert:
    return insert(target)


@cache
def _insert_unless_there(target: Table) -> Insert:
    return insert_or_ignore(target).on_conflict_do_nothing()


@cache
def _place(target: Table) -> Insert:
    made = insert_or_ignore(target)
    return made.on_conflict_do_update(index_elements=["id"], set_={c.name: made.excluded[c.name] for c in target.c
                                                                   if c.name != "id"})


@cache
def _update(target: Table, names: tuple[str, ...]) -> Update:
    """Statements are made once: the writer knows them by identity and prepares each one time."""
    return (update(target).where(target.c.id == bindparam("row_key"))
            .values({name: bindparam(name) for name in names}))


@cache
def _clearing(target: Table, names: tuple[str, ...]) -> Update:
    return (update(target).where(target.c.leaf == bindparam("row_leaf"))
            .values({name: bindparam(name) for name in names}))
