"""The dock's screen in a real browser: read from three metres, never scrolling, and no light that does not count."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docking.screen_site import PAGES, Screen, screen, slot
from playwright.sync_api import Browser, Page, expect

from api.web.dock_words import LIGHTS, MARKS, PROBLEMS
from ingest.docking import board as board_module

HEIGHT = 1080
CHINESE, ENGLISH = "阿卜杜热合曼·买买提依明", "Abdurahman Maimaitiming"
CONTRASTS = """() => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(channel)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const under = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? under(element.parentElement) : colour;
  };
  return [...document.querySelectorAll("#slots *, footer *, h1, #at, #gone, #sound")]
    .filter((element) => element.textContent.trim() && element.checkVisibility()).map((element) => {
      const [low, high] = [light(getComputedStyle(element).color), light(under(element))].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    });
}"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Screen]:
    with screen(tmp_path) as made:
        yield made


@pytest.fixture
def kiosk(page: Page) -> Page:
    page.set_viewport_size({"width": 1920, "height": HEIGHT})
    return page


def opened(kiosk: Page, site: Screen, language: str = "zh") -> Page:
    kiosk.goto(f"{site.address}?language={language}")
    expect(kiosk.locator("body[data-state=live]")).to_have_count(1)
    return kiosk


def of_all(kiosk: Page, selector: str, script: str) -> Any:
    """What ``script`` makes of all elements at one moment: the page makes its slots anew each second."""
    return kiosk.evaluate(f"(selector) => ({script})([...document.querySelectorAll(selector)])", selector)


def height_of(kiosk: Page, selector: str) -> list[float]:
    found: list[float] = of_all(kiosk, selector, "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))")
    return found


@pytest.mark.parametrize(("count", "language"), [
    (1, "zh"), (8, "zh"), (8, "en"), (16, "en"), (32, "zh"), (32, "en")])
def test_a_name_is_too_small_or_a_slot_lies_below_the_edge(kiosk: Page, site: Screen, count: int,
                                                           language: str) -> None:
    lights = list(MARKS)
    for number in range(count):
        light = lights[number % len(lights)]
        problem = list(PROBLEMS)[number % len(PROBLEMS)] if light == "problem" else ""
        site.board.show(slot(number, light, CHINESE if number % 2 else ENGLISH, problem))
    for number in range(100, 140):
        site.docked(number, days_ago=4, wearer=ENGLISH)
    opened(kiosk, site, language)
    expect(kiosk.locator("#slots > li")).to_have_count(count)
    assert min(height_of(kiosk, ".name")) >= 0.04 * HEIGHT
    assert min(height_of(kiosk, ".mark")) >= 0.04 * HEIGHT
    assert min(height_of(kiosk, ".word")) >= 0.018 * HEIGHT
    room = kiosk.evaluate("() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth,"
                          " document.body.scrollHeight]")
    assert room == [HEIGHT, 1920, HEIGHT]
    lowest = of_all(kiosk, ".name, .word", "all => Math.max(...all.map((one) => one.getBoundingClientRect().bottom))")
    assert lowest <= HEIGHT
    cut = of_all(kiosk, "#slots > li", "all => all.filter((one) => one.scrollHeight > one.clientHeight + 1)"
                 ".map((one) => one.innerText)")
    assert cut == []


@pytest.mark.parametrize("count", [6, 32])
def test_a_text_has_too_little_contrast_or_a_light_is_told_by_colour_alone(kiosk: Page, site: Screen,
                                                                           count: int) -> None:
    for number in range(count):
        site.board.show(slot(number, list(MARKS)[number % len(MARKS)]))
    opened(kiosk, site)
    assert min(kiosk.evaluate(CONTRASTS)) >= 7
    told = of_all(kiosk, "#slots > li", "all => all.map((one) => [one.dataset.light,"
                  " one.querySelector('.mark').textContent, one.querySelector('.word').textContent])")
    assert len({tuple(light) for light in told}) == len(MARKS) == len({mark for _, mark, _ in told})
    assert len({word for _, _, word in told}) == len(MARKS)


def test_a_problem_is_shown_without_what_to_do(kiosk: Page, site: Screen) -> None:
    site.board.show(slot(1, "problem", problem="no_policy"))
    site.board.show(slot(2, "problem", problem="upload.never_heard_of"))
    opened(kiosk, site, "en")
    expect(kiosk.locator("li[data-slot=slot-01] .why")).to_have_text("No trust policy here")
    expect(kiosk.locator("li[data-slot=slot-01] .to-do")).to_have_text(
        "Not wiped. Call the administrator.")
    expect(kiosk.locator("li[data-slot=slot-02] .why")).to_have_text("The archive did not take it")
    expect(kiosk.locator("li[data-slot=slot-02] .code")).to_have_text("upload.never_heard_of")


def test_a_dock_that_stands_still_shows_a_green_light(kiosk: Page, site: Screen,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    site.board.show(slot(1, "safe"))
    opened(kiosk, site)
    expect(kiosk.locator("li[data-light=safe]")).to_have_count(1)
    monkeypatch.setattr(board_module, "STALE_S", 0.0)
    expect(kiosk.locator("body[data-state=gone]")).to_have_count(1, timeout=4000)
    expect(kiosk.locator("li[data-light=unknown] .word")).to_have_text("状态不明，请勿取走")
    assert kiosk.locator("li[data-light=safe]").count() == 0
    expect(kiosk.locator("#gone")).to_be_visible()
    assert min(kiosk.evaluate(CONTRASTS)) >= 7
    monkeypatch.setattr(board_module, "STALE_S", 15.0)
    site.board.looked()
    expect(kiosk.locator("li[data-light=safe]")).to_have_count(1, timeout=4000)
    expect(kiosk.locator("#gone")).to_be_hidden()


def test_the_chime_is_silent(kiosk: Page, site: Screen) -> None:
    opened(kiosk, site)
    loud, seconds = kiosk.evaluate("""async () => {
      const { chime, CHIME_SECONDS } = await import("/static/dock_sound.js");
      const context = new OfflineAudioContext(1, 48000 * 2, 48000);
      chime(context);
      const heard = (await context.startRendering()).getChannelData(0);
      const power = heard.slice(0, 48000).reduce((sum, value) => sum + value * value, 0) / 48000;
      const last = heard.findLastIndex((value) => Math.abs(value) > 0.001);
      return [Math.sqrt(power), last / 48000];
    }""")
    assert loud > 0.1
    assert 0.5 < seconds < 1.5


def test_it_rings_for_what_stood_there_or_not_for_what_became_safe(kiosk: Page, site: Screen) -> None:
    site.board.show(slot(1, "safe"))
    site.board.show(slot(2, "waiting"))
    opened(kiosk, site, "en")
    kiosk.wait_for_timeout(1500)
    assert kiosk.locator("body").get_attribute("data-rang") is None
    site.board.show(slot(2, "safe", wearer="李强"))
    expect(kiosk.locator("body[data-rang='1']")).to_have_count(1, timeout=4000)
    expect(kiosk.locator("#told")).to_have_text("slot-02 李强: may be taken")
    site.board.show(slot(3, "safe"))
    expect(kiosk.locator("body[data-rang='2']")).to_have_count(1, timeout=4000)


def test_a_browser_that_may_not_sound_says_nothing_of_it(browser: Browser, site: Screen) -> None:
    """As browsers come: no sound before somebody touched the page."""
    site.board.show(slot(1, "waiting"))
    arguments = ["--no-sandbox", "--disable-gpu", "--mute-audio",
                 "--autoplay-policy=document-user-activation-required"]
    strict = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=arguments)
    try:
        page = strict.new_page()
        page.goto(site.address)
        expect(page.locator("#sound")).to_be_visible()
        page.locator("#sound").click()
        expect(page.locator("#sound")).to_be_hidden()
        site.board.show(slot(1, "safe"))
        expect(page.locator("body[data-rang='1']")).to_have_count(1, timeout=4000)
    finally:
        strict.close()


def test_outside_text_becomes_markup(kiosk: Page, site: Screen) -> None:
    hostile = "<img src=x onerror=alert(1)><b>"
    site.board.show(slot(1, "sending", wearer=hostile))
    site.docked(2, days_ago=5, wearer=hostile)
    opened(kiosk, site)
    expect(kiosk.locator(".name")).to_have_text(hostile)
    expect(kiosk.locator("#absent")).to_contain_text(hostile)
    assert kiosk.locator("#slots img, #slots b, #absent img").count() == 0


def test_no_recorder_looks_like_no_answer(kiosk: Page, site: Screen) -> None:
    opened(kiosk, site, "en")
    expect(kiosk.locator("#none")).to_be_visible()
    expect(kiosk.locator("#gone")).to_be_hidden()
    expect(kiosk.locator("#nobody")).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_something_inline_or_from_elsewhere_is_on_the_page(language: str) -> None:
    html = PAGES.dock("en" if language == "en" else "zh")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?://", html)
    assert re.findall(r'<script[^>]*src="([^"]*)"', html) == ["/static/dock.js"]
    assert len(LIGHTS) == len(MARKS)
