"""Links between a document's paragraphs and a recording's spans, through the real service and in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
from documents.papers import VECTORS
from playwright.sync_api import Page, expect
from service_fixture import PASSWORD, SAMPLES, LiveService, live_service, wait_for
from shift.worn import browser, officers

pytestmark = pytest.mark.xdist_group("links")


@dataclass(frozen=True)
class Bound:
    """A service, and what lies in it: a document, a scan and a film of Zhang's matter, a film of nobody's."""

    service: LiveService
    document: str
    scan: str
    film: str
    other: str
    matter: str


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bound]:
    with live_service(tmp_path_factory.mktemp("links")) as service:
        officers(service)
        film, sound = SAMPLES / "bodycam_h264_aac.mp4", SAMPLES / "interview_pcm.wav"
        made = [str(service.push(path).recording) for path in (
            VECTORS / "record.docx", VECTORS / "scan.pdf", film, sound)]
        with browser(service, "zhang") as zhang:
            matter = zhang.post("/api/v1/matters", json={"kind": "case", "title": "食品案"}).json()["matter"]
            done = zhang.post(f"/api/v1/matters/{matter}/recordings", json={"recordings": made[:3]})
            assert done.status_code == 201, done.text
            wait_for(lambda: all("pts_table" in zhang.get(f"/api/v1/recordings/{one}").text for one in made))
        yield Bound(service, *made, matter)


def link(client: httpx2.Client, document: str, recording: str, **place: int | None) -> httpx2.Response:
    return client.post(f"/api/v1/recordings/{document}/links", json={"recording": recording, **place})


def links(client: httpx2.Client, recording: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get(f"/api/v1/recordings/{recording}/links").json()
    return found


def test_a_link_goes_nowhere_or_beyond_the_recording(bound: Bound) -> None:
    faults = (
        (bound.film, bound.film, {"paragraph": 1}, "link.ends"),
        (bound.document, bound.scan, {"paragraph": 1}, "link.ends"),
        (bound.document, bound.film, {"paragraph": 7}, "link.place"),
        (bound.document, bound.film, {"page": 1}, "link.place"),
        (bound.document, bound.film, {}, "link.place"),
        (bound.scan, bound.film, {"paragraph": 1, "page": 1}, "link.place"),
        (bound.scan, bound.film, {"page": 2}, "link.place"),
        (bound.document, bound.film, {"paragraph": 1, "from_us": 5, "to_us": 5}, "link.span"),
        (bound.document, bound.film, {"paragraph": 1, "from_us": 5}, "link.span"),
        (bound.document, bound.film, {"paragraph": 1, "from_us": 0, "to_us": 10**12}, "link.span"),
        (bound.document, bound.other, {"paragraph": 1}, "link.no_matter"))
    with browser(bound.service, "zhang") as zhang:
        for document, recording, place, code in faults:
            answer = link(zhang, document, recording, **place)
            assert (answer.status_code, answer.json()["title"]) == (422, code), place
        assert links(zhang, bound.document) == []


def test_somebody_outside_the_matter_links_or_learns_of_a_link(bound: Bound) -> None:
    with browser(bound.service, "gu") as gu, browser(bound.service, "zhang") as zhang:
        assert link(gu, bound.document, bound.film, paragraph=1).status_code == 404
        made = link(zhang, bound.document, bound.film, paragraph=2).json()["link"]
        assert gu.get(f"/api/v1/recordings/{bound.film}/links").status_code == 404
        address = f"/api/v1/recordings/{bound.document}/links/{made}/withdraw"
        assert gu.post(address, json={"remark": "不对"}).status_code == 404
        assert zhang.post(address, json={"remark": " "}).status_code == 422
        assert zhang.post(address, json={"remark": "段落写错"}).status_code == 204
        assert zhang.post(address, json={"remark": "段落写错"}).json()["title"] == "link.unknown"
        assert links(zhang, bound.document) == []
        history = zhang.get(f"/recordings/{bound.document}").text
        assert "link.made/1" in history
        assert "link.withdrawn/1" in history
        assert "段落写错" in history


def test_a_link_tells_of_a_recording_that_may_not_be_known(bound: Bound) -> None:
    with (browser(bound.service, "gu") as gu, browser(bound.service, "liu") as liu,
          browser(bound.service, "zhang") as zhang):
        hers = gu.post("/api/v1/matters", json={"kind": "clue", "title": "线索"}).json()["matter"]
        put = liu.post(f"/api/v1/matters/{hers}/recordings", json={"recordings": [bound.scan]})
        assert put.status_code == 201, put.text
        made = link(zhang, bound.scan, bound.film, page=1).json()["link"]
        assert [one["link"] for one in links(zhang, bound.scan)] == [made]
        assert links(gu, bound.scan) == []
        assert bound.film not in gu.get(f"/recordings/{bound.scan}").text.partition('class="history"')[0]
        assert link(gu, bound.scan, bound.film, page=1).status_code == 404
        zhang.post(f"/api/v1/recordings/{bound.scan}/links/{made}/withdraw", json={"remark": "重复"})


def test_a_paragraph_and_its_span_do_not_find_each_other(bound: Bound, page: Page) -> None:
    with browser(bound.service, "zhang") as zhang:
        sent = zhang.post(f"/recordings/{bound.document}/links", data={
            "csrf": zhang.headers["x-csrf-token"], "paragraph": "3", "to": bound.film, "from_s": "0:01", "to_s": "2"})
        assert sent.status_code == 303, sent.text
        made = link(zhang, bound.scan, bound.film, page=1)
        assert made.status_code == 201, made.text
        found = links(zhang, bound.film)
        assert {(one["document"], one["paragraph"], one["page"], one["from_us"], one["to_us"]) for one in found} == {
            (bound.document, 3, None, 1_000_000, 2_000_000), (bound.scan, None, 1, None, None)}
    page.goto(f"{bound.service.address}/recordings/{bound.document}")
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{bound.service.address}/recordings/{bound.document}")
    page.locator(".links a").first.click()
    page.wait_for_url(f"{bound.service.address}/recordings/{bound.film}#t=1.000000")
    page.wait_for_load_state()
    expect(page.get_by_text("第3段")).to_be_visible()
    page.get_by_role("button", name="调阅播放").click()
    expect(page.locator("#player")).to_have_attribute("data-state", "open", timeout=20_000)
    video = page.locator("video")
    wait_for(lambda: bool(video.evaluate("v => v.readyState > 1 && !v.seeking")), 20)
    assert video.evaluate("v => v.currentTime") == pytest.approx(1.0, abs=0.05)
