"""Rows written in bulk arrive as SQLAlchemy itself would write them, and rows that differ in shape never do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, create_engine, insert, select, update

from archive.bulk import write_rows
from archive.columns import Row, table
from archive.tables import Job

JOB = table(Job)
AT = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC)
INSERT = insert(JOB)


def row(number: int) -> dict[str, object]:
    return {"id": f"job_{number}", "kind": "finish", "key": f"k{number}", "state": "ready", "attempts": number,
            "crashes": 0, "ready_at": AT, "lease_until": None if number % 2 else AT, "fence": 2**40, "payload": "{}",
            "last_error": None}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path / 'bulk.db'}")
    Row.metadata.create_all(engine, tables=[JOB])
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_a_value_is_stored_otherwise_than_by_sqlalchemy(connection: Connection) -> None:
    rows = [row(n) for n in range(5)]
    write_rows(connection, INSERT, rows)
    by_bulk = connection.execute(select(JOB).order_by(JOB.c.id)).all()
    raw = connection.exec_driver_sql("SELECT * FROM job ORDER BY id").all()
    connection.exec_driver_sql("DELETE FROM job")
    connection.execute(insert(JOB), rows)
    assert by_bulk == connection.execute(select(JOB).order_by(JOB.c.id)).all()
    assert raw == connection.exec_driver_sql("SELECT * FROM job ORDER BY id").all()


def test_an_update_reaches_another_row(connection: Connection) -> None:
    write_rows(connection, INSERT, [row(1), row(2)])
    statement = update(JOB).where(JOB.c.id == bindparam("row_key")).values(
        state=bindparam("state"), ready_at=bindparam("ready_at"))
    later = AT.replace(year=2027)
    write_rows(connection, statement, [{"row_key": "job_2", "state": "done", "ready_at": later}])
    found = connection.execute(select(JOB.c.id, JOB.c.state, JOB.c.ready_at).order_by(JOB.c.id)).all()
    assert [tuple(held) for held in found] == [("job_1", "ready", AT), ("job_2", "done", later)]


def test_a_column_of_one_row_is_dropped_in_silence(connection: Connection) -> None:
    longer = row(2) | {"more": 1}
    with pytest.raises(ValueError, match="different parameters"):
        write_rows(connection, INSERT, [row(1), longer])
    other = {("also" if name == "kind" else name): value for name, value in row(2).items()}
    with pytest.raises(KeyError):
        write_rows(connection, INSERT, [row(1), other])
