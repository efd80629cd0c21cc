"""A person's whole way in a real browser against the real service: sign in, find, look, check, sign out."""

import re
import time
from collections.abc import Callable

import pytest
from pages.conftest import Deposited
from pages.signing import sign_in
from playwright.sync_api import Locator, Page, expect
from service_fixture import PASSWORD

pytestmark = pytest.mark.xdist_group("pages")


def enter(page: Page, shown: Deposited, path: str = "/") -> None:
    """Through the login page to ``path``."""
    page.goto(shown.address + path)
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(shown.address + path)


def opened(shown: Deposited, recording: str, what: str) -> int:
    """How often the history on the recording's page says this was opened."""
    with shown.service.client() as client:
        client.headers["accept"] = "text/html"
        sign_in(client, "zhang")
        html = client.get(f"/recordings/{recording}").text
    lines = html[html.index('<ol class="history">'):].split("<li>")
    return sum("playback.opened/1" in line and f"<dd>{what}</dd>" in line for line in lines)


def until(holds: Callable[[], object], patience_s: float = 20.0) -> None:
    """Polls: the pages' policy forbids the eval Playwright's own waiting needs."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def video_state(video: Locator) -> dict[str, float]:
    """Width of the picture, place in seconds."""
    state: dict[str, float] = video.evaluate("v => ({width: v.videoWidth, at: v.currentTime, error: v.error ? 1 : 0})")
    return state


def test_a_recording_is_found_played_checked_and_every_look_is_on_record(page: Page, shown: Deposited) -> None:
    before = opened(shown, shown.video, "利用副本"), opened(shown, shown.video, "原始记录")
    enter(page, shown)
    page.get_by_role("searchbox", name="案号").fill("吉市监罚（２０２６） １２ 号")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name=shown.video).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("吉市监罚〔2026〕12号")
    page.wait_for_load_state()  # a click before the page's script is there does nothing
    page.get_by_role("button", name="调阅播放").click()
    expect(page.locator("#player")).to_have_attribute("data-state", "open", timeout=20_000)
    video = page.locator("video")
    video.evaluate("v => v.play()")
    until(lambda: video_state(video)["at"] > 0.5)
    assert video_state(video) == {"width": 1280, "at": pytest.approx(1.5, abs=1.5), "error": 0}
    video.evaluate("v => { v.currentTime = 0; return v.play(); }")  # again, by ranges: no further event
    until(lambda: video_state(video)["at"] > 0.5)
    expect(page.locator("#player")).to_have_attribute("data-sound", "heard")
    assert opened(shown, shown.video, "利用副本") == before[0] + 1
    page.get_by_role("button", name="核验原始记录").click()
    expect(page.locator("#verify-status")).to_contain_text("未发现问题", timeout=30_000)
    assert opened(shown, shown.video, "原始记录") == before[1] + 1
    assert opened(shown, shown.video, "利用副本") == before[0] + 1


def test_the_browsers_check_turns_green_only_with_the_right_key(page: Page, shown: Deposited) -> None:
    enter(page, shown, f"/recordings/{shown.sound}")
    page.get_by_text("使用我持有的密钥").click()
    key = shown.service.log_key.text()
    other = "test.example/0000000000000000" + key[key.index("+"):]
    for held, verdict in ((other, r"第.*步.*发现问题"), (key, r"^未发现问题")):
        page.locator("#verify-key").fill(held)
        page.locator("#verify-start").click()
        expect(page.locator("#verify-status")).to_have_text(re.compile(verdict), timeout=30_000)


def test_sound_without_picture_plays(page: Page, shown: Deposited) -> None:
    enter(page, shown, f"/recordings/{shown.sound}")
    page.get_by_role("button", name="调阅播放").click()
    audio = page.locator("audio")
    expect(page.locator("#player")).to_have_attribute("data-state", "open")
    audio.evaluate("a => a.play()")
    until(lambda: audio.evaluate("a => a.currentTime") > 0.5)
    expect(page.locator("#player-fault")).to_be_hidden()


def test_language_and_signing_out_work_from_any_page(page: Page, shown: Deposited) -> None:
    path = "/search?case=%E5%90%89%E5%B8%82"
    enter(page, shown, path)
    page.get_by_role("button", name="English").click()
    page.wait_for_url(shown.address + path)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(shown.address + "/login")
    page.goto(shown.address + f"/recordings/{shown.video}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_session_that_ended_meanwhile_plays_nothing(page: Page, shown: Deposited) -> None:
    enter(page, shown, f"/recordings/{shown.twin}")
    before = opened(shown, shown.twin, "利用副本")
    page.context.clear_cookies()
    page.get_by_role("button", name="调阅播放").click()
    expect(page.locator("#player-fault")).to_contain_text("auth.required")
    assert not page.locator("video").get_attribute("src")
    assert opened(shown, shown.twin, "利用副本") == before


def test_no_part_of_a_page_is_wider_than_a_telephone(page: Page, shown: Deposited) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    enter(page, shown)
    for path in ("/", "/search?case=%E5%90%89", f"/recordings/{shown.video}", "/nowhere"):
        page.goto(shown.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
