"""A station, its archive and everything that goes wrong between them, as rules Hypothesis puts in any order.

The model keeps what must be true: bytes that were acknowledged, when the last of them came, what ended.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from upload_site import EXPIRE_AFTER, bucket, new_site, run_jobs

from archive.columns import table
from archive.errors import ArchiveError, Refused
from archive.identifiers import UploadId
from archive.ports import ObjectVersion
from archive.proof.digest import SEGMENT_SIZE, sha256
from archive.tables import Upload
from ingest import closing, receive, recovery, tus, uploads
from ingest.intake import Intake
from ingest.receive import Receiver
from ingest.tails import read_tail, tails_of
from ingest.writers import LEASE

UPLOAD = table(Upload)
SIZES = (1, 3000, 3000, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, 2 * SEGMENT_SIZE + 5)
PIECES = st.sampled_from((1, 700, 2999, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 9))


@dataclass
class Body:
    """A connection with a body under way: what the archive must hold of it if it counts."""

    receiver: Receiver
    sent: bytearray

    def goes(self, piece: bytes) -> None:
        """The archive reads a piece: whole segments into the store and, unless held, into rows."""
        self.receiver.take(piece)
        self.sent += piece
        while self.receiver.has_segment:
            self.receiver.arrived(*self.receiver.put(*self.receiver.next_segment()))


class UploadMachine(RuleBasedStateMachine):
    """One recording on its way in; ``counted`` are the bytes an offset was ever answered for."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="liuhen-machine-"))
        self.site = new_site(self.folder)
        self.processes = [self.site.process(), self.site.process()]
        self.counted = bytearray()
        self.bodies: list[Body] = []
        self.writer: Body | None = None
        self.lease_until = self.last_byte_at = self.site.clock.at

    @initialize(size=st.sampled_from(SIZES), comes_back=st.sampled_from((True, True, True, False)))
    def opens(self, size: int, comes_back: bool) -> None:
        self.comes_back = comes_back
        self.data = (b"%016x" % size * (size // 16 + 1))[:size]
        self.note = self.site.note(self.data)
        self.upload = self._open()

    def _open(self) -> UploadId:
        return uploads.open_upload(self.processes[0], self.note, b"[]", len(self.data)).upload

    @property
    def now(self) -> datetime:
        return self.site.clock.at

    @property
    def state(self) -> str:
        return uploads.upload_state(self.processes[0], self.upload).state

    @property
    def is_written(self) -> bool:
        return self.writer is not None and self.now < self.lease_until

    def _counts(self, bytes_held: bytes | bytearray) -> None:
        assert len(bytes_held) >= len(self.counted), "an answered offset went back"
        self.counted, self.last_byte_at = bytearray(bytes_held), self.now
        self.lease_until = self.now + LEASE

    def _refused(self, act: Callable[[], Any]) -> str:
        with pytest.raises(ArchiveError) as refusal:
            act()
        return refusal.value.code

    def repeats_its_post(self) -> None:
        if self.state in uploads.ENDED:
            assert self._refused(self._open) == "manifest.spent"
        else:
            assert self._open() == self.upload

    @rule(astray=st.sampled_from((-1, 1, SEGMENT_SIZE)))
    def sends_what_is_of_no_use(self, astray: int) -> None:
        """Its manifest again, bytes at another offset, more bytes than it announced."""
        self.repeats_its_post()
        self.begins_a_body(0, False, astray)
        for body in self.bodies:
            with pytest.raises(Refused):
                body.receiver.take(bytes(len(self.data) - body.receiver.position + 1))

    @precondition(lambda self: not self.is_written)
    @rule(process=st.integers(0, 1), held=st.booleans(), size=PIECES)
    def begins_and_sends(self, process: int, held: bool, size: int) -> None:
        self.begins_a_body(process, held, 0)
        if self.bodies:
            self.sends(len(self.bodies) - 1, size, False)

    @precondition(lambda self: self.is_written)
    @rule(process=st.integers(0, 1), held=st.booleans(), size=PIECES)
    def comes_back_while_its_dead_connection_hangs(self, process: int, held: bool, size: int) -> None:
        """Refused at first, let through soon; the dead one is still there and may wake."""
        self.begins_a_body(process, held, 0)
        self.site.clock.at += LEASE
        self.begins_and_sends(process, held, size)

    def begins_a_body(self, process: int, held: bool, astray: int) -> None:
        offset = len(self.counted) + astray

        def begin() -> Receiver:
            return receive.begin(self.processes[process], self.upload, offset, None, held)

        state = self.state
        if state != "open":
            assert self._refused(begin) == {"aborted": "upload.aborted", "expired": "upload.expired"}.get(
                state, "upload.closed")
        elif self.is_written:
            assert self._refused(begin) == "upload.busy"
        elif astray:
            assert self._refused(begin) == "upload.offset"
        else:
            self.writer = Body(begin(), bytearray(self.counted))
            self.bodies.append(self.writer)
            self.lease_until = self.now + LEASE

    def _some(self, which: int) -> Body:
        return self.bodies[which % len(self.bodies)]

    def _as_writer(self, body: Body, act: Callable[[], Any]) -> bool:
        """Whether it went through: exactly for the present writer. Another one must not change a thing."""
        if body is self.writer and self.state == "open":
            act()
            return True
        with contextlib.suppress(ArchiveError):  # what it does may need no commit; the invariants watch
            act()
        return False

    @precondition(lambda self: not self.is_written)
    @rule(process=st.integers(0, 1), held=st.booleans(), size=PIECES)
    def sends_a_whole_body(self, process: int, held: bool, size: int) -> None:
        """The ordinary case: from the right offset, a piece, and its end."""
        self.begins_a_body(process, held, 0)
        if self.writer is not None and self.writer is self.bodies[-1] and self.state == "open":
            self.sends(len(self.bodies) - 1, size, False)
            self.ends_a_body(len(self.bodies) - 1, True)

    @precondition(lambda self: self.bodies)
    @rule(which=st.integers(0, 9), size=PIECES, false=st.sampled_from((False, False, False, True)))
    def sends(self, which: int, size: int, false: bool) -> None:
        """A piece of the recording, of the present or of a forgotten connection; now and then of other bytes."""
        body = self._some(which)
        at = body.receiver.position
        piece = self.data[at:at + size]
        if false:
            piece = bytes(byte ^ 255 for byte in piece[:5000])
        committed = body.receiver.committed
        if self._as_writer(body, lambda: body.goes(piece)) and body.receiver.committed > committed:
            self._counts(body.sent[:body.receiver.committed * SEGMENT_SIZE])

    @precondition(lambda self: self.bodies)
    @rule(which=st.integers(0, 9), storing=st.booleans())
    def renews_the_lease(self, which: int, storing: bool) -> None:
        body = self._some(which)
        came = body.receiver.position != body.receiver.renewed_at
        if body is self.writer and self.state == "open":
            body.receiver.renew(storing)
            if came or storing:
                self.lease_until = self.now + LEASE
            if came:
                self.last_byte_at = self.now
        elif self.state == "open" or storing or came:
            assert self._refused(lambda: body.receiver.renew(storing)) == "upload.taken_over"

    @precondition(lambda self: self.bodies)
    @rule(which=st.integers(0, 9), honest=st.sampled_from((True, True, False)))
    def ends_a_body(self, which: int, honest: bool) -> None:
        """As the adapter ends it: checksum, what came is kept, the last byte finishes. Without a checksum a cut ends it
        the same way; with a wrong one nothing of it counts."""
        body = self._some(which)
        self.bodies.remove(body)
        receiver = body.receiver
        if receiver.held and not honest:
            announced = tus.Checksum(sha256(b"other bytes").value)
            with pytest.raises(Refused):
                announced.require(sha256(body.sent).value)
        elif self._as_writer(body, receiver.keep):
            if receiver.position != len(self.counted):
                self._counts(body.sent)
            if receiver.position == len(self.data):
                receive.finish(receiver.intake, receiver.upload)
        receiver.release()
        if body is self.writer:
            self.writer = None

    @rule(seconds=st.sampled_from((0, 3, 61)))
    def time_passes_and_what_is_due_expires(self, seconds: int) -> None:
        self.site.clock.at += timedelta(seconds=seconds)
        before = self.state
        closing.expire_due(self.processes[1])
        due = (before == "open" and len(self.counted) < len(self.data) and not self.is_written
               and self.now - self.last_byte_at >= EXPIRE_AFTER)
        assert self.state == ("expired" if due else before)

    @rule(seriously=st.sampled_from((False,) * 7 + (True,)))
    def is_terminated(self, seriously: bool) -> None:
        def terminate() -> None:
            closing.terminate(self.processes[0], self.upload)

        state = self.state
        if state in uploads.ENDED:
            assert self._refused(terminate) == f"upload.{state}"
        elif state != "open" or len(self.counted) == len(self.data):
            assert self._refused(terminate) == "upload.deposited"
        elif self.is_written:
            assert self._refused(terminate) == "upload.busy"
        elif seriously:  # else hardly a story would come to its end
            terminate()
            assert self.state == "aborted"

    @rule()
    def the_worker_works(self) -> None:
        run_jobs(self.processes[0])

    @rule()
    def everything_restarts(self) -> None:
        """As after kill -9: what only memory held is gone, and so is every connection."""
        self.site.close()
        self.processes = [self.site.process()]
        recovery.recover(self.processes[0])
        self.processes.append(self.site.process())
        self.bodies, self.writer = [], None

    @invariant()
    def the_archive_holds_other_bytes_than_it_acknowledged(self) -> None:
        if not hasattr(self, "upload"):
            return
        state = uploads.upload_state(self.processes[0], self.upload)
        if state.state == "open":
            assert state.offset == len(self.counted)
            tail = read_tail(self.processes[0], self.upload, state.tail_fence, state.tail_length)
            assert tail == self.counted[state.segments * SEGMENT_SIZE:]
        elif state.state not in uploads.ENDED:
            assert len(self.counted) == len(self.data), "finished without all bytes"

    def teardown(self) -> None:
        """The end of every story: an honest deposit is accessioned, another one quarantined, an ended one gone."""
        try:
            if hasattr(self, "upload"):
                self._settles()
        finally:
            self.site.close()
            shutil.rmtree(self.folder)

    def _settles(self) -> None:
        self.everything_restarts()
        intake = self.processes[0]
        if self.comes_back and self.state == "open":
            self.sends_a_whole_body(0, False, len(self.data))
        self.site.clock.at += timedelta(minutes=10)
        run_jobs(intake)
        row: Any = intake.site.db.read(lambda c: c.execute(select(UPLOAD).where(UPLOAD.c.id == self.upload)).one())
        if row.state in uploads.ENDED:
            assert row.object_key is None
            key = uploads.object_key(row.recording)
            assert not [*bucket().unfinished(key), *bucket().versions(key), *tails_of(intake, self.upload)]
        elif row.state != "open":
            kept = b"".join(bucket().get(ObjectVersion(row.object_key, row.version_id)))
            assert kept == self.counted, "stored bytes are not the sent bytes"
            assert row.state == ("accessioned" if kept == self.data else "quarantined")
        assert row.version_id or len(self.counted) < len(self.data), "all bytes are here and nobody finished it"
        _require_one_ending(intake, row.state)


def _require_one_ending(intake: Intake, state: str) -> None:
    query = "SELECT substr(kind, 8) FROM custody WHERE kind LIKE 'upload.%' AND kind <> 'upload.opened/1'"
    kinds = intake.site.db.read(lambda c: c.exec_driver_sql(query).scalars().all())
    expected = {"open": [], "accessioned": ["finished/2"], "aborted": ["aborted/1"], "expired": ["expired/1"],
                "quarantined": ["finished/2", "quarantined/1"]}
    assert list(kinds) == expected[state]
