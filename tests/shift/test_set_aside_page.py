"""A recording set aside through the real service, by people in a browser: what they see, and what the store holds."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from service_fixture import PASSWORD, LiveService, live_service
from shift.worn import browser, deposit, issue, officers

from api.settings import load_settings
from api.wiring import with_store
from archive.actors import SYSTEM
from archive.identifiers import new_id
from archive.ports import ObjectVersion
from archive.recordings import find

pytestmark = pytest.mark.xdist_group("shift")
CASE = "吉市监罚〔2026〕9号"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """Zhang's shift: two recordings of one case in one session."""
    with live_service(tmp_path_factory.mktemp("aside")) as made:
        officers(made)
        issue(made, "650101", "张建国")
        yield made


def signed_in(service: LiveService, chromium: Browser, login: str, path: str) -> Page:
    page = chromium.new_context().new_page()
    page.goto(service.address + path)
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(service.address + path)
    return page


def locked_until(service: LiveService, recording: str) -> object:
    """What the store itself says of the pinned version's lock."""
    with with_store(service.data, load_settings(service.data)) as archive:
        held = find(archive.site, SYSTEM, recording)
        return archive.site.ports.store.head(ObjectVersion(held.object_key, held.version_id)).lock_until


def test_two_people_need_more_than_their_pages_or_the_store_is_told(service: LiveService, page: Page) -> None:
    chromium = page.context.browser
    assert chromium is not None
    session = new_id("ses")
    kept, mistake = (deposit(service, session, case_no=CASE) for _ in range(2))
    before = locked_until(service, mistake)
    assert before is not None
    zhang = signed_in(service, chromium, "zhang", "/shift")
    form = zhang.locator("li", has=zhang.get_by_role("link", name=mistake))
    form.get_by_text("非执法内容，或误录？").click()
    form.get_by_label("原因").select_option("by_mistake")
    form.get_by_label("画面内容说明").fill("误触按键 <b>")
    form.get_by_role("button", name="提议另置").click()
    zhang.wait_for_load_state()
    expect(zhang.get_by_text("已提议另置，待单位负责人决定")).to_be_visible()
    expect(zhang.get_by_role("button", name="以单位负责人身份同意另置")).to_have_count(0)

    liu = signed_in(service, chromium, "liu", "/set-aside")
    expect(liu.get_by_text("误触按键 <b>")).to_be_visible()
    liu.get_by_role("button", name="以单位负责人身份同意另置").click()
    liu.wait_for_load_state()
    for path in (f"/search?case={CASE}", f"/cases/{CASE}", "/"):
        liu.goto(service.address + path)
        expect(liu.get_by_text("另有 1 条记录已另置")).to_be_visible()
        expect(liu.get_by_role("link", name=kept)).to_have_count(1)
        expect(liu.get_by_role("link", name=mistake)).to_have_count(0)
    assert locked_until(service, mistake) == before

    with browser(service, "gu") as gu:
        found = gu.get("/api/v1/recordings", params={"case": CASE}).json()
        assert ([one["id"] for one in found["recordings"]], found["set_aside"]) == ([kept], 1)
        assert gu.get(f"/recordings/{mistake}").status_code == 200
        aside = gu.get("/api/v1/set-aside").json()
        assert [(one["recording"], one["by"], one["decided_by"]) for one in aside["aside"]] == [
            (mistake, "张建国", "刘志强")]
    reader = signed_in(service, chromium, "gu", f"/recordings/{mistake}")
    reader.get_by_label("理由").fill("当事人申请查阅")
    reader.get_by_role("button", name="恢复列入检索").click()
    reader.wait_for_load_state()
    expect(reader.get_by_text("曾另置，现已恢复")).to_be_visible()
    expect(reader.get_by_text("该记录已恢复，检索可再次找到。")).to_be_visible()
    reader.goto(service.address + f"/cases/{CASE}")
    expect(reader.get_by_role("link", name=mistake)).to_have_count(1)


def test_the_json_door_lets_through_what_the_page_refuses(service: LiveService) -> None:
    recording = deposit(service, None)
    door = f"/api/v1/recordings/{recording}"
    with browser(service, "zhang") as zhang, browser(service, "gu") as gu, browser(service, "liu") as liu:
        ask = {"reason": "not_enforcement", "remark": "队内培训"}
        assert gu.post(f"{door}/set-aside", json=ask).json()["title"] == "set_aside.not_wearer"
        made = zhang.post(f"{door}/set-aside", json=ask)
        assert made.status_code == 201
        proposal = f"{door}/set-aside/{made.json()['proposal']}"
        assert zhang.post(f"{proposal}/confirm").json()["title"] == "set_aside.not_head"
        assert liu.post(f"{proposal}/decline", json={"remark": "有群众在场"}).status_code == 204
        again = zhang.post(f"{door}/set-aside", json=ask).json()["proposal"]
        assert liu.post(f"{door}/set-aside/{again}/confirm").status_code == 204
        assert gu.get("/api/v1/recordings").json()["set_aside"] == 1
        page = zhang.get("/shift").text
        assert "其中 1 次已无须再标注" in page, re.findall("共.*标注", page)
        label = next(one for one in gu.get(f"{door}/deadlines").json() if one["clause"].endswith("R25"))
        assert (label["set_aside"], label["explained"], label["confirmed"]) == (True, False, False)
        assert liu.post(f"{door}/bring-back", json={"remark": "需作证据"}).status_code == 204
        del liu.headers["x-csrf-token"]
        assert liu.post(f"{door}/bring-back", json={"remark": "x"}).json()["title"] == "auth.csrf"
