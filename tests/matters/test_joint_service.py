"""Units, owners, consents and parties through the real service: by JSON, and by hand in Chromium."""

import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest
from matters.test_matter_service import opened
from playwright.sync_api import Page, expect
from service_fixture import PASSWORD, LiveService, live_service
from shift.worn import browser, deposit, issue, officers

pytestmark = pytest.mark.xdist_group("matters")
UNITS = "编号,名称,上级单位编号\r\nN,城北所,\r\nS,城南所,\r\n"
PEOPLE = "编号,名称,所属单位编号,负责单位编号\r\n650101,张建国,S,\r\n650102,古丽,N,\r\n"
CODE = "91110000600037341L"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("joint")) as made:
        officers(made)
        made.add_person("ma", "马林", roles=("registrar", "head"))
        issue(made, "650101", "张建国")
        with browser(made, "ma") as registrar:
            for name, text in (("unit", UNITS), ("person", PEOPLE)):
                pasted(registrar, name, text)
        yield made


def pasted(client: httpx2.Client, name: str, text: str) -> None:
    token = {"csrf": client.headers["x-csrf-token"]}
    shown = client.post(f"/registers/{name}/preview", data={**token, "lines": text}).text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', shown)
    lines = re.search(r"<textarea name=\"lines\" hidden>\n(.*?)</textarea>", shown, re.DOTALL)
    assert digest is not None, shown
    assert lines is not None, shown
    asked = {**token, "digest": digest[1], "lines": unescape(lines[1])}
    assert client.post(f"/registers/{name}/apply", data=asked).status_code == 303


def unit(client: httpx2.Client, name: str) -> str:
    found = client.get("/api/v1/register/unit").json()["things"]
    return next(str(one["thing"]) for one in found if name in str(one))


def test_a_program_joins_units_or_asks_an_owner_otherwise_than_a_page(service: LiveService) -> None:
    recording = deposit(service, None)
    with browser(service, "gu") as gu, browser(service, "zhang") as zhang, browser(service, "liu") as liu:
        matter = opened(gu, "联合检查")
        at = f"/api/v1/matters/{matter}"
        assert [one["name"] for one in gu.get(f"{at}/units").json()["units"]] == ["城北所"]
        part = gu.post(f"{at}/units", json={"unit": unit(gu, "城南所"), "part": "co_unit"}).json()["participation"]
        assert gu.post(f"{at}/recordings", json={"recordings": [recording]}).status_code == 201
        asked = gu.post(f"{at}/consents", json={"recipient": "某公司", "purpose": "复制申请"})
        (consent,) = asked.json()["consents"]
        assert gu.post(f"/api/v1/consents/{consent}/answer", json={"given": True, "remark": "同意"}).status_code == 404
        (told,) = liu.get("/api/v1/consents").json()["consents"]
        assert (told["consent"], told["recordings"], told["unit_name"]) == (consent, [recording], "城南所")
        assert liu.post(f"/api/v1/consents/{consent}/answer", json={"given": True, "remark": "同意"}).status_code == 204
        assert [one["state"] for one in gu.get(f"{at}/consents").json()["consents"]] == ["given"]
        assert gu.delete(f"{at}/units/{part}").status_code == 204
        assert zhang.put(f"/api/v1/recordings/{recording}/owner", json={"unit": unit(gu, "城北所")}).status_code == 422
        assert liu.put(f"/api/v1/recordings/{recording}/owner", json={"unit": unit(gu, "城北所")}).status_code == 204


def test_a_program_sees_of_a_party_what_a_page_hides(service: LiveService) -> None:
    with browser(service, "gu") as gu, browser(service, "zhang") as zhang:
        matter = opened(gu, "某公司检查")
        body = {"name": "某公司", "credit_code": CODE}
        made = gu.post(f"/api/v1/matters/{matter}/parties", json=body).json()["involvement"]
        (party,) = gu.get(f"/api/v1/matters/{matter}/parties").json()["parties"]
        assert (party["involvement"], party["credit_code"]) == (made, CODE)
        found = gu.post("/api/v1/party-search", json={"q": CODE}).json()["parties"]
        assert [one["party"] for one in found] == [party["party"]]
        assert [one["matter"] for one in gu.get(f"/api/v1/parties/{party['party']}").json()["matters"]] == [matter]
        assert zhang.post("/api/v1/party-search", json={"q": CODE}).json()["parties"] == []
        assert zhang.get(f"/api/v1/parties/{party['party']}").status_code == 404
        assert zhang.get(f"/parties/{party['party']}").status_code == 404
        away = f"/api/v1/matters/{matter}/parties/{made}/withdraw"
        assert gu.post(away, json={"remark": "错"}).status_code == 204
        assert gu.get(f"/api/v1/parties/{party['party']}").status_code == 404


def test_the_forms_of_units_parties_and_consents_lead_elsewhere(service: LiveService, page: Page) -> None:
    recording = deposit(service, None)
    with browser(service, "gu") as gu:
        matter = opened(gu, "城北城南联合检查")
        assert gu.post(f"/api/v1/matters/{matter}/recordings", json={"recordings": [recording]}).status_code == 201
    signed_in(page, service, "gu", f"/matters/{matter}")
    page.get_by_label("单位", exact=True).select_option(label="城南所")
    page.get_by_label("参与身份").select_option("co_unit")
    page.get_by_role("region", name="单位").get_by_role("button", name="添加").click()
    expect(page.get_by_text("城南所 · 协办单位")).to_be_visible()
    page.get_by_label("统一社会信用代码（企业）").fill(CODE)
    page.locator("#party-name").fill("某 <b>公司</b>")
    page.get_by_role("button", name="登记当事人").click()
    expect(page.get_by_role("link", name="公司")).to_be_visible()
    page.get_by_label("接收方").fill("当事人")
    page.get_by_label("用途").fill("复制申请")
    page.get_by_role("button", name="征求其他所属单位同意").click()
    expect(page.get_by_text("等待所属单位答复")).to_be_visible()
    page.context.clear_cookies()
    signed_in(page, service, "liu", "/consents")
    page.get_by_label("理由").fill("同意提供")
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_text("没有等待您答复的询问")).to_be_visible()
    page.goto(f"{service.address}/recordings/{recording}")
    expect(page.get_by_text("所属单位: 城南所")).to_be_visible()
    page.get_by_label("改属单位").select_option(label="城北所")
    page.get_by_role("button", name="确认改属").click()
    expect(page.get_by_text("所属单位: 城北所")).to_be_visible()


def test_a_party_is_found_by_a_form_without_its_token(service: LiveService, page: Page) -> None:
    with browser(service, "gu") as gu:
        assert gu.post("/parties", data={"csrf": "x", "q": "某"}).status_code == 403
        for path in ("units", "parties", "consents"):
            assert gu.post(f"/matters/{opened(gu, path)}/{path}", data={"csrf": "x"}).status_code == 403
    signed_in(page, service, "gu", "/parties")
    page.get_by_label("姓名或者名称的一部分").fill("没有这个")
    page.locator("form[action='/parties']").get_by_role("button").click()
    expect(page.get_by_text("没有与之相符的")).to_be_visible()
    assert "没有" not in page.url


def signed_in(page: Page, service: LiveService, login: str, path: str) -> None:
    page.goto(service.address + path)
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
