"""A matter shown to the camera, through the real service: proposed with its origin, no label; and the page of codes."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
import zxingcpp
from flows.dock import jobs_done
from matter_code.clips import clip
from pages.signing import form_token, sign_in
from playwright.sync_api import Page, expect
from service_fixture import PASSWORD, LiveService, live_service

from api.settings import load_settings
from api.web.addresses import recording_address
from api.wiring import beside
from archive.event_values import Interval
from archive.identifiers import new_id
from archive.matter_codes import matter_code
from archive.officer_numbers import set_number
from archive.shift import Proposal, Session, Take, proposals
from ingest.manifest import RecorderName
from ingest.push import Take as Pushing
from ingest.push import push_file

pytestmark = pytest.mark.xdist_group("matter_code")
MATTER = "某烤肉店（餐饮）日常检查"
SESSION, OTHER, CAMERA = new_id("ses"), new_id("ses"), RecorderName("Huawei", "X-7", "body_camera")


def deposit(service: LiveService, path: Path, session: str) -> str:
    """A recording of the officer 650101."""
    now = datetime.now(UTC)
    with closing(service.station("城东所采集站 01").client):
        return str(push_file(service.station("城东所采集站 01"), Pushing(
            path, CAMERA, Interval(now, now), Interval(now, now), {"wearer_no": "650101"}, session)).recording)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("codes")) as made:
        made.add_person("zhang", "张建国")
        with beside(made.data, load_settings(made.data)) as archive:
            set_number(archive.site, "zhang", "650101")
        yield made


@pytest.fixture
def zhang(service: LiveService) -> Iterator[httpx2.Client]:
    with service.client() as client:
        client.headers["accept"] = "text/html"
        assert sign_in(client, "zhang").status_code == 303
        client.headers["x-csrf-token"] = form_token(client.get("/shift").text)
        yield client


def test_a_code_becomes_a_label_or_is_not_proposed_with_its_origin(
        service: LiveService, zhang: httpx2.Client, tmp_path: Path) -> None:
    recording = deposit(service, clip(tmp_path / "a.mp4", [(matter_code(MATTER), 1, 4)], 6), SESSION)
    deposit(service, clip(tmp_path / "b.mp4", [], 2), OTHER)
    jobs_done(service)
    found = {one["session"]: one for one in zhang.get("/api/v1/shift").json()["sessions"]}
    assert found[SESSION]["proposed"]["matter"] == {"text": MATTER, "origin": "shown"}
    assert "matter" not in found[OTHER]["proposed"]
    assert found[SESSION]["takes"][0]["said"] == {}
    assert "拍摄开始时向镜头出示" in zhang.get("/shift").text
    history = zhang.get(recording_address(recording)).text
    assert "recording.matter_shown/1" in history
    assert MATTER in history
    assert zhang.post(f"/api/v1/sessions/{SESSION}/label", json={"matter": "改正后的事项"}).status_code == 201
    found = {one["session"]: one for one in zhang.get("/api/v1/shift").json()["sessions"]}
    assert found[SESSION]["proposed"]["matter"] == {"text": "改正后的事项", "origin": "label"}


def test_a_page_of_codes_is_shown_to_nobody_or_for_any_text(service: LiveService, zhang: httpx2.Client) -> None:
    with service.client() as nobody:
        nobody.headers["accept"] = "text/html"
        assert nobody.get("/matter-code?matter=a").status_code == 303
    assert "<svg" not in zhang.get("/matter-code").text.split("<main")[1]
    for text in ("查" * 101, "a\nb", "a\u202eb"):
        refused = zhang.get("/matter-code", params={"matter": text})
        assert (refused.status_code, "matter.text" in refused.text) == (422, True)
    hostile = zhang.get("/matter-code", params={"matter": "<script>alert(1)</script>"})
    assert (hostile.status_code, "<script>alert" in hostile.text) == (200, False)
    assert 'href="/matter-code"' in zhang.get("/shift").text


def decoded(png: bytes, folder: Path) -> list[str]:
    """Codes in a picture of the screen."""
    path = folder / f"{secrets.token_hex(4)}.png"
    path.write_bytes(png)
    width, height = (int.from_bytes(png[at:at + 4], "big") for at in (16, 20))
    grey = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                          check=True, capture_output=True).stdout
    return [code.text for code in zxingcpp.read_barcodes(memoryview(grey).cast("B", (height, width)))]


def test_the_code_on_the_page_says_something_else_or_is_small(
        service: LiveService, page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(service.address + "/matter-code")
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/matter-code")
    page.locator("main").get_by_label("执法事项", exact=True).fill(MATTER)
    page.keyboard.press("Enter")
    code = page.locator(".matter-code .qr")
    box = code.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 0.6 * 800
    assert decoded(code.screenshot(), tmp_path) == [matter_code(MATTER)]
    expect(page.locator("figcaption")).to_have_text(MATTER)
    page.emulate_media(media="print")
    for hidden in ("h1", "main form", "header.bar", "footer", "p.faint"):
        expect(page.locator(hidden).first).to_be_hidden()
    assert decoded(page.screenshot(full_page=True), tmp_path) == [matter_code(MATTER)]
    expect(page.locator("figcaption")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Code of a matter")
    assert decoded(page.screenshot(full_page=True), tmp_path) == [matter_code(MATTER)]


def _session(*takes: tuple[dict[str, str], bool, str | None]) -> Session:
    row: Any = SimpleNamespace(started=datetime(2026, 3, 5, tzinfo=UTC))
    return Session("s", tuple(Take(row, "label", said, station, None, False, shown)
                              for said, station, shown in takes), {})


STATION, PERSON, NOTHING = ({"matter": "站"}, True), ({"matter": "人"}, False), (dict[str, str](), False)


@pytest.mark.parametrize(("takes", "expected"), [
    ([(*PERSON, "甲")], Proposal("人", "label")),
    ([(*PERSON, None), (*STATION, "甲")], Proposal("人", "label")),
    ([(*STATION, "甲")], Proposal("甲", "shown")),
    ([(*NOTHING, "甲"), (*NOTHING, "乙")], Proposal("乙", "shown")),
    ([(*NOTHING, "甲"), (*STATION, None)], Proposal("甲", "shown")),
    ([(*STATION, None)], Proposal("站", "station")),
    ([(*NOTHING, None)], Proposal("人", "near")),
])
def test_another_origin_comes_first(
        takes: list[tuple[dict[str, str], bool, str | None]], expected: Proposal) -> None:
    found = proposals(_session(*takes), [_session((*PERSON, None))])
    assert found == {"matter": expected}
