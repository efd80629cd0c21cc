"""A feed over HTTP: who may put, what is signed, what the same body twice makes, what people then read."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from html import unescape
from typing import Any

import httpx2
import pytest
from pages.signing import form_token, sign_in
from registers.lines import ID_NUMBER
from service_fixture import SAMPLES, LiveService, live_service

from api.settings import load_settings
from api.wiring import beside, new_station_key, station_clock
from archive.custody import size
from archive.proof.signing import SigningKey
from ingest.station_client import SignsRequests
from ingest.stations import enrol

pytestmark = pytest.mark.xdist_group("registers")
ZHANG = {"number": "650101", "name": "张建国"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("feed")) as made:
        made.add_person("li", "李敏")
        yield made


@pytest.fixture(scope="module")
def key(service: LiveService) -> SigningKey:
    return enrolled(service, "feed")


def enrolled(service: LiveService, kind: str) -> SigningKey:
    key = new_station_key(service.data.parent / f"{kind}.pem")
    with beside(service.data, load_settings(service.data)) as archive:
        enrol(archive.site, key.key.text(), f"人事系统 {kind}", kind=kind)
    return key


def put(service: LiveService, key: SigningKey, address: str, fields: Mapping[str, object],
        digest_of: bytes | None = None, **headers: str) -> httpx2.Response:
    body = json.dumps({"fields": fields}).encode()
    digest = base64.b64encode(sha256(body if digest_of is None else digest_of).digest()).decode()
    with service.client() as client:
        client.headers.update({"content-type": "application/json", "content-digest": f"sha-256=:{digest}:",
                               **{name.replace("_", "-"): value for name, value in headers.items()}})
        return client.put(f"/api/v1/register/{address}", content=body, auth=SignsRequests(key, station_clock()))


def leaves(service: LiveService) -> int:
    with beside(service.data, load_settings(service.data)) as archive:
        return archive.site.db.read(size)


@contextmanager
def reader(service: LiveService) -> Iterator[httpx2.Client]:
    with service.client() as client:
        assert sign_in(client, "li").status_code == 303
        client.headers["x-csrf-token"] = form_token(client.get("/shift", headers={"accept": "text/html"}).text)
        yield client


def things(service: LiveService, name: str) -> list[dict[str, Any]]:
    with reader(service) as client:
        answer = client.get(f"/api/v1/register/{name}")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["things"])


def test_the_same_body_twice_makes_a_second_event(service: LiveService, key: SigningKey) -> None:
    first = put(service, key, "person/HR-7", ZHANG)
    assert (first.status_code, first.json()["verdict"]) == (200, "added"), first.text
    before = leaves(service)
    again = put(service, key, "person/HR-7", ZHANG)
    assert again.json() == first.json() | {"verdict": "unchanged", "fields": []}
    assert leaves(service) == before
    (person,) = things(service, "person")
    assert (person["thing"], person["version"]) == (first.json()["thing"], first.json()["version"])
    assert {(word["source"], word["account"]) for word in person["words"]} == {("feed", key.key.name)}


def test_a_change_is_put_over_one_the_feed_has_not_read(service: LiveService, key: SigningKey) -> None:
    made = put(service, key, "unit/U-1", {"number": "1", "name": "局"})
    assert put(service, key, "unit/U-1", {"number": "1", "name": "厅"}, if_match='"0"').status_code == 412
    done = put(service, key, "unit/U-1", {"number": "1", "name": "厅"}, if_match=made.headers["etag"])
    assert (done.status_code, done.json()["verdict"]) == (200, "changed")
    assert done.headers["etag"] != made.headers["etag"]
    assert put(service, key, "unit/U-2", {"number": "2", "name": "厅"}, if_match='"0"').status_code == 412


def test_a_refusal_does_not_say_which_field(service: LiveService, key: SigningKey) -> None:
    before = leaves(service)
    answer = put(service, key, "person/HR-8", {"number": "", "name": "a\u0001", "unit": "77", "roles": "head"})
    assert (answer.status_code, answer.json()["title"]) == (422, "register.lines")
    assert {(fault["field"], fault["code"]) for fault in answer.json()["faults"]} == {
        ("roles", "register.field"), ("number", "register.required"), ("name", "register.text")}
    assert put(service, key, "person/HR-8", ZHANG | {"number": "9", "unit": "77"}).json()["faults"][0]["code"] == (
        "register.reference")
    assert leaves(service) == before


def test_somebody_who_is_no_feed_puts_something(service: LiveService, key: SigningKey) -> None:
    dock = enrolled(service, "dock")
    assert put(service, dock, "person/HR-9", ZHANG).json()["title"] == "station.no_feed"
    with reader(service) as client:
        answer = client.put("/api/v1/register/person/HR-9", json={"fields": ZHANG})
        assert (answer.status_code, answer.json()["title"]) == (401, "signature.required")
    assert put(service, SigningKey.generate(key.key.name), "person/HR-9", ZHANG).status_code == 401
    assert put(service, key, "weather/1", {}).status_code == 404


def test_a_body_passes_that_was_not_signed(service: LiveService, key: SigningKey) -> None:
    other = put(service, key, "person/HR-9", ZHANG, digest_of=b"{}")
    assert (other.status_code, other.json()["title"]) == (400, "feed.digest")
    with service.client() as client:
        bare = client.put("/api/v1/register/person/HR-9", json={"fields": ZHANG},
                          auth=SignsRequests(key, station_clock()))
    assert (bare.status_code, bare.json()["title"]) == (401, "signature.component")
    assert bare.json()["missing"] == ["content-digest"]


@pytest.mark.parametrize("fields", [{"number": 5}, {"number": None}, "x", {"number": "1" * 2000}])
def test_a_body_of_another_form_is_taken(service: LiveService, key: SigningKey, fields: Any) -> None:
    assert put(service, key, "person/HR-9", fields).status_code == 422


def test_an_id_number_stands_in_the_journal_or_the_folder(service: LiveService, key: SigningKey) -> None:
    assert put(service, key, f"party/{ID_NUMBER}", {"name": "王某", "id_number": ID_NUMBER}).json()["title"] == (
        "register.external_id")
    assert put(service, key, "party/P-1", {"name": "王某", "id_number": ID_NUMBER}).status_code == 200
    (party,) = things(service, "party")
    assert party["words"][2]["value"].startswith("hmac:")
    kept = b"".join(path.read_bytes() for path in service.data.rglob("*") if path.is_file() and path.suffix != ".sock")
    assert ID_NUMBER.encode() not in kept


def test_a_name_in_a_label_that_no_register_knows_is_not_told(service: LiveService, key: SigningKey) -> None:
    put(service, key, "person/HR-7", ZHANG)
    service.push(SAMPLES / "phone_g722.g722", wearer_no="650101", wearer="张建国", party="某公司",
                 handling_officer="张建围")
    with reader(service) as client:
        found = client.get("/api/v1/unmatched").json()
    told = {(one["of"], one["text"], one["where"], one["count"]) for one in found["unmatched"]}
    assert told == {("person_name", "张建围", "label", 1), ("party", "某公司", "label", 1),
                    ("recorder", "Hikvision DSJ-0042", "deposit", 1)}
    put(service, key, "party/P-2", {"name": "某公司", "credit_code": "91350100M000100Y43"})
    put(service, key, "recorder/R-1", {"vendor": "Hikvision", "serial": "DSJ-0042", "kind": "body_camera"})
    with reader(service) as client:
        left = client.get("/api/v1/unmatched").json()["unmatched"]
    assert [(one["of"], one["text"]) for one in left] == [("person_name", "张建围")]


def test_a_head_cannot_let_somebody_go_by_the_pages(service: LiveService, key: SigningKey) -> None:
    person = put(service, key, "person/HR-20", {"number": "650120", "name": "马林"}).json()["thing"]
    put(service, key, "person/HR-21", {"number": "650121", "name": "<b>王强</b>"})
    service.add_person("head", "所长", roles=("head",))
    address = f"/people/{person}/leaving"
    with service.client() as client:
        client.headers["accept"] = "text/html"
        assert sign_in(client, "head").status_code == 303
        listed, index = client.get("/registers/person").text, client.get("/registers").text
        assert address in listed
        assert ("<b>王强" in listed, "/registers/party" in index) == (False, True)
        token = {"csrf": form_token(client.get(address).text)}
        code = {"vendor": "V", "serial": "S-20", "kind": "x", "code": "LH-20"}
        assert client.post("/recorders", data={**code, **token}).status_code == 303
        check = dict.fromkeys(("battery", "memory", "clock", "image"), "1")
        done = client.post("/api/v1/recorders/LH-20/issue", headers={"x-csrf-token": token["csrf"]}, json={
            "wearer": {"number": "650120"}, "passed": list(check), "failed": []})
        assert done.status_code == 201, done.text
        assert client.post(address, data={"how": "leaves", **token}).status_code == 303
        assert client.post(f"{address}/close", data=token).status_code == 409
        handed = client.post(f"{address}/hand-over", data={"what": "recorder", "successor": "650121", **token})
        assert handed.status_code == 303
        assert client.post(f"{address}/close", data=token).status_code == 303
        assert "已离岗" in client.get(address).text
        assert client.get("/registers/person/download").content.startswith(b"PK")
    with reader(service) as client:
        assert client.get(address).status_code == 403


def test_a_registrar_cannot_fill_a_register_by_pasting(service: LiveService) -> None:
    service.add_person("registrar", "马林", roles=("registrar",))
    with service.client() as client:
        client.headers["accept"] = "text/html"
        assert sign_in(client, "registrar").status_code == 303
        token = {"csrf": form_token(client.get("/registers/party").text)}
        shown = client.post("/registers/party/preview", data={
            **token, "lines": f"名称\t公民身份号码\n\n<i>王五\t{ID_NUMBER}\n"})
        assert (shown.status_code, "<i>" in shown.text, ID_NUMBER in shown.text) == (200, False, False)
        digest = re.search(r'name="digest" value="([0-9a-f]{64})"', shown.text)
        text = re.search(r"<textarea name=\"lines\" hidden>\n(.*?)</textarea>", shown.text, re.DOTALL)
        assert digest is not None
        assert text is not None
        asked = {**token, "digest": digest[1], "lines": unescape(text[1])}
        other = asked | {"lines": "名称,统一社会信用代码\n某,\n"}
        assert client.post("/registers/party/apply", data=other).status_code == 422
        assert client.post("/registers/party/apply", data=asked).status_code == 303
        assert "王五" in client.get("/registers/party").text
        refused = client.post("/registers/unit/preview", data={**token, "lines": "编号,名称\n1,\n"}).text
        assert ("register.required" in refused, "/apply" in refused) == (True, False)
    with reader(service) as client:
        asked["csrf"] = client.headers["x-csrf-token"]
        assert client.post("/registers/party/apply", data=asked).status_code == 403
