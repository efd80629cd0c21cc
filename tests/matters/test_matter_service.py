"""Matters through the real service: by JSON and forms, in Chromium, and by the label an officer puts on a session."""

from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect
from service_fixture import PASSWORD, LiveService, live_service
from shift.worn import browser, deposit, issue, officers

from archive.identifiers import new_id

pytestmark = pytest.mark.xdist_group("matters")
CASE = "吉市监罚〔2026〕31号"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("matters")) as made:
        officers(made)
        issue(made, "650101", "张建国")
        yield made


def opened(client: httpx2.Client, title: str, **more: str) -> str:
    answer = client.post("/api/v1/matters", json={"kind": "inspection", "title": title, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["matter"])


def send(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    return client.post(path, data={"csrf": client.headers["x-csrf-token"], **fields})


def test_a_program_cannot_do_what_people_do(service: LiveService) -> None:
    recording = deposit(service, None)
    with browser(service, "zhang") as zhang, browser(service, "liu") as liu, browser(service, "gu") as gu:
        first, second = opened(zhang, "甲公司检查"), opened(zhang, "乙公司检查", case_no=CASE)
        at = f"/api/v1/matters/{first}"
        assert zhang.patch(at, json={"title": "甲公司日常检查", "case_no": "吉市监检〔2026〕1号"}).status_code == 204
        made = zhang.post(f"{at}/recordings", json={"recordings": [recording]}).json()["assignments"][0]
        found = zhang.get(at).json()
        assert (found["title"], found["case_no"]) == ("甲公司日常检查", "吉市监检〔2026〕1号")
        assert [(a["recording"], a["assignment"], a["by"]) for a in found["assigned"]] == [(recording, made, "张建国")]
        assert gu.get(at).status_code == gu.get(f"/recordings/{recording}").status_code == 404
        member = zhang.post(f"{at}/members", json={"login": "gu", "relation": "second"}).json()["membership"]
        assert gu.get(f"/api/v1/recordings/{recording}/receipt").status_code in (200, 202)
        assert zhang.delete(f"{at}/members/{member}").status_code == 204
        assert gu.get("/api/v1/matters").json()["matters"] == []
        assert zhang.post(f"{at}/file", json={"decided_on": "2026-11-01"}).status_code == 204
        assert zhang.post(f"{at}/end", json={"basis": "enforced", "ended_on": "2026-11-02"}).status_code == 204
        assert zhang.post(f"{at}/go-on", json={"remark": "未完"}).status_code == 204
        ids = {"kind": "case", "title": "甲公司另案", "assignments": [made], "remark": "分案"}
        third = zhang.post(f"{at}/split", json=ids).json()["matter"]
        moved = zhang.get(f"/api/v1/matters/{third}").json()
        assert (moved["split_from"], [a["recording"] for a in moved["assigned"]]) == (first, [recording])
        wrong = moved["assigned"][0]["assignment"]
        fixed = zhang.post(f"/api/v1/matters/{third}/recordings/{wrong}/correct",
                           json={"matter": CASE, "remark": "选错", "from_us": 0, "to_us": 1}).json()["assignments"]
        assert zhang.post(f"/api/v1/matters/{second}/recordings/{fixed[0]}/withdraw",
                          json={"remark": "不属于"}).status_code == 204
        merging = {"into": found["number"], "remark": "同案"}
        assert zhang.post(f"/api/v1/matters/{third}/merge", json=merging).status_code == 204
        assert zhang.get(at).json()["merged"] == [third]
        assert liu.get("/api/v1/matters", params={"q": "甲公司", "own": "1"}).json() == {"matters": [], "more": False}
        refused = zhang.post(f"{at}/recordings", json={"recordings": [recording], "from_us": 1})
        assert (refused.status_code, refused.json()["title"]) == (422, "matter.span")


def test_a_label_that_names_a_matter_leaves_the_recording_outside_it(service: LiveService) -> None:
    session = new_id("ses")
    takes = [deposit(service, session) for _ in range(2)]
    with browser(service, "zhang") as zhang, browser(service, "gu") as gu:
        number = zhang.get(f"/api/v1/matters/{opened(zhang, '丙公司检查')}").json()["number"]
        others = gu.get(f"/api/v1/matters/{opened(gu, '丁公司检查')}").json()["number"]
        assert send(zhang, "/shift/label", session=session, matter=others, party="丁公司").status_code == 303
        assert "未归入您可见的执法事项" in zhang.get(f"/recordings/{takes[0]}").text
        assert gu.get(f"/recordings/{takes[0]}").status_code == 200
        assert send(zhang, "/shift/label", session=session, matter=number.lower(), party="丙公司").status_code == 303
        for recording in takes:
            assert "丙公司检查" in zhang.get(f"/recordings/{recording}").text
            assert gu.get(f"/recordings/{recording}").status_code == 404


def test_an_officer_cannot_do_it_in_a_browser(service: LiveService, page: Page) -> None:
    recording = deposit(service, None)
    page.goto(service.address + "/matters")
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("种类").select_option("clue")
    page.get_by_label("名称", exact=True).fill("举报线索 <b>戊公司</b>")
    page.get_by_role("button", name="建立执法事项").click()
    expect(page.get_by_role("heading", name="举报线索 <b>戊公司</b>")).to_be_visible()
    address = page.url
    page.goto(f"{service.address}/recordings/{recording}")
    page.get_by_label("您承办或参与的事项的编号、案号或名称").fill("举报线索 <b>戊公司</b>")
    page.get_by_role("button", name="归入该事项").click()
    expect(page.get_by_role("link", name="举报线索 <b>戊公司</b>")).to_be_visible()
    page.goto(address)
    page.get_by_label("决定日期").fill("2026-11-30")
    page.get_by_role("button", name="立案登记").click()
    expect(page.get_by_text("应有案号而尚无")).to_be_visible()
    page.get_by_text("不属于本事项？").click()
    page.locator("details[open]").get_by_label("理由").fill("选错")
    page.get_by_role("button", name="移出").click()
    expect(page.get_by_text("尚无记录归入本事项")).to_be_visible()


def test_a_form_without_its_token_changes_a_matter(service: LiveService) -> None:
    with browser(service, "zhang") as zhang:
        matter = opened(zhang, "己公司检查")
        for path in ("", "/title", "/case-number", "/file", "/end", "/go-on", "/merge", "/split", "/members"):
            address = f"/matters/{matter}{path}" if path else "/matters"
            assert zhang.post(address, data={"csrf": "x", "title": "改"}).status_code == 403
        assert zhang.post(f"/api/v1/matters/{matter}/file", json={"decided_on": "2026-11-01"},
                          headers={"x-csrf-token": "x"}).status_code == 403
        for text in ("1:2:3", "x", "１", ":5", "9" * 10, "5:"):
            answer = send(zhang, "/recordings/rec_x/matters", matter="M2026-1", from_s=text, to_s="9")
            assert (answer.status_code, "matter.span" in answer.text) == (422, True), text
        assert zhang.get(f"/matters/{matter}").status_code == 200
        assert zhang.get("/matters/mat_x").status_code == 404
