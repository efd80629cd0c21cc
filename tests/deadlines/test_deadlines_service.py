"""Deadlines as people, programs and cron meet them, through the real service."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from flows.dock import dock_of, upload_of
from pages.signing import sign_in
from service_fixture import PASSWORD, ROOT, SAMPLES, LiveService, live_service

from api.passwords import hash_password
from api.settings import load_settings
from api.wiring import beside
from archive.people import add_person

pytestmark = pytest.mark.xdist_group("deadlines")
NOW = datetime.now(UTC)
LATE, TIMELY = NOW - timedelta(days=3), NOW - timedelta(hours=1)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """An officer and a head."""
    with live_service(tmp_path_factory.mktemp("deadlines")) as made:
        made.add_person("zhang", "张建国")
        with beside(made.data, load_settings(made.data)) as archive:
            add_person(archive.site, "head", "古丽", ("head",), hash_password(PASSWORD))
        yield made


def deposit(service: LiveService, name: str, at: datetime, **labels: str) -> str:
    path = service.data.parent / name
    path.write_bytes((SAMPLES / "phone_g722.g722").read_bytes() + name.encode())
    return str(service.push(path, at=at, **labels).recording)


@contextmanager
def browser(service: LiveService, login: str) -> Iterator[httpx2.Client]:
    with service.client() as client:
        sign_in(client, login)
        yield client


def send(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    token = re.search(r'name="csrf" content="([^"]+)"', client.get("/deadlines").text)
    assert token is not None
    return client.post(path, data={"csrf": token[1], **fields})


def states(client: httpx2.Client, recording: str) -> dict[str, Any]:
    found = client.get(f"/api/v1/recordings/{recording}/deadlines").json()
    return {one["clause"].rsplit("/", 1)[1]: one["state"] for one in found}


def command(service: LiveService) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "api.cli", "deadlines", "--data", str(service.data)], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_late_recording_is_refused_or_forgotten_before_it_is_explained_by_two(service: LiveService) -> None:
    late = deposit(service, "late.g722", LATE, case_no="1号", party="某公司", handling_officer="李敏", wearer="王强")
    with browser(service, "zhang") as zhang, browser(service, "head") as head:
        assert states(zhang, late) == {"R23": "late", "R25": "late"}
        assert late in zhang.get("/deadlines").text
        assert command(service)[0] == 1
        assert "王强" not in command(service)[1]
        shown = zhang.get(f"/recordings/{late}").text
        assert "“专用存储器”" in shown
        assert "转述，非原文" in shown
        for rule in ("R23", "R25"):
            answer = send(zhang, f"/recordings/{late}/lateness", rule=rule, reason="device_fault", explanation="<断电>")
            assert answer.status_code == 303
        page = head.get(f"/recordings/{late}").text
        assert "&lt;断电&gt;" in page
        confirming = re.findall(r'action="(/recordings/rec_\w+/lateness/exp_\w+/confirm)"', page)
        assert len(confirming) == 2
        assert send(zhang, confirming[0]).status_code == 422
        for address in confirming:
            assert send(head, address).status_code == 303
        assert command(service)[0] == 0
        assert f'href="/recordings/{late}"' not in zhang.get("/deadlines").text


def test_a_person_cannot_put_on_the_label_that_is_owed(service: LiveService) -> None:
    timely = deposit(service, "timely.g722", TIMELY, wearer="王强")
    with browser(service, "zhang") as zhang:
        assert states(zhang, timely) == {"R23": "on_time", "R25": "pending"}
        assert timely in zhang.get("/deadlines").text
        fields = {"matter": "日常检查", "party": "某公司", "handling_officer": "李敏"}
        assert send(zhang, f"/recordings/{timely}/label", **fields).status_code == 303
        assert states(zhang, timely) == {"R23": "on_time", "R25": "on_time"}
        shown = zhang.get(f"/recordings/{timely}").text
        assert "日常检查" in shown
        assert "王强" in shown


def test_an_absence_on_the_page_moves_no_deadline(service: LiveService) -> None:
    remote = deposit(service, "remote.g722", LATE, wearer="阿里木")
    with browser(service, "zhang") as zhang:
        began = (LATE - timedelta(hours=1) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
        answer = send(zhang, "/absences", officer="阿里木", reason="remote", began=began, remark="牧区")
        assert answer.status_code == 303
        assert states(zhang, remote) == {"R23": "on_time", "R25": "exempt"}
        found = zhang.get("/api/v1/deadlines").json()
        assert [one["reason"] for one in found["absences"]] == ["remote"]
        page = zhang.get("/deadlines").text
        assert "阿里木" in page
        ending = re.search(r'action="(/absences/abs_\w+/end)"', page)
        assert ending is not None
        returned = (NOW - timedelta(days=2) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
        assert send(zhang, ending[1], returned=returned).status_code == 303
        assert states(zhang, remote) == {"R23": "late", "R25": "late"}
        assert send(zhang, ending[1], returned=returned).status_code == 409


@pytest.mark.parametrize("when", ["", "yesterday", "0001-01-01T00:00", "2026-13-01T00:00"])
def test_a_time_that_is_none_is_declared(service: LiveService, when: str) -> None:
    with browser(service, "zhang") as zhang:
        assert send(zhang, "/absences", reason="remote", began=when).status_code == 422


def test_a_stranger_or_a_forged_form_changes_something(service: LiveService) -> None:
    with browser(service, "zhang") as zhang, service.client() as stranger:
        assert zhang.post("/absences", data={"csrf": "x", "reason": "remote", "began": "2026-11-20T08:00"}
                          ).status_code == 403
        assert stranger.get("/api/v1/deadlines").status_code == 401
        assert stranger.get("/deadlines", headers={"Accept": "text/html"}).status_code == 303
        assert zhang.get("/api/v1/deadlines", params={"since": "2026-11-20T08:00:00"}).status_code == 422


def test_what_was_announced_and_never_came_is_on_no_list(service: LiveService) -> None:
    dock = dock_of(service)
    ready = dock.prepare(b"never sent", wearer="买买提")
    at = LATE.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    note = dock.sign({**ready.held, "started": [at, at], "ended": [at, at]})
    upload = upload_of(dock.post(note, ready.openings, len(ready.data)).headers["Location"])
    statement = {**dock.prepare(b"").held, "unreadable": "not_readable", "started": [at, at], "ended": [at, at]}
    assert dock.client.post("/api/v1/statements", json={"manifest": dock.sign(statement).decode(), "labels": "[]"}
                            ).status_code == 201
    with browser(service, "zhang") as zhang, browser(service, "head") as head:
        found = {one["entry"]: one for one in zhang.get("/api/v1/deadlines").json()["announced"]}
        mine = found[upload]
        assert (mine["state"], mine["how"], mine["named_by"]) == ("late", "open", "label")
        assert [one["reason"] for one in found.values() if one["how"] == "unreadable"] == ["not_readable"]
        code, listed = command(service)
        assert code == 1
        assert "买买提" not in listed
        assert f"late         {mine['recording']}  {mine['clause']}" in listed
        page = zhang.get("/deadlines").text
        assert "已申报，尚未到馆" in page
        said = {"rule": "R23", "reason": "device_fault", "explanation": "烧毁", "back": "/deadlines"}
        answer = send(zhang, f"/recordings/{mine['recording']}/lateness", **said)
        assert (answer.status_code, answer.headers["location"]) == (303, "/deadlines")
        confirming = re.search(rf'action="(/recordings/{mine["recording"]}/lateness/exp_\w+/confirm)"',
                               head.get("/deadlines").text)
        assert confirming is not None
        assert send(head, confirming[1], back="//elsewhere").headers["location"] == "/"
        assert mine["recording"] not in zhang.get("/deadlines").text
        assert zhang.get(f"/recordings/{mine['recording']}").status_code == 404
