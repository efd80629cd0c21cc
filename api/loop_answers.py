"""Answers from other threads to an event loop: those that come together wake it once, not once each."""

import asyncio
import collections
import weakref
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


async def answered(source: "Future[T]") -> T:
    """Wait for ``source`` as ``asyncio.wrap_future`` does; giving up cancels it, where it can still be cancelled.

    A thread that completes many futures in a row (the writer after a commit, the sequencer after a checkpoint) makes
    one wake-up of the loop for all that were completed before it looks.
    """
    loop = asyncio.get_running_loop()
    inbox = _INBOXES.get(loop)
    if inbox is None:
        inbox = _INBOXES[loop] = _Inbox(loop)
    waiting: asyncio.Future[T] = loop.create_future()
    source.add_done_callback(lambda done: inbox.put(waiting, done))
    try:
        return await waiting
    except asyncio.CancelledError:
        source.cancel()
        raise


class _Inbox:
    """What is done and not yet delivered to one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._done: collections.deque[tuple[asyncio.Future[Any], Future[Any]]] = collections.deque()
        self._called = False

    def put(self, waiting: "asyncio.Future[Any]", done: "Future[Any]") -> None:
        """From any thread. ``_called`` is set before the call and cleared before the look: nothing is left lying."""
        self._done.append((waiting, done))
        loop = self._loop()
        if not self._called and loop is not None and not loop.is_closed():
            self._called = True
            loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._called = False
        while self._done:
            waiting, done = self._done.popleft()
            if waiting.done():
                continue  # its caller gave up
            if done.cancelled():
                waiting.cancel()
            elif (fault := done.exception()) is not None:
                waiting.set_exception(fault)
            else:
                waiting.set_result(done.result())


_INBOXES: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Inbox]" = weakref.WeakKeyDictionary()
