"""Who has not docked since yesterday: by ledger and journal together, and what the archive tells a dock of it."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from docking.conftest import Bench
from flows.dock import noise
from hypothesis import given
from hypothesis import strategies as st
from service_fixture import LiveService

from api.settings import load_settings
from api.web.filters import SHANGHAI
from api.wiring import beside, new_station_key
from archive.actors import SYSTEM
from archive.errors import Refused, Unavailable
from archive.recorder_events import CHECK_ITEMS
from archive.recorder_ledger import Check, Person, issue, register, report, take_back
from ingest.docking import ledger as ledger_module
from ingest.docking.absent import Absent, Known, absent
from ingest.docking.journal import LastDocked
from ingest.docking.ledger import PATH, LedgerSaid, read_answer
from ingest.push import StationSide
from ingest.station_client import SignsRequests
from ingest.stations import enrol

MIDNIGHT = datetime(2026, 3, 9, tzinfo=SHANGHAI)
"""Yesterday began then."""
AT = datetime(2026, 3, 10, 0, 30, tzinfo=SHANGHAI).astimezone(UTC)
BEFORE, JUST, LONG_AGO = MIDNIGHT - timedelta(seconds=1), MIDNIGHT, AT - timedelta(days=32)


def docked(at: datetime, wearer: str = "王伟", number: str = "650101") -> LastDocked:
    return LastDocked("V", "1", number, wearer, at.astimezone(UTC))


@pytest.mark.parametrize(("journal", "known", "expected"), [
    (docked(BEFORE), None, Absent("V 1", "王伟", BEFORE)),
    (docked(BEFORE, ""), None, Absent("V 1", "650101", BEFORE)),
    (docked(BEFORE, "", ""), None, Absent("V 1", "V 1", BEFORE)),
    (docked(JUST), None, None),
    (docked(LONG_AGO), None, None),
    (None, Known("issued", BEFORE, "古丽", None), Absent("V 1", "古丽", BEFORE)),
    (None, Known("issued", BEFORE, "", None), Absent("V 1", "V 1", BEFORE)),
    (None, Known("issued", JUST, "古丽", None), None),
    (None, Known("issued", LONG_AGO, "古丽", None), Absent("V 1", "古丽", LONG_AGO)),
    (None, Known("issued", LONG_AGO, "古丽", BEFORE), Absent("V 1", "古丽", BEFORE)),
    (None, Known("issued", LONG_AGO, "古丽", JUST), None),
    (docked(JUST), Known("issued", LONG_AGO, "古丽", None), None),
    (docked(BEFORE), Known("issued", LONG_AGO, "古丽", None), Absent("V 1", "古丽", BEFORE)),
    (docked(BEFORE), Known("available", BEFORE, "", None), None),
    (docked(BEFORE), Known("lost", BEFORE, "", None), None),
    (docked(BEFORE), Known("damaged", BEFORE, "", None), None),
    (docked(BEFORE), Known("available", None, "", JUST), None),
    (docked(BEFORE), Known("available", None, "", BEFORE), Absent("V 1", "王伟", BEFORE)),
    (None, Known("available", None, "", BEFORE), None),
])
def test_a_recorder_is_missed_that_is_not_out_or_not_missed_that_is(
        journal: LastDocked | None, known: Known | None, expected: Absent | None) -> None:
    ledger = None if known is None else {"V 1": known}
    found = absent([journal] if journal else [], ledger, set(), AT, SHANGHAI)
    assert found == ([expected] if expected else [])
    assert absent([journal] if journal else [], ledger, {"V 1"}, AT, SHANGHAI) == []


@given(times=st.lists(st.integers(0, 40 * 24), max_size=8))
def test_the_list_is_not_the_latest_first(times: list[int]) -> None:
    ledger = {f"V {n}": Known("issued", AT - timedelta(hours=hours), f"w{n}", None) for n, hours in enumerate(times)}
    found = absent([], ledger, set(), AT, SHANGHAI)
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert {one.recorder for one in found} == {name for name, one in ledger.items() if one.since < MIDNIGHT}


def answer(**changes: object) -> bytes:
    one = {"vendor": "V", "serial": "1", "state": "issued", "wearer": "古丽", "since": "2026-03-01T08:00:00Z",
           "last_seen": None}
    return json.dumps({"recorders": [{**one, **changes}]}).encode()


@pytest.mark.parametrize("untrusted", [
    b"", b"[]", b"{}", b"<html>", b"[" * 100_000, b"{\"recorders\": {}}", answer(state="stolen"), answer(vendor=None),
    answer(wearer="x" * 201), answer(since="2026-03-01T08:00:00"), answer(since="yesterday"), answer(last_seen=[]),
    b" " * (5 << 20)], ids=range(13))
def test_an_answer_that_is_none_is_taken(untrusted: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_answer(untrusted)
    assert refused.value.code == "dock.ledger_answer"
    assert read_answer(answer())["V 1"].wearer == "古丽"


@contextmanager
def signing(service: LiveService, side: StationSide) -> Iterator[StationSide]:
    """The station's side as the dock agent has it: every request is signed."""
    with httpx2.Client(base_url=service.address, timeout=60, auth=SignsRequests(side.key, side.now)) as client:
        yield dataclasses.replace(side, client=client, signed=True)


def test_a_dock_is_not_told_who_is_out_or_somebody_else_is(bench: Bench) -> None:
    recorder = bench.recorder()
    recorder.record(noise(500), timedelta(minutes=1), 1)
    bench.serve(recorder)
    seen = recorder.identity().name
    with beside(bench.service.data, load_settings(bench.service.data)) as archive:
        for serial in ("LD-1", "LD-2", "LD-3", "LD-4"):
            register(archive.site, SYSTEM, "V", serial, "body_camera", serial)
        for serial in ("LD-1", "LD-2", "LD-3"):
            issue(archive.site, SYSTEM, serial, Person("650102", "古丽"), Check(CHECK_ITEMS))
        take_back(archive.site, SYSTEM, "LD-2", "sound")
        report(archive.site, SYSTEM, "LD-3", "lost", "执勤途中遗失")
        imports = new_station_key(bench.home.parent / "import.pem")
        enrol(archive.site, imports.key.text(), "导入账户", kind="import")
    with signing(bench.service, bench.side) as side:
        said = LedgerSaid(side)
        assert said.known() is None
        said.ask()
        known = said.known()
        assert known is not None
        assert (known["V LD-1"].state, known["V LD-1"].wearer, known["V LD-1"].last_seen) == ("issued", "古丽", None)
        gone = [(known[f"V LD-{n}"].state, known[f"V LD-{n}"].wearer) for n in (2, 3)]
        assert gone == [("available", ""), ("lost", "")]
        assert "V LD-4" not in known
        mine = known[f"{seen.vendor} {seen.serial}"]
        assert (mine.state, mine.since, mine.last_seen is not None) == ("available", None, True)
    with closing(bench.service.client()) as nobody:
        refused = nobody.get(PATH)
        assert (refused.status_code, refused.json()["title"]) == (401, "signature.required")
    with signing(bench.service, dataclasses.replace(bench.side, key=imports)) as side:
        refused = side.client.get(PATH)
        assert (refused.status_code, refused.json()["title"]) == (403, "station.no_dock")


def test_an_archive_that_is_away_empties_the_list_or_its_answer_counts_for_ever(
        bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with signing(bench.service, bench.side) as side:
        said = LedgerSaid(side)
        said.ask()
        before = said.known()
        assert before is not None
    with httpx2.Client(base_url="http://127.0.0.1:9", timeout=1) as nowhere:
        away = LedgerSaid(dataclasses.replace(side, client=nowhere))
        with pytest.raises(Unavailable):
            away.ask()
        assert away.known() is None
        with away.asking():
            pass
    assert said.known() == before
    monkeypatch.setattr(ledger_module, "LASTS_S", 0.0)
    assert said.known() is None
