"""Photographs through the real service: deposited as recordings are, shown in a real browser, labelled once."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from documents.photographs import HEIC, photograph
from pages.signing import sign_in
from playwright.sync_api import Page, expect
from service_fixture import CAMERA, PASSWORD, LiveService, live_service, wait_for
from shift.worn import browser, issue, officers

from archive.event_values import Interval
from archive.identifiers import new_id
from ingest.push import Take, push_file

SESSION = new_id("ses")
pytestmark = pytest.mark.xdist_group("photographs")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """Officers, one of whom wears the camera."""
    with live_service(tmp_path_factory.mktemp("photographs")) as made:
        officers(made)
        issue(made, "650101", "张建国")
        yield made


def deposit(service: LiveService, path: Path, at: datetime, session: str) -> str:
    with closing(service.station("城东所采集站 01").client):
        return str(push_file(service.station("城东所采集站 01"), Take(
            path, CAMERA, Interval(at, at), Interval(at, at), {"file_name": path.name}, session)).recording)


@pytest.fixture(scope="module")
def taken(service: LiveService) -> tuple[str, str]:
    """A JPEG and a HEIC of one session, their copies made."""
    folder, now = service.data.parent, datetime.now(UTC)
    (folder / "执照.heic").write_bytes(HEIC.read_bytes())
    pair = (deposit(service, photograph(folder / "现场.jpg", 6), now, SESSION),
            deposit(service, folder / "执照.heic", now, SESSION))
    with browser(service, "zhang") as zhang:
        wait_for(lambda: all("recording.indexed/1" in zhang.get(f"/recordings/{one}").text for one in pair))
    return pair


def test_a_photograph_is_no_photograph_or_its_claims_pass_for_facts(service: LiveService,
                                                                    taken: tuple[str, str]) -> None:
    with browser(service, "zhang") as zhang:
        for one in taken:
            html = zhang.get(f"/recordings/{one}").text
            for said in ("照片", "文件所称", "2026:03:01 10:00:00", "Huawei", "31.230000, 121.470000", "未经核对"):
                assert said in html, said
            found = zhang.get(f"/api/v1/recordings/{one}").json()
            assert found["recording"]["medium"] == "photograph"
            assert not found["recording"]["started_at"].startswith("2026-03-01")
            assert found["labels"][0].keys() <= {"source", "file_name"}
            copy = next(d for d in found["derivatives"] if d["purpose"] == "access_copy")
            assert (copy["media_type"], copy["method"]) == ("image/jpeg", "transcoded")


def test_the_24_hours_do_not_run_for_a_photograph(service: LiveService, taken: tuple[str, str]) -> None:
    with browser(service, "zhang") as zhang:
        for one in taken:
            found = zhang.get(f"/api/v1/recordings/{one}/deadlines").json()
            said = {line["clause"].rsplit("/", 1)[1]: line["state"] for line in found}
            assert said == {"R23": "on_time", "R25": "pending"}


def test_each_photograph_of_a_session_is_labelled_by_itself(service: LiveService, taken: tuple[str, str]) -> None:
    with browser(service, "zhang") as zhang:
        page = zhang.get("/shift").text
        assert all(one in page for one in taken)
        done = zhang.post(f"/api/v1/sessions/{SESSION}/label", json={"matter": "食品店检查"})
        assert (done.status_code, len(done.json()["labels"])) == (201, 2)
        for one in taken:
            assert zhang.get(f"/api/v1/recordings/{one}").json()["labels"][0]["matter"] == "食品店检查"


@pytest.mark.parametrize("which", [0, 1])
def test_the_browser_shows_nothing_or_looks_without_a_trace(page: Page, service: LiveService, taken: tuple[str, str],
                                                            which: int) -> None:
    path = f"/recordings/{taken[which]}"
    page.goto(service.address + path)
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(service.address + path)
    page.wait_for_load_state()
    picture = page.locator("#player img")
    expect(picture).to_be_hidden()
    page.get_by_role("button", name="调阅播放").click()
    expect(page.locator("#player")).to_have_attribute("data-state", "open", timeout=20_000)
    expect(picture).to_be_visible()
    wait_for(lambda: bool(picture.evaluate("i => i.complete && i.naturalWidth > 0")), 20)
    assert picture.evaluate("i => [i.naturalWidth, i.naturalHeight]") == ([320, 240], [240, 320])[which]
    with service.client() as client:
        client.headers["accept"] = "text/html"
        sign_in(client, "zhang")
        assert "playback.opened/1" in client.get(path).text
