"""What the dock's screen answers, to whom, and whom it lists; the agent that serves it, killed and back again."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import service_fixture
from docking.conftest import MINUTE
from docking.screen_site import NOW, WORDS, Screen, screen, slot
from flows.dock import noise
from playwright.sync_api import Page, expect
from service_fixture import ROOT, LiveService

from api.commands.dock_view import line_of
from api.dock_screen import screen_address
from api.settings import load_settings
from api.station_home import enrol_home
from api.web.dock_words import PROBLEMS
from api.wiring import beside
from archive.errors import Refused
from ingest.docking.absent import Known
from ingest.docking.board import Board
from ingest.docking.recorders import Docked
from ingest.docking.simulator import SimulatedRecorder
from ingest.enrolment import issue_code
from ingest.manifest import RecorderName
from ingest.station_code import StationCode


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Screen]:
    with screen(tmp_path) as made:
        yield made


def test_names_are_shown_to_the_network_by_mistake() -> None:
    for exposed in ("0.0.0.0:8090", "192.168.1.5:8090", "[::]:8090"):
        with pytest.raises(Refused, match="without a login") as refused:
            screen_address(exposed, beyond_loopback=False)
        assert refused.value.code == "dock.screen_exposed"
    assert screen_address("0.0.0.0:8090", beyond_loopback=True) == ("0.0.0.0", 8090)
    assert screen_address("127.0.0.1:0", beyond_loopback=False) == ("127.0.0.1", 0)
    assert screen_address("localhost:8090", beyond_loopback=False) == ("127.0.0.1", 8090)
    assert screen_address("[::1]:8090", beyond_loopback=False) == ("::1", 8090)


@pytest.mark.parametrize("text", ["", "8090", "127.0.0.1", "dock.example:8090", "127.0.0.1:x", "127.0.0.1:70000",
                                  "a@127.0.0.1:8090", "127.0.0.1:8090/dock"])
def test_an_address_that_is_none_is_taken(text: str) -> None:
    with pytest.raises(Refused) as refused:
        screen_address(text, beyond_loopback=True)
    assert refused.value.code == "dock.screen_address"


def test_a_page_from_elsewhere_reads_the_screen_through_the_kiosks_browser(site: Screen) -> None:
    site.board.show(slot(1))
    for name in ("evil.example", "evil.example:8090", "", "127.0.0.1.evil.example"):
        answer = httpx2.get(f"{site.address}/state", headers={"Host": name})
        assert answer.status_code in (400, 421), name
        assert "王伟" not in answer.text
    assert httpx2.get(f"{site.address}/state").status_code == 200
    assert "access-control-allow-origin" not in httpx2.get(f"{site.address}/state").headers


def test_the_screen_can_be_written_to_or_loads_from_elsewhere(site: Screen) -> None:
    assert {httpx2.request(method, f"{site.address}{path}").status_code
            for method in ("POST", "PUT", "DELETE", "PATCH") for path in ("", "/state")} == {405}
    headers = httpx2.get(site.address).headers
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_who_has_not_docked_is_not_listed_or_who_has_is(site: Screen) -> None:
    for number, days in ((1, 0), (2, 1), (3, 3), (4, 30), (5, 40), (6, 4)):
        site.docked(number, days, wearer=f"wearer-{number}" if number != 4 else "")
    site.board.show(slot(6, "safe"))  # stands in its slot since four days
    listed = site.state()["absent"]
    assert isinstance(listed, list)
    assert [entry.rsplit(" ", 2)[0] for entry in listed] == ["wearer-3", "Simulated S0000004"]
    site.journal.left("Simulated S0000003", NOW())
    assert len(site.journal.last_docked()) == 6
    left = site.state()["absent"]
    assert isinstance(left, list)
    assert len(left) == 1
    assert "this dock alone" in str(site.state()["absent_by"])


def test_the_screen_shows_less_than_the_ledger_knows(site: Screen) -> None:
    site.docked(1, 3, wearer="before-ledger")
    out = NOW() - timedelta(days=5)
    site.ledger = {"Simulated S0000001": Known("available", out, "", None),
                   "Simulated S0000009": Known("issued", out, "elsewhere-9", None)}
    told = site.state()
    assert isinstance(told["absent"], list)
    assert [entry.rsplit(" ", 2)[0] for entry in told["absent"]] == ["elsewhere-9"]
    assert "at whatever dock" in str(told["absent_by"])
    assert "不限采集站" in str(site.state("zh")["absent_by"])


def test_a_board_nobody_looks_behind_counts(tmp_path: Path) -> None:
    board = Board()
    assert not board.is_live
    board.looked()
    assert board.is_live


def test_slots_stand_in_the_order_of_their_letters() -> None:
    board = Board()
    for name in ("slot-10", "slot-2", "a", "2", "10"):
        board.show(slot(1).__class__(name, "empty"))
    assert [state.slot for state in board.states()] == ["2", "10", "a", "slot-2", "slot-10"]


def test_a_problem_has_words_in_one_language_only_or_not_in_the_terminal() -> None:
    documented = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", "\n".join(
        line.split("|")[1] for line in (ROOT / "docs" / "dock.md").read_text().splitlines()
        if line.startswith("| `")))) - {"found", "signed", "opened", "sent", "receipted", "wiping", "wiped", "kept"}
    assert documented <= set(PROBLEMS)
    for code in PROBLEMS:
        chinese, english = WORDS.problem(code, "zh"), WORDS.problem(code, "en")
        assert all(re.search("[一-鿿]", text) for text in chinese)
        assert not any(re.search("[一-鿿]", text) for text in english)
        line = line_of(slot(1, "problem", problem=code), WORDS)
        assert all(text in line for text in (code, *chinese, *english))


@contextlib.contextmanager
def agent(home: Path, mounts: Path, at: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The agent as a process of its own, and where its screen is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "station", "run", "--home", str(home), "--mounts", str(mounts), "--json",
         "--screen", at], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("screen: "), line
        yield process, line.removeprefix("screen: ").strip()
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def enrolled(service: LiveService, folder: Path) -> Path:
    with beside(service.data, load_settings(service.data)) as archive:
        code = issue_code(archive.intake, "城东所采集站", "dock", 60 * MINUTE)
    home = folder / "home"
    enrol_home(home, service.address, StationCode.parse(code.text), None)
    (home / "policy").write_text(f"log {service.log_key.text()}\nquorum none\n")
    return home


def test_a_light_stays_green_when_the_agent_is_gone(service: LiveService, tmp_path: Path, page: Page) -> None:
    home, mounts = enrolled(service, tmp_path), tmp_path / "mounts"
    mounts.mkdir()
    with agent(home, mounts, "127.0.0.1:0") as (process, address):
        page.goto(f"{address}?language=en")
        expect(page.locator("#none")).to_be_visible(timeout=10_000)
        expect(page.locator("#absent-by")).to_contain_text("at whatever dock", timeout=10_000)
        docked = Docked(RecorderName("Simulated", f"G{os.getpid():07}"[:8], "body_camera"), wearer="王伟")
        recorder = SimulatedRecorder.made(tmp_path / "recorder", docked, service_fixture.station_clock())
        recorder.record(noise(9 << 20), MINUTE, 1)
        recorder.folder.rename(mounts / "slot-1")
        expect(page.locator("li[data-light=safe] .name")).to_have_text("王伟", timeout=30_000)
        expect(page.locator("body[data-rang='1']")).to_have_count(1)
        assert list(mounts.glob("slot-1/*.mp4")) == []
        killed = time.monotonic()
        process.kill()
        expect(page.locator("li[data-light=unknown]")).to_have_count(1, timeout=5000)
        assert time.monotonic() - killed < 5
        expect(page.locator("#gone")).to_be_visible()
        assert page.locator("li[data-light=safe]").count() == 0
    port = address.split("//")[1].split("/")[0]
    with agent(home, mounts, port):
        expect(page.locator("li[data-light=safe] .name")).to_have_text("王伟", timeout=20_000)
        expect(page.locator("#gone")).to_be_hidden()
