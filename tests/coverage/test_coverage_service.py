"""Steps, statements, coverage and lists through the real service, as programs see them."""

from collections.abc import Iterator

import pytest
from service_fixture import LiveService, live_service
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
