"""A wearer's page through the real service: whose recordings, what is proposed, a session labelled at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from service_fixture import PASSWORD, LiveService, live_service
from shift.worn import browser, deposit, issue, officers

from archive.identifiers import new_id
from ingest.manifest import RecorderName

pytestmark = pytest.mark.xdist_group("shift")
MORNING, NOON, ALONE = new_id("ses"), new_id("ses"), RecorderName("Huawei", "X-7", "body_camera")
SAID = {"matter": "日常检查", "party": "<某公司>", "handling_officer": "李敏"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """Two officers with numbers and one without; a shift of the first: two takes, then one."""
    with live_service(tmp_path_factory.mktemp("shift")) as made:
        officers(made)
        issue(made, "650101", "张建国")
        # The recorder's own number is stale: it still says who had it before.
        deposit(made, MORNING, wearer_no="650102")
        deposit(made, MORNING, wearer_no="650102")
        deposit(made, NOON, wearer_no="650102", party="某商行")
        yield made


def test_the_recorders_own_number_counts_before_the_ledger(service: LiveService) -> None:
    with browser(service, "zhang") as zhang, browser(service, "gu") as gu, browser(service, "keeper") as keeper:
        found = zhang.get("/api/v1/shift").json()
        assert found["basis"] == "issued"
        assert [(one["session"], len(one["takes"])) for one in found["sessions"]] == [(MORNING, 2), (NOON, 1)]
        assert {take["by"] for one in found["sessions"] for take in one["takes"]} == {"ledger"}
        assert gu.get("/api/v1/shift").json()["basis"] == "nothing"
        assert keeper.get("/api/v1/shift").json()["basis"] == "no_number"
        assert "尚未登记执法人员编号" in keeper.get("/shift").text


def test_a_proposal_is_taken_for_a_label_or_lacks_its_origin(service: LiveService) -> None:
    with browser(service, "zhang") as zhang:
        morning, noon = zhang.get("/api/v1/shift").json()["sessions"]
        assert noon["proposed"]["party"] == {"text": "某商行", "origin": "station"}
        assert morning["proposed"]["party"] == {"text": "某商行", "origin": "near"}
        assert morning["proposed"]["handling_officer"] == {"text": "张建国", "origin": "ledger"}
        assert [take["said"] for take in morning["takes"]] == [{}, {}]
        html = zhang.get("/shift").text
        assert "R25" in html
        assert "采集站所称" in html


def test_a_session_is_labelled_in_part_or_by_somebody_else(service: LiveService) -> None:
    with browser(service, "zhang") as zhang, browser(service, "gu") as gu:
        foreign = gu.post(f"/api/v1/sessions/{MORNING}/label", json=SAID)
        assert (foreign.status_code, foreign.json()["title"]) == (404, "shift.no_session")
        empty = zhang.post(f"/api/v1/sessions/{MORNING}/label", json={})
        assert empty.json()["title"] == "label.empty"
        first = zhang.post("/shift/label", data={
            "csrf": zhang.headers["x-csrf-token"], "session": MORNING, "as_before": "1"})
        assert first.status_code == 404
        done = zhang.post(f"/api/v1/sessions/{MORNING}/label", json=SAID)
        assert (done.status_code, len(done.json()["labels"])) == (201, 2)
        morning = zhang.get("/api/v1/shift").json()["sessions"][0]
        assert [take["said"] for take in morning["takes"]] == [SAID, SAID]
        assert {one["origin"] for one in morning["proposed"].values()} == {"label"}
        states = {one["state"] for take in morning["takes"]
                  for one in zhang.get(f"/api/v1/recordings/{take['recording']}/deadlines").json()
                  if one["clause"].endswith("R25")}
        assert states <= {"on_time", "pending"}


def test_the_page_needs_a_mouse_or_more_than_a_form(service: LiveService, page: Page) -> None:
    page.goto(service.address + "/shift")
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(service.address + "/shift")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的上一班")
    for name, text in SAID.items():
        page.locator(f"#s1-{name}").fill(text)
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.get_by_role("button", name="与上一次记录相同").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("#s2-party")).to_have_value("<某公司>")
    expect(page.locator("#s2-matter")).to_have_value("日常检查")
    page.locator("#s2-party").fill("另一公司")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("#s2-party")).to_have_value("另一公司")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My last shift")


def test_a_recorder_outside_the_ledger_or_a_newer_issue_hides_recordings(service: LiveService) -> None:
    alone = deposit(service, None, ALONE, wearer_no="650101")
    with browser(service, "zhang") as zhang:
        last = zhang.get("/api/v1/shift").json()["sessions"][-1]
        assert (last["session"], last["takes"][0]["by"]) == (alone, "label")
        issue(service, "650101", "张建国", serial="DSJ-0043")
        found = zhang.get("/api/v1/shift").json()
        assert (found["basis"], len(found["sessions"])) == ("hours", 3)
        assert datetime.fromisoformat(found["since"]) < datetime.now(UTC) - timedelta(hours=35)
        assert "36 小时" in zhang.get("/shift").text
