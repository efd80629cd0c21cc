"""Documents through the real service: deposited as recordings are, no term runs, their text shown once it is logged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import papers
from documents.papers import VECTORS
from pages.signing import sign_in
from playwright.sync_api import Page, expect
from service_fixture import PASSWORD, LiveService, live_service, wait_for
from shift.worn import browser, officers

pytestmark = pytest.mark.xdist_group("papers")
SCRIPT = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("papers")) as made:
        officers(made)
        yield made


@pytest.fixture(scope="module")
def laid(service: LiveService) -> dict[str, str]:
    """A record, a notice, a scan, a page with a script, a document that cannot be read: recordings by file name."""
    folder = service.data.parent
    files = {name: (VECTORS / name).read_bytes() for name in ("record.docx", "notice.pdf", "scan.pdf")} | {
        "script.pdf": papers.pdf(catalogue=SCRIPT), "bare.ofd": papers.ofd([["<img src=x onerror=alert(1)>"]]),
        "torn.pdf": papers.pdf()[:40]}
    made = {}
    for name, data in files.items():
        (folder / name).write_bytes(data)
        made[name] = str(service.push(folder / name).recording)
    with browser(service, "zhang") as zhang:
        wait_for(lambda: all("pts_table" in zhang.get(f"/api/v1/recordings/{one}").text for one in made.values()))
    return made


def test_a_term_runs_for_a_document_or_it_is_footage(service: LiveService, laid: dict[str, str]) -> None:
    with browser(service, "zhang") as zhang:
        for one in laid.values():
            found = zhang.get(f"/api/v1/recordings/{one}/deadlines").json()
            assert {line["state"] for line in found} == {"text_record"}
            assert zhang.get(f"/api/v1/recordings/{one}").json()["recording"]["medium"] == "document"
        html = zhang.get(f"/recordings/{laid['notice.pdf']}").text
        assert "不适用：文字记录" in html
        assert "文档" in html
        listed = zhang.get("/deadlines").text
        assert not any(one in listed for one in laid.values())


def test_the_text_of_a_document_is_read_without_a_trace(service: LiveService, laid: dict[str, str]) -> None:
    recording = laid["notice.pdf"]
    with browser(service, "zhang") as zhang:
        assert "通知书" not in zhang.get(f"/recordings/{recording}").text
        assert zhang.get(f"/api/v1/recordings/{recording}/derivatives/paragraphs").status_code == 404
        opened = zhang.post(f"/api/v1/recordings/{recording}/playbacks", json={"what": "text"}).json()
        said = zhang.get(opened["media"]).json()
        assert said == {"v": 1, "pages": 2, "paragraphs": [
            {"n": 1, "page": 1, "text": "责令改正通知书。"},
            {"n": 2, "page": 1, "text": "你单位未取得食品经营许可，违反《食品安全法》第三十五条。"},
            {"n": 3, "page": 2, "text": "请于2026年3月20日前改正。"}]}
        assert "playback.opened/1" in zhang.get(f"/recordings/{recording}").text


def test_a_document_that_cannot_be_read_is_not_kept_or_says_nothing(service: LiveService,
                                                                    laid: dict[str, str]) -> None:
    with browser(service, "zhang") as zhang:
        found = zhang.get(f"/api/v1/recordings/{laid['torn.pdf']}").json()
        assert {"purpose": "paragraphs", "reason": "undecodable"} in found["unavailable"]
        assert zhang.post(f"/api/v1/recordings/{laid['torn.pdf']}/playbacks", json={"what": "text"}).status_code == 404


def test_an_original_is_opened_as_a_page_of_ours(service: LiveService, laid: dict[str, str]) -> None:
    with browser(service, "zhang") as zhang:
        opened = zhang.post(f"/api/v1/recordings/{laid['script.pdf']}/playbacks", json={"what": "original"}).json()
        answer = zhang.get(opened["media"])
        assert answer.content == papers.pdf(catalogue=SCRIPT)
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["content-security-policy"]


def enter(page: Page, service: LiveService, path: str) -> None:
    page.goto(service.address + path)
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(service.address + path)
    page.wait_for_load_state()


def test_a_paragraph_is_run_or_numbered_wrongly_in_the_browser(page: Page, service: LiveService,
                                                               laid: dict[str, str]) -> None:
    enter(page, service, f"/recordings/{laid['bare.ofd']}")
    page.get_by_role("button", name="查看文字").click()
    expect(page.locator("#p1")).to_contain_text("<img src=x onerror=alert(1)>", timeout=20_000)
    assert page.locator("#document img").count() == 0
    with service.client() as client:
        client.headers["accept"] = "text/html"
        sign_in(client, "zhang")
        assert "playback.opened/1" in client.get(f"/recordings/{laid['bare.ofd']}").text


def test_a_scan_is_taken_for_an_empty_document(page: Page, service: LiveService, laid: dict[str, str],
                                               tmp_path: Path) -> None:
    enter(page, service, f"/recordings/{laid['scan.pdf']}")
    page.get_by_role("button", name="查看文字").click()
    expect(page.get_by_text("该文档没有文字：各页均为图像。")).to_be_visible(timeout=20_000)
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载原件").click()
    saved.value.save_as(tmp_path / "scan")
    assert (tmp_path / "scan").read_bytes() == (VECTORS / "scan.pdf").read_bytes()
