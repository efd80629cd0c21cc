"""The player in a real browser: one event per look, and a fault shown where picture or sound is missing."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from web.page_server import RENDERER, Showcase
from web.specimens import AUDIO, PAGES, PEAKS, RECORDING, VIDEO, recording

from api.web.views import AccessCopy, Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")
PATH = f"/recordings/{RECORDING}"
PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=4"]
SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:duration=4"]


def make(folder: Path, *arguments: str) -> bytes:
    """A short clip by the machine's ffmpeg; ``arguments`` are its inputs and codecs."""
    target = folder / "clip.mp4"
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", *arguments, "-movflags", "+faststart", "-y", str(target)], check=True
    )
    return target.read_bytes()


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("clips")
    h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    return {
        "good": make(folder, *PICTURE, *SOUND, *h264, "-c:a", "aac"),
        "sound_only": make(folder, *SOUND, "-c:a", "aac"),
        "picture_unplayable": make(folder, *PICTURE, *SOUND, "-c:v", "mpeg4", "-c:a", "aac"),
        "sound_unplayable": make(folder, *PICTURE, *SOUND, *h264, "-c:a", "ac3"),
    }


def look(page: Page, address: str, show: Showcase, copy: AccessCopy, clip: bytes) -> None:
    """Open the page, see that nothing was on record, press the button."""
    show.pages[PATH] = RENDERER.recording(recording(copy), "en")
    show.access_copy = (copy.media_type, clip)
    page.goto(address + PATH)
    assert show.playbacks == [], "showing the page is no look"
    page.locator("#open-playback").click()


def play(page: Page) -> None:
    page.evaluate("() => document.querySelector('video, audio').play()")


def test_picture_and_sound_play_and_one_look_is_recorded(
    page: Page, address: str, show: Showcase, clips: dict[str, bytes]
) -> None:
    look(page, address, show, VIDEO, clips["good"])
    expect(page.locator("#player[data-picture=seen]")).to_have_count(1)
    play(page)
    expect(page.locator("#player[data-sound=heard]")).to_have_count(1, timeout=15_000)
    page.evaluate("() => { document.querySelector('video').currentTime = 0.5; }")
    expect(page.locator("#player-fault")).to_be_hidden()
    expect(page.locator("#player-status")).to_have_text("On record as playback pbk_copy.")
    assert show.playbacks == ["access_copy"]


def test_waveform_leads_to_the_moment_that_was_pressed(
    page: Page, address: str, show: Showcase, clips: dict[str, bytes]
) -> None:
    look(page, address, show, AUDIO, clips["sound_only"])
    page.wait_for_selector("#player[data-state=open]")
    expect(page.locator("audio")).to_have_js_property("readyState", 4)
    box = page.locator(".waveform").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    expect(page.locator(".waveform-head")).not_to_have_attribute("x1", "0")
    at = float(page.locator(".waveform-head").get_attribute("x1") or 0)
    assert abs(at - len(PEAKS) / 2) < len(PEAKS) / 20
    assert abs(float(page.evaluate("() => document.querySelector('audio').currentTime")) - 2) < 0.2


def test_missing_picture_is_not_passed_over(page: Page, address: str, show: Showcase, clips: dict[str, bytes]) -> None:
    look(page, address, show, VIDEO, clips["picture_unplayable"])
    expect(page.locator("#player-fault")).to_contain_text("shows no picture")


def test_missing_sound_is_not_passed_over(page: Page, address: str, show: Showcase, clips: dict[str, bytes]) -> None:
    look(page, address, show, VIDEO, clips["sound_unplayable"])
    expect(page.locator("#player[data-picture=seen]")).to_have_count(1)
    play(page)
    expect(page.locator("#player-fault")).to_contain_text("plays no sound", timeout=15_000)


def test_damaged_copy_shows_a_fault(page: Page, address: str, show: Showcase) -> None:
    look(page, address, show, VIDEO, b"not a video at all" * 100)
    expect(page.locator("#player-fault")).to_contain_text("cannot play")


def test_refused_look_shows_nothing_and_may_be_tried_again(
    page: Page, address: str, show: Showcase, clips: dict[str, bytes]
) -> None:
    show.refuse_playback = True
    look(page, address, show, VIDEO, clips["good"])
    expect(page.locator("#player-fault")).to_contain_text("log.behind")
    assert page.locator("video").get_attribute("src") is None
    show.refuse_playback = False
    page.locator("#open-playback").click()
    expect(page.locator("#player[data-picture=seen]")).to_have_count(1)
    expect(page.locator("#player-fault")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_its_screen(page: Page, address: str, show: Showcase, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for name, filled in PAGES.items():
        for language in LANGUAGES:
            show.pages["/page"] = filled(RENDERER, language)
            page.goto(f"{address}/page")
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, (name, language)
