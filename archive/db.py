"""Reads and writes: one writer thread owns the only write connection and groups waiting works into one commit.

``write(work)`` answers after COMMIT with synchronous=FULL. A work may run twice (a failed group is run again one by
one), so it must do nothing outside its transaction.
"""

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from archive.bulk import Statement, write_rows
from archive.errors import Unavailable

T = TypeVar("T")
GROUP = 1024
"""Works in one commit at most (INTERFACES "Database")."""

Flush = Callable[["Tx", Sequence[Any]], None]


class _EarlierWorkFailed(Exception):
    """What an earlier work of the group had deferred cannot be written: no fault of the work that runs now."""


class Tx:
    """The transaction of a group of works. Appended entries wait until the group's end or until a work reads.

    A savepoint is opened only when a work touches SQL: works that only append cost none.
    """

    def __init__(self, connection: Connection, flush: Flush) -> None:
        self._connection = connection
        self._flush = flush
        self._waiting: list[Any] = []
        self._mark = 0
        self._held: dict[str, Any] = {}
        self._held_mark: dict[str, Any] = {}
        self._savepoint = False

    def defer(self, item: Any) -> None:
        """Hand over an item to be flushed before the next statement or at the end of the group."""
        self._waiting.append(item)

    def remember(self, name: str, value: Any) -> None:
        """Keep a value for the rest of the group; a failing work's values are forgotten with it."""
        self._held[name] = value

    def recall(self, name: str) -> Any:
        """A value kept earlier in this group, or None."""
        return self._held.get(name)

    def execute(self, statement: Executable, rows: Sequence[dict[str, Any]] | None = None) -> CursorResult[Any]:
        """Run a statement after everything deferred so far; ``rows`` for executemany."""
        self._open_savepoint()
        self.flush()
        if rows is None:
            return self._connection.execute(statement)
        return self._connection.execute(statement, list(rows))

    def write(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement (always the same object) for each row now; only the flush itself calls this."""
        write_rows(self._connection, statement, rows)

    def look(self, statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run a query now, past what waits; only the flush itself calls this."""
        return self._connection.execute(statement, values)

    def flush(self) -> None:
        """Write what was deferred."""
        waiting, self._waiting, self._mark = self._waiting, [], 0
        if waiting:
            self._flush(self, waiting)

    def begin_work(self) -> None:
        """Start of one work."""
        self._mark = len(self._waiting)
        self._held_mark = dict(self._held)
        self._savepoint = False

    def keep_work(self) -> None:
        """The work went well."""
        if self._savepoint:
            self.flush()
            self._connection.exec_driver_sql("RELEASE work")

    def drop_work(self) -> None:
        """The work failed: nothing of it stays."""
        if self._savepoint:
            self._waiting = []
            self._connection.exec_driver_sql("ROLLBACK TO work")
            self._connection.exec_driver_sql("RELEASE work")
        else:
            del self._waiting[self._mark:]
        self._held = self._held_mark

    def _open_savepoint(self) -> None:
        if self._savepoint:
            return
        own, self._waiting = self._waiting[self._mark:], self._waiting[: self._mark]
        try:
            self.flush()
        except Exception as fault:
            raise _EarlierWorkFailed from fault  # the whole group is undone and run again one by one
        self._connection.exec_driver_sql("SAVEPOINT work")
        self._savepoint = True
        self._waiting = own


Work = Callable[[Tx], T]
Read = Callable[[Connection], T]


@dataclass
class _Item:
    work: Work[Any]
    answer: "Future[Any]"
    result: Any = None
    error: BaseException | None = None


class Database:
    """SQLite in WAL mode. ``flush`` writes deferred entries; ``on_commit`` is called after each commit.

    Limit: whoever owns the database file can change it; the signed checkpoints and staged batches are what detects it.
    """

    def __init__(self, path: Path, flush: Flush) -> None:
        self.path = path
        self._flush = flush
        self._on_commit: list[Callable[[], None]] = []
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._readers = _engine(path, readers=True)
        self._writer = _engine(path, readers=False)
        self._halted: str | None = None
        self._closed = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def read(self, fn: Read[T]) -> T:
        """Run ``fn`` on a read-only connection, in one snapshot."""
        with self._readers.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return fn(connection)
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def write(self, work: Work[T]) -> T:
        """Run ``work`` in the writer's next group; answers after its commit, or raises what it raised."""
        return self.submit(work).result()

    def submit(self, work: Work[T]) -> "Future[T]":
        """As ``write``, for callers that wait otherwise (asyncio)."""
        answer: Future[T] = Future()
        with self._gate:
            if not self._closed:
                self._queue.put(_Item(work, answer))
                return answer
        answer.set_exception(Unavailable("database.closed", "the database is closed: the service is stopping"))
        return answer

    def on_commit(self, call: Callable[[], None]) -> None:
        """Register a call for after every commit, from the writer thread; it must return at once."""
        self._on_commit.append(call)

    def close(self) -> None:
        """Finish what was submitted and close; later works get ``Unavailable database.closed``."""
        with self._gate:
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._readers.dispose()
        self._writer.dispose()

    def _run(self) -> None:
        with self._writer.connect() as connection:
            while (group := self._next_group()) is not None:
                # A caller that gave up before its work began is left out; from here on it cannot.
                self._run_group(connection, [i for i in group if i.answer.set_running_or_notify_cancel()])
                for call in self._on_commit:
                    call()

    def _next_group(self) -> list[_Item] | None:
        first = self._queue.get()
        if first is None:
            return None
        group = [first]
        while len(group) < GROUP:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                self._queue.put(None)
                break
            group.append(item)
        return group

    def _run_group(self, connection: Connection, group: list[_Item]) -> None:
        if self._halted:  # also for those that waited in the queue or were to be run again
            fail = Unavailable("database.halted", self._halted, retry_after=60)
            for item in group:
                item.answer.set_exception(fail)
            return
        try:
            self._commit(connection, group)
        except _EarlierWorkFailed as fault:
            self._after_fault(connection, group, fault.__cause__ or fault)
            return
        except Exception as fault:
            self._after_fault(connection, group, fault)
            return
        for item in group:
            if item.error is not None:
                item.answer.set_exception(item.error)
            else:
                item.answer.set_result(item.result)

    def _commit(self, connection: Connection, group: list[_Item]) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        tx = Tx(connection, self._flush)
        for item in group:
            _run_work(tx, item)
        tx.flush()
        connection.exec_driver_sql("COMMIT")  # the commit point: fsynced when this returns

    def _after_fault(self, connection: Connection, group: list[_Item], fault: BaseException) -> None:
        """A group failed as a whole: halt after an I/O error, else run each work alone to find the one at fault."""
        _roll_back(connection)
        if _is_io_error(fault):
            # After a failed fsync the page cache may say "clean" for bytes that never reached the disk: stop.
            self._halted = "the database reported an I/O error and takes no more writes; check the disk and restart"
            fault = Unavailable("database.halted", self._halted, retry_after=60)
        elif len(group) > 1:
            for item in group:
                item.error = None
                self._run_group(connection, [item])
            return
        elif isinstance(fault, OperationalError):
            fault = Unavailable("database.unavailable", f"the database cannot write now: {fault.orig}")
        for item in group:
            item.answer.set_exception(item.error or fault)


def _run_work(tx: Tx, item: _Item) -> None:
    tx.begin_work()
    try:
        item.result = item.work(tx)
        tx.keep_work()
    except _EarlierWorkFailed:
        raise
    except DBAPIError as fault:
        if not isinstance(fault.orig, sqlite3.IntegrityError):
            raise
        tx.drop_work()
        item.error = fault
    except Exception as fault:
        tx.drop_work()
        item.error = fault


def _roll_back(connection: Connection) -> None:
    with contextlib.suppress(OperationalError):  # nothing is open after a BEGIN that failed
        connection.exec_driver_sql("ROLLBACK")


def _is_io_error(fault: BaseException) -> bool:
    orig = getattr(fault, "orig", None)
    return getattr(orig, "sqlite_errorname", "").startswith(("SQLITE_IOERR", "SQLITE_CORRUPT"))


def _engine(path: Path, readers: bool) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", isolation_level="AUTOCOMMIT", poolclass=QueuePool,
        pool_size=8 if readers else 1, max_overflow=8 if readers else 0,
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # an error text in the journal must not carry particulars
    )

    def prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000",
                       "recursive_triggers=ON", "cache_size=-8000",
                       "secure_delete=ON",  # what an erasure clears is overwritten in the file
                       *(["query_only=ON"] if readers else [])):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    return engine
