"""Clocks more than a minute apart lock nothing, and what is said names the right one."""

from datetime import timedelta

import pytest
from anchoring.anchor_site import AnchorSite, Between, until
from anchoring.conftest import Authority
from anchoring.test_anchoring import memory
from ledger import LOG_ID

from archive.anchoring import Anchoring
from archive.anchors import anchors
from archive.errors import Unavailable
from archive.stamping import Reading, disagreement

MINUTES = timedelta(minutes=5)


def faulty(anchoring: Anchoring) -> str:
    until(lambda: anchoring.clock_fault is not None)
    return anchoring.clock_fault or ""


@pytest.mark.parametrize("moved", [-MINUTES, MINUTES, timedelta(seconds=63)])
def test_a_clock_of_ours_that_is_off_is_not_noticed(
        site: AnchorSite, authority: Authority, moved: timedelta) -> None:
    site.grow(1)
    site.clock.moved = moved
    anchoring = site.anchoring([authority.named()])
    assert faulty(anchoring).startswith("this machine: ")
    assert "cannot be told" not in faulty(anchoring)
    until(lambda: anchoring.trouble is not None)
    assert (anchors(site.store, LOG_ID), site.rows()) == ([], [])
    site.clock.moved = timedelta(seconds=-50)
    site.anchored(anchoring, 1)
    assert anchoring.clock_fault is None


@pytest.mark.parametrize("moved", [-MINUTES, MINUTES])
def test_a_store_that_is_out_of_time_gets_locks(site: AnchorSite, authority: Authority, moved: timedelta) -> None:
    memory(site).skew = moved
    site.grow(1)
    anchoring = site.anchoring([authority.named()])
    assert faulty(anchoring).startswith("store memory: ")
    assert anchors(site.store, LOG_ID) == []
    memory(site).skew = timedelta()
    site.anchored(anchoring, 1)
    site.grow(2)
    memory(site).skew = moved
    faulty(anchoring)
    with pytest.raises(Unavailable, match="store memory") as refusal:
        anchoring.restamp(1)
    assert refusal.value.code == "clock.disagrees"
    memory(site).skew = timedelta()
    site.anchored(anchoring, 2)
    memory(site).skew = moved
    with pytest.raises(Unavailable):
        anchoring.restamp(1)
    assert faulty(anchoring)
    memory(site).skew = timedelta()
    until(lambda: anchoring.clock_fault is None)
    assert anchoring.restamp(1)


def test_a_disagreement_ends_when_the_authority_falls_silent(site: AnchorSite, authority: Authority) -> None:
    line = Between(authority.named())
    line.moved = MINUTES
    site.grow(1)
    anchoring = site.anchoring([line])
    assert faulty(anchoring).startswith("this machine, store memory: ")
    assert "behind test, and which is right cannot be told" in faulty(anchoring)
    line.down = True
    asked = line.asked
    until(lambda: line.asked > asked + 2)
    assert anchoring.clock_fault is not None
    line.down, line.moved = False, timedelta()
    site.anchored(anchoring, 1)
    assert anchoring.clock_fault is None


def test_without_authorities_machine_and_store_are_not_compared(site: AnchorSite) -> None:
    memory(site).skew = -MINUTES
    site.grow(1)
    anchoring = site.anchoring([])
    assert "cannot be told" in faulty(anchoring)
    memory(site).skew = timedelta()
    site.anchored(anchoring, 1)
    assert anchoring.clock_fault is None


def clocks(store: int, **authorities: int) -> list[Reading]:
    return [Reading("store", timedelta(seconds=store)),
            *(Reading(name, timedelta(seconds=ahead), authority=True) for name, ahead in authorities.items())]


@pytest.mark.parametrize(("readings", "said"), [
    (clocks(0, a=0), None),
    (clocks(60, a=0), None),
    (clocks(30, a=-30), None),
    (clocks(30, a=-31), "a: 61 s behind this machine, store, and which is right cannot be told from this"),
    (clocks(61, a=0), "store: 61 s ahead of this machine, a"),
    (clocks(-61), "store: 61 s behind this machine, and which is right cannot be told from this"),
    (clocks(0, a=500), "this machine, store: 500 s behind a, and which is right cannot be told from this"),
    (clocks(0, a=500, b=510), "this machine, store: 510 s behind a, b"),
    (clocks(0, a=500, b=0), "a: 500 s ahead of this machine, store, b"),
    (clocks(500, a=500, b=500), "this machine: 500 s behind store, a, b"),
    (clocks(500, a=0, b=500), "this machine, a: 500 s behind store, b, and which is right cannot be told from this"),
    ([], None)])
def test_the_wrong_clock_is_named(readings: list[Reading], said: str | None) -> None:
    assert disagreement(readings) == said
