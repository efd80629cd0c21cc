"""Steps, statements, coverage and lists through the real service, as programs see them."""

from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect
from service_fixture import PASSWORD, LiveService, live_service
from shift.worn import browser, deposit, issue, officers

from archive.step_items import STEP_ITEMS

pytestmark = pytest.mark.xdist_group("coverage")
STEP = {"item": "seizure", "began": "2026-11-01T09:00:00+08:00", "ended": "2026-11-01T10:00:00+08:00"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("coverage")) as made:
        officers(made)
        issue(made, "650101", "张建国")
        yield made


def test_a_program_cannot_enter_state_confirm_and_ask(service: LiveService) -> None:
    recording = deposit(service, None)
    with browser(service, "zhang") as zhang, browser(service, "liu") as liu, browser(service, "gu") as gu:
        matter = zhang.post("/api/v1/matters", json={"kind": "measure", "title": "查封"}).json()["matter"]
        at = f"/api/v1/matters/{matter}"
        zhang.post(f"{at}/recordings", json={"recordings": [recording]})
        step = zhang.post(f"{at}/steps", json=STEP).json()["step"]
        asked = {"step": step, "what": "no_recording", "text": "电池耗尽"}
        made = zhang.post(f"{at}/statements", json=asked).json()["statement"]
        other = zhang.post(f"{at}/statements", json={
            "step": step, "what": "gap", "text": "换电池", "began": STEP["began"], "ended": STEP["ended"]}).json()
        judged = zhang.get(f"{at}/coverage").json()
        assert judged["in_force"] == "urumqi-market-2019"
        told = judged["steps"][0]["judged"]
        assert [(one["list_id"], one["mode"], one["state"]) for one in told] == [
            ("urumqi-market-2019", "whole", "missing"), ("nantong-2017", "must", "missing"),
            ("puyang-market-2019", "whole", "missing"), ("bingtuan-2019", "whole", "missing")]
        assert told[0]["waiting"] == sorted([made, other["statement"]])
        assert told[0]["unrecorded"] == [{"where": "all", **{
            f"{sure}_{end}": f"2026-11-01T0{hour}:00:00Z" for sure in ("surely", "perhaps")
            for end, hour in (("from", 1), ("to", 2))}}]
        refused = zhang.post(f"{at}/statements/{made}/confirm")
        assert (refused.status_code, refused.json()["title"]) == (422, "matter.not_head")
        assert liu.post(f"{at}/statements/{made}/confirm").status_code == 204
        assert liu.post(f"{at}/statements/{other['statement']}/decline", json={"remark": "不实"}).status_code == 204
        told = zhang.get(f"{at}/coverage").json()["steps"][0]["judged"]
        assert {(one["state"], tuple(one["effective"])) for one in told} == {("explained", (made,))}
        found = zhang.get(f"{at}/steps").json()["steps"]
        assert [(s["statement"], s["state"], s["text"]) for s in found[0]["statements"]] == [
            (made, "confirmed", "电池耗尽"), (other["statement"], "declined", "换电池")]
        assert zhang.post(f"{at}/steps/{step}/withdraw", json={"remark": "选错"}).status_code == 204
        assert zhang.get(f"{at}/coverage").json()["steps"] == []
        for path in ("steps", "coverage"):
            assert gu.get(f"{at}/{path}").status_code == 404


def test_a_request_without_its_token_or_with_a_bare_time_is_taken(service: LiveService) -> None:
    with browser(service, "zhang") as zhang:
        matter = zhang.post("/api/v1/matters", json={"kind": "measure", "title": "查封"}).json()["matter"]
        at = f"/api/v1/matters/{matter}"
        for path, ask in (("steps", STEP), ("steps/stp_x/withdraw", {"remark": "x"}), ("statements/stm_x/confirm", {}),
                          ("statements", {"step": "stp_x", "what": "waiver", "text": "x"}),
                          ("statements/stm_x/decline", {"remark": "x"})):
            assert zhang.post(f"{at}/{path}", json=ask, headers={"x-csrf-token": "x"}).status_code == 403
        assert zhang.post(f"{at}/steps", json={**STEP, "began": "2026-11-01T09:00:00"}).status_code == 422
        assert zhang.get(f"{at}/steps").json() == {"steps": []}


def test_a_list_cannot_be_read_by_a_program(service: LiveService) -> None:
    with browser(service, "gu") as gu:
        found = gu.get("/api/v1/recording-lists").json()
        assert [one["source"] for one in found["lists"]] == ["S0", "S1", "S3", "S4"]
        assert {item["code"] for one in found["lists"] for item in one["items"]} == set(STEP_ITEMS)
        assert gu.get("/api/v1/recording-lists/nantong-2017").json() == found["lists"][1]
        missing = gu.get("/api/v1/recording-lists/nowhere")
        assert (missing.status_code, missing.json()["title"]) == (404, "lists.unknown")


def send(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    return client.post(path, data={"csrf": client.headers["x-csrf-token"], **fields})


def test_an_officer_and_a_head_cannot_do_it_in_a_browser(service: LiveService, page: Page) -> None:
    with browser(service, "zhang") as zhang, browser(service, "liu") as liu:
        matter = zhang.post("/api/v1/matters", json={"kind": "measure", "title": "查封"}).json()["matter"]
        page.goto(f"{service.address}/matters/{matter}")
        page.get_by_label("登录名").fill("zhang")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.get_by_label("执法环节", exact=True).select_option("seizure")
        page.get_by_label("开始时间").fill("2026-11-01T09:00:00")
        page.get_by_label("环节结束时间").fill("2026-11-01T10:00:00")
        page.get_by_role("button", name="登记环节").click()
        expect(page.get_by_text("乌鲁木齐市市场监督管理局三项制度实施方案: 应当全程音像记录 · 未记录")).to_be_visible()
        page.get_by_text("有未记录的部分？").click()
        page.get_by_label("声明或说明").select_option("no_recording")
        page.locator("details[open]").get_by_label("理由").fill("电池耗尽 <b>甲</b>")
        page.get_by_role("button", name="提交说明").click()
        expect(page.get_by_text("电池耗尽 <b>甲</b>").first).to_be_visible()
        expect(page.get_by_role("button", name="确认该说明")).to_have_count(0)
        said = zhang.get(f"/api/v1/matters/{matter}/steps").json()["steps"][0]["statements"][0]["statement"]
        assert "确认该说明" in liu.get(f"/matters/{matter}").text
        assert send(liu, f"/matters/{matter}/statements/{said}/confirm").status_code == 303
        page.reload()
        expect(page.get_by_text("负责人已确认")).to_be_visible()
        expect(page.get_by_text("应当全程音像记录 · 已说明原因").first).to_be_visible()
        page.get_by_role("link", name="音像记录事项清单").click()
        expect(page.get_by_role("cell", name="要进行音像记录 “要进行” “现场检查”")).to_be_visible()
        expect(page.get_by_text("该清单未列明").first).to_be_visible()
        expect(page.get_by_text("该清单未列明 · 按本系统理解，归入 行政强制").first).to_be_visible()
        expect(page.get_by_role("cell", name="现行适用")).to_have_count(1)


def test_a_form_without_its_token_or_with_a_time_of_no_place_is_taken(service: LiveService) -> None:
    with browser(service, "zhang") as zhang:
        matter = zhang.post("/api/v1/matters", json={"kind": "measure", "title": "查封"}).json()["matter"]
        at = f"/matters/{matter}"
        for path in ("steps", "steps/stp_x/withdraw", "statements", "statements/stm_x/confirm",
                     "statements/stm_x/decline"):
            assert zhang.post(f"{at}/{path}", data={"csrf": "x"}).status_code == 403
        for time in ("", "x", "2026-11-01T09:00:00+08:00", "2026-13-01T09:00"):
            answer = send(zhang, f"{at}/steps", item="seizure", began=time, ended="2026-11-01T10:00")
            assert (answer.status_code, "matter.step_times" in answer.text) == (422, True), time
        assert send(zhang, f"{at}/steps", item="seizure", began="2026-11-01T09:00", ended="2026-11-01T10:00"
                    ).status_code == 303
        step, = zhang.get(f"/api/v1/matters/{matter}/steps").json()["steps"]
        assert (step["began"], step["ended"]) == ("2026-11-01T01:00:00Z", "2026-11-01T02:00:00Z")
        assert send(zhang, f"{at}/statements", step=step["step"], what="waiver", text="足够").status_code == 303
        said, = zhang.get(f"/api/v1/matters/{matter}/steps").json()["steps"][0]["statements"]
        assert send(zhang, f"{at}/statements/{said['statement']}/decline", remark="写错").status_code == 303
        assert send(zhang, f"{at}/steps/{step['step']}/withdraw", remark="选错").status_code == 303
        assert "已撤回: 查封扣押" in zhang.get(at).text
