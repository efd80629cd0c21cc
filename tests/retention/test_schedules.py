"""The rota on the real scheduler: each task comes, also after another failed, and none overlaps itself."""

import threading
from collections import Counter
from datetime import timedelta

from service_fixture import wait_for

from archive.adapters.clock import SystemClock
from archive.errors import Unavailable
from retention.schedules import Rota, Task


def test_a_failing_task_takes_the_others_with_it_or_never_comes_again() -> None:
    runs: Counter[str] = Counter()

    def failing() -> None:
        runs["failing"] += 1
        raise Unavailable("store.unavailable", "the store is away")

    def broken() -> None:
        runs["broken"] += 1
        raise ValueError("a fault of ours")

    def well() -> None:
        runs["well"] += 1

    often = timedelta(seconds=0.2)
    rota = Rota([Task("failing", often, failing), Task("broken", often, broken), Task("well", often, well)],
                SystemClock().now)
    rota.start()
    try:
        wait_for(lambda: min(runs[name] for name in ("failing", "broken", "well")) >= 2, 20)
    finally:
        rota.stop()


def test_a_slow_task_is_begun_again_before_it_ended_or_outlives_the_stop() -> None:
    at_once, most, ended = 0, 0, threading.Event()

    def slow() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        threading.Event().wait(0.5)
        at_once -= 1
        ended.set()

    rota = Rota([Task("slow", timedelta(seconds=0.1), slow)], SystemClock().now)
    rota.start()
    assert ended.wait(20)
    rota.stop()
    assert (most, at_once) == (1, 0)
