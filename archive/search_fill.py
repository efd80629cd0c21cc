"""Columns and rows that searches need, made again from rows that are there: for migrations, when their form changes."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, delete, func, insert, inspect, select, update

from archive.case_numbers import case_key, case_tail
from archive.columns import table
from archive.matter_tables import Matter, MatterSaid, own_number
from archive.recorder_tables import RecorderCode
from archive.search_rows import (
    ASIDE,
    days,
    entry,
    kind_mark,
    label_said,
    recorder_said,
    recording_marks,
    transcript_said,
)
from archive.search_tables import REFERRED, SearchEntry
from archive.search_text import Sort
from archive.search_triggers import FILL
from archive.set_aside_tables import SetAsideProposal
from archive.tables import Label, Recorder, Recording, Station
from archive.transcript_tables import Transcript

BATCH = 1000
ENTRY, LABEL, RECORDING, RECORDER = table(SearchEntry), table(Label), table(Recording), table(Recorder)
STATION, CODE, PROPOSAL = table(Station), table(RecorderCode), table(SetAsideProposal)
MATTER, SAID, TRANSCRIPT = table(Matter), table(MatterSaid), table(Transcript)


def key_labels(connection: Connection) -> None:
    """``case_key`` and ``case_tail`` of every label as this release makes them; of erased ones they stay empty."""
    keyed = (update(LABEL).where(LABEL.c.id == bindparam("row_key"))
             .values(case_key=bindparam("made"), case_tail=bindparam("tail")))
    for rows in _batches(connection, select(LABEL.c.id, LABEL.c.case_no).where(LABEL.c.case_no.is_not(None)), LABEL):
        made = [(row.id, case_key(row.case_no)) for row in rows]
        connection.execute(keyed, [{"row_key": row, "made": key, "tail": case_tail(key)} for row, key in made])


def fill_search(connection: Connection) -> None:
    """Every row of ``search_entry`` and the index over it, as this release's rules make them of the same log.

    Call it with the triggers lifted, as in a migration. Whoever adds a source to ``search_rows`` adds it here.
    """
    connection.execute(delete(ENTRY))
    other = LABEL.alias("other")
    newest = select(func.max(other.c.leaf)).where(other.c.recording == LABEL.c.recording).scalar_subquery()
    code = select(RECORDER, CODE.c.code).join_from(
        RECORDER, CODE, (CODE.c.id == RECORDER.c.id) & (CODE.c.leaf == RECORDER.c.leaf), isouter=True)
    _enter(connection, select(RECORDING).order_by(RECORDING.c.leaf), _recording)
    _enter(connection, select(LABEL).where(LABEL.c.leaf == newest), _label)
    _enter(connection, code, _recorder)
    _enter(connection, select(STATION), _station)
    for what in ("title", "case_no"):
        said = SAID.alias("said")
        last = select(func.max(said.c.leaf)).where(said.c.matter == SAID.c.matter, said.c.what == what)
        _enter(connection, select(SAID).where(SAID.c.leaf == last.scalar_subquery()), _matter_said)
    _enter(connection, select(MATTER), _matter)
    _enter(connection, select(PROPOSAL).where(PROPOSAL.c.decision == "confirmed"), _proposal)
    if inspect(connection).has_table(TRANSCRIPT.name):  # a migration of a time before it calls this as well
        _enter(connection, select(TRANSCRIPT), _transcript)
    for statement in FILL:
        connection.exec_driver_sql(statement)


def _recording(row: Any) -> dict[str, Any]:
    return entry(row.id, "recording", days(row.started_earliest, row.ended_latest),
                 recording_marks(row.recorder, row.station), None)


def _label(row: Any) -> dict[str, Any]:
    return entry(row.recording, "label", label_said(lambda name: _text(row, name)), (), row.leaf)


def _recorder(row: Any) -> dict[str, Any]:
    return entry(row.id, "recorder", recorder_said(lambda name: _text(row, name)), (REFERRED,), row.leaf)


def _station(row: Any) -> dict[str, Any]:
    return entry(row.id, "station", [("text", row.title)], (REFERRED,), row.leaf)


def _matter(row: Any) -> dict[str, Any]:
    return entry(row.id, "number", [("text", own_number(row.year, row.number))], (kind_mark("mat"),), None)


def _matter_said(row: Any) -> dict[str, Any]:
    sort: Sort = "case" if row.what == "case_no" else "text"
    return entry(row.matter, row.what, [(sort, row.text)], (kind_mark("mat"),), row.leaf)


def _transcript(row: Any) -> dict[str, Any]:
    if row.withdrawn_at is not None or row.replaced_by is not None:
        return entry(row.id, "said", (), (), None)
    return entry(row.id, "said", transcript_said(row.said), (kind_mark("tsc"),), row.leaf)


def _proposal(row: Any) -> dict[str, Any]:
    return entry(row.recording, row.id, (), (ASIDE,) if row.back_at is None else (), None)


def _text(row: Any, name: str) -> str | None:
    value: str | None = getattr(row, name)
    return value


def _enter(connection: Connection, query: Select[Any], made: Callable[[Any], dict[str, Any]]) -> None:
    result = connection.execution_options(yield_per=BATCH).execute(query)
    for rows in result.partitions(BATCH):
        connection.execute(insert(ENTRY), [made(row) for row in rows])


def _batches(connection: Connection, query: Select[Any], of: Table) -> Iterator[list[Any]]:
    """Rows by their id, a batch at a time: memory does not grow with the archive."""
    after = ""
    while rows := list(connection.execute(query.where(of.c.id > after).order_by(of.c.id).limit(BATCH)).all()):
        yield rows
        after = rows[-1].id
