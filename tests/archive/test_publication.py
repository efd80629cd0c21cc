"""What waits for what, one test per kind of act: nothing takes effect sooner than its rule, nothing else is held up."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import ledger
import log_site
import pytest
from ledger import ORIGIN
from log_site import FaultyDatabase

from archive import custody, publication
from archive.entries import CustodyEvent
from archive.errors import Contradiction, Unavailable
from archive.log import LogHealth, Sequencer, SignedTree
from archive.log_events import LockProbed
from archive.ports import Ports
from archive.publication import RULES, Act, require, settled
from archive.site import Site

WELL = LogHealth(0.0, None, False)
NEVER = (Act.DEPOSIT, Act.ACCESSION)
SIGNED = (Act.PLAYBACK, Act.READ_ORIGINAL)
ON_TIME = (Act.ACCESSION, Act.DESTRUCTION, Act.ERASE_PARTICULARS)
COSIGNED = tuple(act for act in Act if act not in (*NEVER, *SIGNED, Act.ORDINARY))


@dataclass
class StatedHealth:
    """Stands where the sequencer does, with the health it is given and futures that never complete."""

    health: LogHealth = WELL
    waited: list[int] = field(default_factory=list)

    def wait_signed(self, index: int) -> "Future[SignedTree]":
        self.waited.append(index)
        return Future()


@dataclass
class StatedCosigning:
    """Cosigners as they stand."""

    cosigned: SignedTree | None = None
    alarm: Contradiction | None = None
    waited: list[int] = field(default_factory=list)

    def wait_cosigned(self, index: int) -> "Future[SignedTree]":
        self.waited.append(index)
        return Future()


@dataclass(frozen=True)
class StatedTime:
    clock_fault: str | None = None


@pytest.fixture
def log(tmp_path: Path) -> Iterator[log_site.Site]:
    made = log_site.Site(tmp_path, FaultyDatabase(ledger.migrated(tmp_path), custody.flush))
    yield made
    made.stop()
    made.db.close()


@pytest.fixture
def site(log: log_site.Site) -> Site:
    """A site without cosigners, nothing waiting."""
    ports = Ports(log.store, cast(Any, None), ledger.SIGNER, cast(Any, None), log.clock)
    return Site(log.db, ports, cast(Sequencer, StatedHealth()), log.tiles, ORIGIN)


def with_health(site: Site, **health: Any) -> Site:
    return replace(site, sequencer=cast(Sequencer, StatedHealth(replace(WELL, **health))))


def refused(site: Site, act: Act) -> str:
    """The code of the refusal, or "" when the act may go on."""
    try:
        require(site, act)
    except Unavailable as fault:
        return fault.code
    return ""


def test_a_kind_of_act_has_no_rule() -> None:
    assert set(RULES) == set(Act)
    assert {act for act in Act if RULES[act].until is publication.Until.COSIGNED} == set(COSIGNED)


@pytest.mark.parametrize("act", Act)
def test_a_well_log_refuses(site: Site, act: Act) -> None:
    assert refused(site, act) == ""
    assert refused(with_health(site, behind_s=9.9), act) == ""


@pytest.mark.parametrize("act", Act)
def test_an_act_goes_on_over_a_log_that_is_behind(site: Site, act: Act) -> None:
    late, very_late = (with_health(site, behind_s=seconds) for seconds in (10.1, 300.1))
    assert refused(late, act) == ("log.behind" if act in (*SIGNED, *COSIGNED) else "")
    assert refused(very_late, act) == ("" if act in NEVER else "log.behind")


@pytest.mark.parametrize("act", Act)
def test_a_stopped_log_takes_more_than_deposits(site: Site, act: Act) -> None:
    stopped = with_health(site, stopped_by=Contradiction("log.row_changed", "a row changed"))
    assert refused(stopped, act) == ("" if act in NEVER else "log.stopped")


@pytest.mark.parametrize("act", Act)
def test_an_unconfirmed_log_is_written(site: Site, act: Act) -> None:
    assert refused(with_health(site, unconfirmed=True), act) == "log.unconfirmed"


@pytest.mark.parametrize("act", Act)
def test_clocks_that_disagree_stop_too_little_or_too_much(site: Site, act: Act) -> None:
    assert refused(replace(site, anchoring=StatedTime()), act) == ""
    wrong = replace(site, anchoring=StatedTime("the store is 70 s ahead"))
    assert refused(wrong, act) == ("clock.disagrees" if act in ON_TIME else "")


@pytest.mark.parametrize("act", Act)
def test_a_cosigners_alarm_is_passed_over(site: Site, act: Act) -> None:
    alarmed = replace(site, cosigning=StatedCosigning(alarm=Contradiction("cosigner.fork", "two roots")))
    assert refused(alarmed, act) == ("log.alarm" if act in COSIGNED else "")


@pytest.mark.parametrize("act", Act)
def test_a_missed_quorum_holds_back_too_little_or_too_much(site: Site, log: log_site.Site, act: Act) -> None:
    sequencer = log.sequencer()
    first = sequencer.wait_signed(log.append()).result(10)
    log.clock.at += timedelta(minutes=1)
    sequencer.wait_signed(log.append()).result(10)
    log.clock.at += timedelta(seconds=9)
    assert refused(replace(site, cosigning=StatedCosigning(first)), act) == ""
    assert refused(replace(site, cosigning=StatedCosigning()), act) == ("log.not_cosigned" if act in COSIGNED else "")
    log.clock.at += timedelta(seconds=2)
    behind = replace(site, cosigning=StatedCosigning(first))
    assert refused(behind, act) == ("log.not_cosigned" if act in COSIGNED else "")
    assert refused(replace(site, cosigning=StatedCosigning(sequencer.signed)), act) == ""


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("policy", [False, True])
def test_an_act_takes_effect_sooner_than_its_rule(site: Site, act: Act, policy: bool) -> None:
    cosigning = StatedCosigning() if policy else None
    site = replace(site, cosigning=cosigning)
    pending = settled(site, act, 7)
    signed = cast(StatedHealth, site.sequencer).waited
    cosigned = cosigning.waited if cosigning else []
    if act in (*NEVER, Act.ORDINARY):
        assert (pending, signed, cosigned) == (None, [], [])
    else:
        assert pending is not None
        assert not pending.done()
        by_cosigners = act in COSIGNED and policy
        assert (signed, cosigned) == (([], [7]) if by_cosigners else ([7], []))


def _probed(site: Site, body: LockProbed) -> None:
    event = CustodyEvent("system", "0" * 16, body, nonce=bytes(16))
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event))


@pytest.mark.parametrize("act", Act)
def test_a_broken_lock_takes_recordings_or_stops_more_than_them(site: Site, act: Act) -> None:
    for index, (identity, held) in enumerate((("service", False), ("root", True), ("service", True))):
        _probed(site, LockProbed(site.ports.store.name, identity, held, ()))
        assert refused(site, act) == ("store.lock_broken" if act is Act.ACCESSION and index < 2 else "")
