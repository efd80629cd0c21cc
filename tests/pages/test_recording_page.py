"""The page of one recording over plain HTTP: what it says, to whom, and that looking at it is no playback."""

import re

import httpx2
import pytest
from pages.conftest import Deposited
from pages.signing import form_token
from service_fixture import CAMERA, SAMPLES, TAKEN

from archive.event_values import Interval
from archive.identifiers import new_id
from archive.proof.digest import measure_file
from ingest import tus
from ingest.push import Take, signed_manifest

pytestmark = pytest.mark.xdist_group("pages")


def plain_text(html: str) -> str:
    """The page's text, tags taken out, spaces folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def without_address(html: str, recording: str) -> str:
    return html.replace(recording, "")


def opened_but_never_finished(shown: Deposited) -> str:
    """The id a recording would have whose upload was only announced: it exists in the log and is hidden."""
    side = shown.service.station("城东所采集站 01")
    path = SAMPLES / "room_h264_pcm.avi"
    span = Interval(TAKEN, TAKEN)
    note, openings = signed_manifest(side, Take(path, CAMERA, span, span, {}), measure_file(path, ("sha256",)))
    with side.client:
        answer = side.client.post("/api/v1/uploads", headers={
            "Tus-Resumable": tus.VERSION, "Upload-Length": str(path.stat().st_size),
            "Upload-Metadata": tus.format_metadata({"manifest": note, "labels": openings})})
    assert answer.status_code == 201
    return str(answer.json()["recording"])


def test_a_hidden_recording_looks_like_one_that_never_was(zhang: httpx2.Client, shown: Deposited) -> None:
    hidden, absent = opened_but_never_finished(shown), new_id("rec")
    answers = [zhang.get(f"/recordings/{one}") for one in (hidden, absent)]
    assert [a.status_code for a in answers] == [404, 404]
    assert without_address(answers[0].text, hidden) == without_address(answers[1].text, absent)
    assert "recording.unknown" in answers[0].text


@pytest.mark.parametrize("odd", ["rec_x", "usr_2cbj6jg8hqxfwwvj789e328kfm", "..%2f..%2fetc", "%00", "<script>"])
def test_an_address_that_is_no_recording_is_not_found(zhang: httpx2.Client, odd: str) -> None:
    answer = zhang.get(f"/recordings/{odd}")
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_what_is_known_of_a_recording_stands_on_its_page(zhang: httpx2.Client, shown: Deposited) -> None:
    text = plain_text(zhang.get(f"/recordings/{shown.video}").text)
    digest = str(measure_file(SAMPLES / "bodycam_h264_aac.mp4", ("sha256",)).digests[0]).partition(":")[2]
    for told in (
            "吉市监罚〔2026〕12号", "某某食品有限公司", "王芳", "bodycam_h264_aac.mp4", "城东所采集站 01",
            "Hikvision DSJ-0042", "2026-03-05 09:30:00", digest, "已由日志签名", "video h264 #0 · 1280×720",
            "采集站在清单中所称", "1 次，每次均重新计算摘要"):
        assert told in text, told


def test_each_of_two_recordings_with_the_same_bytes_names_the_other(zhang: httpx2.Client, shown: Deposited) -> None:
    pairs = ((shown.video, shown.twin, "Huawei X-7"), (shown.twin, shown.video, "Hikvision DSJ-0042"))
    for one, other, recorder in pairs:
        notice = re.search(r'aria-labelledby="same">.*?</section>', zhang.get(f"/recordings/{one}").text, re.DOTALL)
        assert notice is not None
        assert f"/recordings/{other}" in notice[0]
        assert recorder in notice[0]


def test_looking_at_the_page_and_its_still_picture_adds_no_event(zhang: httpx2.Client, shown: Deposited) -> None:
    def events() -> int:
        return len(zhang.get(f"/api/v1/recordings/{shown.sound}/events").json())

    before = events()
    for _ in range(3):
        zhang.get(f"/recordings/{shown.sound}")
        zhang.get(f"/api/v1/recordings/{shown.video}/derivatives/poster")
    assert events() == before


def test_the_history_tells_every_event_of_the_log_and_no_manifest_text(zhang: httpx2.Client, shown: Deposited) -> None:
    html = zhang.get(f"/recordings/{shown.video}").text
    history = html[html.index('<ol class="history">'):]
    logged = zhang.get(f"/api/v1/recordings/{shown.video}/events").json()
    told = re.findall(r"#(\d+) ([a-z_]+\.[a-z_]+/\d+)", history)
    assert told == [(str(e["index"]), e["kind"]) for e in logged]
    kinds = [kind for _, kind in told]
    assert kinds.index("upload.opened/1") < kinds.index("recording.accessioned/1") < kinds.index("derivative.made/1")
    assert "upload.repeated/1" in kinds
    assert "城东所采集站 01" in history
    assert "本系统" in history
    assert "\n— sta_" not in history  # the signed note stays in the receipt


def test_a_file_that_is_no_recording_says_why_it_cannot_be_shown(zhang: httpx2.Client, shown: Deposited) -> None:
    html = zhang.get(f"/recordings/{shown.unreadable}").text
    assert "没有利用副本" in html
    assert "文件不是本系统工具可读取的音像" in html
    assert 'id="open-playback"' not in html
    assert "不是视频.mp4" in html


def test_still_picture_and_waveform_are_where_the_page_says(zhang: httpx2.Client, shown: Deposited) -> None:
    html = zhang.get(f"/recordings/{shown.video}").text
    poster = re.search(r'poster="([^"]+)"', html)
    assert poster is not None
    answer = zhang.get(poster[1])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert 'class="waveform-shape" d="M0 ' in html
    assert "poster=" not in zhang.get(f"/recordings/{shown.sound}").text


def test_a_page_in_english_has_no_chinese_of_ours(zhang: httpx2.Client, shown: Deposited) -> None:
    zhang.post("/language", data={"csrf": form_token(zhang.get("/").text), "language": "en", "back": "/"})
    page = zhang.get(f"/recordings/{shown.sound}").text
    text = plain_text(re.sub(r'<(\w+) lang="zh-Hans-CN">.*?</\1>', "", page, flags=re.S))  # the law's own words
    for known in ("专用存储器", "吉市监罚〔2026〕123号", "城东所采集站 01", "张建国", "留痕", "中文"):
        text = text.replace(known, "")
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []
    assert "This service" in text
