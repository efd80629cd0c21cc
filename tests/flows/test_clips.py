"""The real clips through the whole line: each original's bytes lie in the store, each access copy plays in Debian's
Chromium, on the recording's own page, with the picture and the sound its original has."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flows.dock import jobs_done, rows, shared_service, store_of
from flows.reader import Reader, signed_in
from playwright.sync_api import Page, expect
from service_fixture import SAMPLES, LiveService

from api.deps import SESSION_COOKIE
from archive.ports import ObjectVersion

CLIPS = Path(os.environ.get("LIUHEN_TEST_CLIPS", Path(__file__).parents[3] / "shared" / "clips"))
REAL = sorted(p for p in (CLIPS if CLIPS.is_dir() else SAMPLES).iterdir()
              if p.is_file() and p.suffix not in (".md", ".py"))


@pytest.fixture
def service() -> LiveService:
    return shared_service()


@pytest.fixture
def reader(service: LiveService) -> Iterator[Reader]:
    with signed_in(service) as made:
        yield made


def _kinds(path: Path) -> set[str]:
    """What an independent look says the original has."""
    found = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "json", str(path)],
                           capture_output=True, check=True, timeout=60)
    return {stream["codec_type"] for stream in json.loads(found.stdout)["streams"]} & {"video", "audio"}


def _played(page: Page, kinds: set[str]) -> None:
    """Picture has a size, time goes on, and sound was decoded."""
    page.locator("#open-playback").click()
    expect(page.locator("#player[data-state=open]")).to_have_count(1, timeout=30_000)
    tag = "video" if "video" in kinds else "audio"
    expect(page.locator(tag)).to_have_js_property("paused", True)
    page.evaluate(f"() => document.querySelector('{tag}').play()")
    if "video" in kinds:
        expect(page.locator("#player[data-picture=seen]")).to_have_count(1, timeout=30_000)
        assert page.evaluate("() => document.querySelector('video').videoWidth") > 0
    if "audio" in kinds:
        expect(page.locator("#player[data-sound=heard]")).to_have_count(1, timeout=30_000)
        assert page.evaluate(f"() => document.querySelector('{tag}').webkitAudioDecodedByteCount") > 0
    expect(page.locator("#player-fault")).to_be_hidden()


@pytest.mark.parametrize("clip", REAL, ids=[clip.name for clip in REAL])
def test_a_real_clip_does_not_come_through(clip: Path, service: LiveService, reader: Reader, page: Page) -> None:
    pushed = service.push(clip, case_no="吉市监罚〔2026〕60号")
    assert (pushed.report.verdict, pushed.repeated) == ("proven", False)
    key, version = rows(service.data, "SELECT p.object_key, p.version_id FROM object_place p JOIN recording r ON "
                        "r.object_key = p.object_key WHERE r.id = ?", pushed.recording)[0]
    assert b"".join(store_of(service).get(ObjectVersion(str(key), str(version)))) == clip.read_bytes()
    jobs_done(service, 180)
    made = rows(service.data, "SELECT purpose FROM derivative WHERE recording = ?", pushed.recording)
    assert ("access_copy",) in made
    page.context.add_cookies([{
        "name": SESSION_COOKIE, "value": str(reader.client.cookies[SESSION_COOKIE]), "url": service.address}])
    page.goto(f"{service.address}/recordings/{pushed.recording}")
    before = rows(service.data, "SELECT count(*) FROM playback WHERE recording = ?", pushed.recording)
    assert before == [(0,)], "showing the page is no look"
    _played(page, _kinds(clip))
    assert rows(service.data, "SELECT what FROM playback WHERE recording = ?", pushed.recording) == [("access_copy",)]
