"""The device ledger as people and docks meet it: pages and a scanner, the JSON API, a dock's manifests, commands."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import zxingcpp
from pages.signing import form_token, sign_in
from service_fixture import CAMERA, PASSWORD, SAMPLES, TAKEN, LiveService, live_service

from api.cli import main
from api.passwords import hash_password
from api.settings import load_settings
from api.wiring import beside
from archive.event_values import Interval
from archive.people import add_person
from archive.proof.digest import Digest, sha256
from archive.proof.note import sign_note
from archive.recorder_clock import ClockMeasured
from ingest import tus
from ingest.manifest import Manifest, manifest_text, openings_text

pytestmark = pytest.mark.xdist_group("recorders")
DOCK = "城东所采集站 01"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("recorders")) as live:
        live.add_person("keeper", "张建国")
        with beside(live.data, load_settings(live.data)) as archive:
            add_person(archive.site, "head", "李负责", ("head",), hash_password(PASSWORD))
        yield live


@contextmanager
def browser(service: LiveService, login: str = "keeper") -> Iterator[httpx2.Client]:
    with service.client() as client:
        client.headers["accept"] = "text/html"
        assert sign_in(client, login).status_code == 303
        client.headers["x-csrf-token"] = form_token(client.get("/recorders").text)
        yield client


@pytest.fixture
def keeper(service: LiveService) -> Iterator[httpx2.Client]:
    with browser(service) as client:
        yield client


def send(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    return client.post(path, data={"csrf": client.headers["x-csrf-token"], **fields})


def register(client: httpx2.Client, serial: str, code: str) -> str:
    answer = send(client, "/recorders", vendor="大华", serial=serial, kind="body_camera", code=code)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/recorders/")


def dock(service: LiveService, path: str = "/api/v1/uploads", size: int = 5, **changes: Any) -> tuple[Any, Digest]:
    """What a dock's manifest is answered, and the digest of its note."""
    side = service.station(DOCK)
    manifest = Manifest(**{
        "station": side.key.key.name, "log": side.log_key.name, "nonce": secrets.token_hex(16),
        "expires": side.now() + timedelta(days=1), "size": size, "digests": (sha256(secrets.token_bytes(4)),),
        "recorder": CAMERA, "started": Interval(TAKEN, TAKEN), "ended": Interval(TAKEN, TAKEN), "session": None,
        "sequence": None, "labels": {}, **changes})
    note = sign_note(manifest_text(manifest), [side.key])
    with side.client:
        if path.endswith("uploads"):
            answer = side.client.post(path, headers={
                "Tus-Resumable": tus.VERSION, "Upload-Length": str(size),
                "Upload-Metadata": tus.format_metadata({"manifest": note, "labels": openings_text(())})})
        else:
            answer = side.client.post(path, json={"manifest": note.decode()})
    return answer, sha256(note)


def test_a_scanner_needs_more_than_its_code_and_enter(keeper: httpx2.Client) -> None:
    recorder = register(keeper, "SN-1", "LH-0001")
    answer = keeper.get("/recorders/scan", params={"code": "LH-0001"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/recorders/{recorder}")
    assert keeper.get("/recorders/scan", params={"code": "LH-9"}).status_code == 404
    page = keeper.get(f"/recorders/{recorder}").text
    assert page.count("autofocus") == 1
    checks = {f"check_{item}": "1" for item in ("battery", "memory", "image")}
    assert send(keeper, f"/recorders/{recorder}/issue", wearer_no="650101", wearer="王强", clock_offset_ms=" -1500",
                **checks).status_code == 303
    page = keeper.get(f"/recorders/{recorder}").text
    assert "王强 650101" in page
    assert "使用前检查异常" in page
    refused = send(keeper, f"/recorders/{recorder}/issue", wearer_no="650102", **checks, check_clock="1")
    assert (refused.status_code, "recorder.already_issued" in refused.text) == (409, True)
    assert send(keeper, f"/recorders/{recorder}/return", condition="sound").status_code == 303
    assert send(keeper, f"/recorders/{recorder}/report", what="lost", circumstances="执勤途中遗失").status_code == 303
    assert "已报遗失" in keeper.get("/recorders").text


@pytest.mark.parametrize("offset", ["1.5", "abc", "+-3", "9" * 16, "１"])
def test_an_offset_that_is_no_number_is_taken(keeper: httpx2.Client, offset: str) -> None:
    answer = send(keeper, "/recorders/rcd_x/issue", wearer_no="1", clock_offset_ms=offset)
    assert (answer.status_code, "request.invalid" in answer.text) == (422, True)


def test_a_form_without_its_token_is_done(service: LiveService, keeper: httpx2.Client) -> None:
    recorder = register(keeper, "SN-2", "LH-0002")
    for path in ("/recorders", "/recorders/sheets", *(f"/recorders/{recorder}/{act}" for act in (
            "issue", "return", "report", "explain", "confirm"))):
        assert keeper.post(path, data={"csrf": "x", "wearer_no": "1"}).status_code == 403
        with service.client() as nobody:
            assert nobody.post(path, data={"csrf": "x"}).status_code == 401
    assert keeper.post(f"/api/v1/recorders/{recorder}/return", json={"condition": "sound"},
                       headers={"x-csrf-token": "x"}).status_code == 403


def test_a_printed_label_reads_as_another_code(keeper: httpx2.Client, tmp_path: Path) -> None:
    register(keeper, "SN-3", "LH-标签-0003")
    page = keeper.get("/recorders/labels").text
    codes = [read_code(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.S)]
    assert "LH-标签-0003" in codes
    assert len(codes) == len(set(codes))


def read_code(svg: str) -> str:
    """What a reader makes of a QR code that is drawn by horizontal strokes, each module as 4 × 4 points."""
    size = int(svg.split('viewBox="0 0 ')[1].split()[0])
    rows = [bytearray(b"\xff") * size for _ in range(size)]
    x, y = 0, 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[0-9.]+)(?: (-?[0-9.]+))?", svg):
        if command == "h":
            rows[int(y)][x:x + int(first)] = bytes(int(first))
            x += int(first)
        else:
            x, y = (int(first), float(second)) if command == "M" else (x + int(first), y + float(second))
    image = b"".join(bytes(point for point in row for _ in range(4)) * 4 for row in rows)
    return str(zxingcpp.read_barcodes(memoryview(image).cast("B", (4 * size, 4 * size)))[0].text)


def test_a_sheet_to_sign_lacks_a_name_or_a_recorder(keeper: httpx2.Client) -> None:
    for n in "45":
        recorder = register(keeper, f"SN-{n}", f"LH-000{n}")
        asked = {"wearer": {"number": "650101", "name": "王强"}, "passed": ["battery", "memory", "clock", "image"]}
        assert keeper.post(f"/api/v1/recorders/{recorder}/issue", json=asked).status_code == 201
    answer = send(keeper, "/recorders/sheets", giver_no="650101", giver="王强", taker_no="650102", taker="古丽",
                  codes="LH-0004\r\nLH-0005\r\n")
    assert answer.status_code == 303
    sheet = keeper.get(answer.headers["location"]).text
    assert all(text in sheet for text in ("LH-0004", "LH-0005", "王强 650101", "古丽 650102", "交班人签字"))
    assert keeper.get("/recorders/sheets/led_x").status_code == 404
    assert keeper.put("/recorders/sheets").headers["allow"] == "GET, POST"
    asked = {"recorders": ["LH-0004"], "giver": {"number": "650102"}, "taker": {"number": "650101"}}
    assert keeper.post("/api/v1/hand-overs", json=asked).status_code == 201
    listed = {row["code"]: row for row in keeper.get("/api/v1/recorders").json()}
    assert listed["LH-0004"]["holder"]["number"] == "650101"
    assert listed["LH-0005"]["holder"] == {"number": "650102", "name": "古丽"}


def test_the_page_of_a_recording_keeps_the_ledgers_wearer_to_itself(
        service: LiveService, keeper: httpx2.Client) -> None:
    deposited = service.push(SAMPLES / "interview_pcm.wav", wearer="旧姓名")
    page = f"/recordings/{deposited.recording}"
    assert "台账所载佩戴人" not in keeper.get(page).text
    code = register_camera(keeper)
    asked = {"wearer": {"number": "650101", "name": "王强"}, "passed": ["battery", "memory", "clock", "image"]}
    assert keeper.post(f"/api/v1/recorders/{code}/issue", json=asked).status_code == 201
    assert "此时段台账中无人登记为佩戴人" in keeper.get(page).text
    now = service.station(DOCK).now()
    later = service.push(SAMPLES / "bodycam_h264_aac.mp4", at=now - timedelta(milliseconds=1), wearer="旧姓名")
    text = keeper.get(f"/recordings/{later.recording}").text
    assert "旧姓名" in text
    assert "王强 650101" in text


def register_camera(client: httpx2.Client) -> str:
    """The recorder of the fixture's deposits gets a code; its id is the one its deposit gave it."""
    answer = client.post("/api/v1/recorders", json={"vendor": CAMERA.vendor, "serial": CAMERA.serial, "code": "LH-C"})
    known = {row["serial"]: row["id"] for row in client.get("/api/v1/recorders").json()}
    assert answer.status_code == 409 or answer.json()["recorder"] == known[CAMERA.serial]
    return "LH-C"


def test_a_gap_a_dock_shows_is_not_explained_and_confirmed(service: LiveService, keeper: httpx2.Client) -> None:
    name = {"recorder": type(CAMERA)("大华", "SN-G", "body_camera")}
    clock = ClockMeasured(TAKEN, timedelta(seconds=-3), timedelta(milliseconds=200))
    first, digest = dock(service, sequence=1, **name)
    later = {"started": Interval(TAKEN + timedelta(hours=1), TAKEN + timedelta(hours=1)),
             "ended": Interval(TAKEN + timedelta(hours=1), TAKEN + timedelta(hours=1))}
    answer, _ = dock(service, sequence=4, previous=digest, clock=clock, provenance="card_recovered", **name, **later)
    assert (first.status_code, answer.status_code) == (201, 201)
    recorder = next(row["id"] for row in keeper.get("/api/v1/recorders").json() if row["serial"] == "SN-G")
    stated, _ = dock(service, "/api/v1/statements", size=0, sequence=2, unreadable="empty", **name)
    assert stated.status_code == 201, stated.text
    found = keeper.get(f"/api/v1/recorders/{recorder}").json()
    assert [(f["finding"], f["says"]) for f in found["findings"]] == [("gap/sequence/-/3-3", "dock_observed")]
    assert [file["reason"] for file in found["unreadable"]] == ["empty"]
    assert send(keeper, f"/recorders/{recorder}/explain", finding="gap/sequence/-/3-3",
                explanation="存储卡损坏").status_code == 303
    page = keeper.get(f"/recorders/{recorder}").text
    assert "以单位负责人身份确认" not in page
    entry = keeper.get(f"/api/v1/recorders/{recorder}").json()["explanations"][0]["entry"]
    assert keeper.post(f"/api/v1/explanations/{entry}/confirm").status_code == 403
    with browser(service, "head") as head:
        assert "以单位负责人身份确认" in head.get(f"/recorders/{recorder}").text
        assert send(head, f"/recorders/{recorder}/confirm", entry=entry).status_code == 303
    assert "李负责" in keeper.get(f"/recorders/{recorder}").text


def test_a_statement_is_an_upload_or_an_upload_a_statement(service: LiveService) -> None:
    for path, changes, code in (
            ("/api/v1/uploads", {"unreadable": "cut_off"}, "manifest.unreadable"),
            ("/api/v1/statements", {}, "manifest.readable"),
            ("/api/v1/statements", {"unreadable": "empty", "log": "other/0123456789abcdef"}, "manifest.other_archive"),
            ("/api/v1/statements", {"unreadable": "empty", "expires": TAKEN}, "manifest.expired")):
        answer, _ = dock(service, path, **changes)
        assert answer.json()["title"] == code, answer.text


def test_a_statement_sent_again_is_logged_again(service: LiveService) -> None:
    nonce = secrets.token_hex(16)
    digests = (sha256(b""),)
    expires = service.station(DOCK).now() + timedelta(days=1)
    again = [dock(service, "/api/v1/statements", nonce=nonce, digests=digests, expires=expires, unreadable="empty")[0]
             for _ in range(2)]
    assert again[0].json() == again[1].json()
    other, _ = dock(service, "/api/v1/statements", nonce=nonce, digests=digests, expires=expires, unreadable="cut_off")
    assert (other.status_code, other.json()["title"]) == (409, "manifest.replayed")
    forged = service.client().post("/api/v1/statements", json={"manifest": "x\n\n— sta_x AAAA\n"})
    assert forged.status_code == 403


def test_the_command_says_other_than_the_pages(
        service: LiveService, keeper: httpx2.Client, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str, code: int = 0) -> str:
        assert main(["recorder", *words, "--data", str(service.data)]) == code
        told = capsys.readouterr()
        return told.out + told.err

    recorder = run("register", "--vendor", "a", "--serial", "SN-9", "--code", "LH-0009").strip()
    run("issue", "LH-0009", "--wearer-no", "650101", "--failed", "clock")
    assert "LH-0009\ta SN-9\tissued\t650101" in run("list").splitlines()
    assert "recorder.already_issued" in run("issue", "LH-0009", "--wearer-no", "650102", code=1)
    run("return", "LH-0009", "--condition", "damaged")
    run("report", "LH-0009", "recovered", "--circumstances", "已修复")
    found = keeper.get(f"/api/v1/recorders/{recorder}").json()
    assert found["recorder"]["state"] == "available"
    assert [entry["what"] for entry in found["entries"]] == ["recovered", "returned", "issued"]
    assert found["entries"][2]["failed"] == ["clock"]
