"""Runs a child process with a time-out, a process group of its own, and capped output."""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

STDERR_CAP = 64 << 10
_CHUNK = 1 << 18
_PIPE = 1 << 20


@dataclass(frozen=True)
class Finished:
    """How a child ended: return code (negative: signal), the first 64 KiB of stderr, and what cut it short."""

    returncode: int
    stderr: bytes
    timed_out: bool


class Child:
    """One running child. Use as a context manager: leaving it kills whatever of the process group still lives.

    ``chunks()`` must be read to its end before ``finish()``. Limit: a child that leaves its process group
    escapes the kill; inside bubblewrap it cannot outlive its process namespace.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], timeout_s: float) -> None:
        self._deadline = time.monotonic() + timeout_s
        self._timed_out = False
        self._errors = bytearray()
        self._process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        _widen(_pipe(self._process.stdout).fileno())
        self._drain = threading.Thread(target=self._read_errors, daemon=True)
        self._drain.start()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        self._process.wait()
        self._drain.join(timeout=5)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def chunks(self) -> Iterator[bytes]:
        """Stdout in pieces of at most 256 KiB; ends early when the time-out strikes (the child is killed then)."""
        descriptor = _pipe(self._process.stdout).fileno()
        while self._wait(descriptor):
            chunk = os.read(descriptor, _CHUNK)
            if not chunk:
                return
            yield chunk

    def finish(self) -> Finished:
        """Wait for the end and say how it was."""
        try:
            self._process.wait(timeout=max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._expire()
            self._process.wait()
        self._drain.join(timeout=5)
        return Finished(self._process.returncode, bytes(self._errors), self._timed_out)

    def kill(self) -> None:
        """SIGKILL to the whole process group, if the child still runs."""
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return  # it ended between the two lines

    def _expire(self) -> None:
        self._timed_out = True
        self.kill()

    def _wait(self, descriptor: int) -> bool:
        """True when the pipe can be read; False after the deadline."""
        left = self._deadline - time.monotonic()
        poller = select.poll()  # select() fails beyond descriptor 1023, which a busy service reaches
        poller.register(descriptor, select.POLLIN | select.POLLHUP)
        if left > 0 and poller.poll(left * 1000):
            return True
        self._expire()
        return False

    def _read_errors(self) -> None:
        descriptor = _pipe(self._process.stderr).fileno()
        while chunk := os.read(descriptor, 4096):
            room = STDERR_CAP - len(self._errors)
            self._errors += chunk[:room]  # the rest is read and dropped, so that the child never blocks


def _widen(descriptor: int) -> None:
    """A large pipe buffer halves the waiting of writer and reader for each other; the small one does too."""
    with contextlib.suppress(OSError):  # over the system's limit for this user
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the child was started without this pipe")
    return pipe
