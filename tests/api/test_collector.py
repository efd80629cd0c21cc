"""The service's collector of cycles still collects: it only looks less often, and not at what start-up made."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from api import collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


class Held:
    """One end of a cycle."""

    other: "Held"


def test_cycles_pile_up_for_ever() -> None:
    collector.settle()
    one, two = Held(), Held()
    one.other, two.other = two, one
    gone = weakref.ref(one)
    del one, two
    kept: list[list[int]] = [[] for _ in range(collector.THRESHOLD + 1000)]
    assert gone() is None
    assert gc.isenabled()
    assert len(kept) > collector.THRESHOLD


def test_what_start_up_made_is_looked_through_again() -> None:
    collector.settle()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[0] == collector.THRESHOLD
