"""Answers that come together reach every waiter, each its own, and wake the loop few times."""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn

from api.loop_answers import answered
from archive.errors import Unavailable


def run(what: Any) -> Any:
    """On the loop the service runs on, in a thread of its own: a browser's loop may run in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_run, what).result()


def _run(what: Any) -> Any:
    with asyncio.Runner(loop_factory=uvicorn.Config("tests").get_loop_factory()) as runner:
        return runner.run(what)


def test_a_waiter_gets_anothers_answer_or_none() -> None:
    async def all_of(sources: list["Future[int]"]) -> list[int]:
        return list(await asyncio.gather(*(answered(source) for source in sources)))

    sources = [Future[int]() for _ in range(5000)]

    def answer(mine: list["Future[int]"]) -> None:
        for source in mine:
            source.set_result(sources.index(source))

    threads = [threading.Thread(target=answer, args=(sources[n::4],)) for n in range(4)]

    async def act() -> list[int]:
        for thread in threads:
            thread.start()
        return await asyncio.wait_for(all_of(sources), 60)

    assert run(act()) == list(range(5000))


def test_each_answer_wakes_the_loop() -> None:
    woken = 0

    async def act() -> None:
        nonlocal woken
        loop = asyncio.get_running_loop()
        sources = [Future[int]() for _ in range(1000)]
        waiting = asyncio.gather(*(answered(source) for source in sources))
        await asyncio.sleep(0)
        plain = loop.call_soon_threadsafe

        class Counting:
            """The loop's own door for other threads, counted."""

            def is_closed(self) -> bool:
                return loop.is_closed()

            def call_soon_threadsafe(self, call: Any) -> None:
                nonlocal woken
                woken += 1
                plain(call)

        from api import loop_answers
        inbox = loop_answers._INBOXES[loop]
        counting = Counting()
        inbox._loop = lambda: counting
        for source in sources:  # in the loop's own thread: it cannot look in between
            source.set_result(1)
        assert sum(await waiting) == 1000

    run(act())
    assert woken == 1


@pytest.mark.parametrize("already", [False, True])
def test_a_failure_is_lost(already: bool) -> None:
    async def act() -> None:
        source = Future[int]()
        if already:
            source.set_exception(Unavailable("log.behind", "later"))
        task = asyncio.ensure_future(answered(source))
        await asyncio.sleep(0)
        if not already:
            source.set_exception(Unavailable("log.behind", "later"))
        with pytest.raises(Unavailable):
            await asyncio.wait_for(task, 5)

    run(act())


def test_a_waiter_who_gives_up_leaves_its_work_to_be_done() -> None:
    async def act() -> None:
        source = Future[int]()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answered(source), 0.01)
        assert source.cancelled()
        running = Future[int]()
        running.set_running_or_notify_cancel()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answered(running), 0.01)
        running.set_result(1)  # nobody waits; nothing falls over
        await asyncio.sleep(0.01)
        gone = Future[int]()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answered(gone)

    run(act())


def test_an_answer_after_the_loop_has_ended_falls_over() -> None:
    source = Future[int]()

    async def act() -> None:
        task = asyncio.ensure_future(answered(source))
        await asyncio.sleep(0)
        task.cancel()

    run(act())
    late = Future[int]()

    async def leave() -> None:
        waiting = asyncio.ensure_future(answered(late))
        await asyncio.sleep(0)
        del waiting

    run(leave())
    if not late.cancelled():
        late.set_result(1)
