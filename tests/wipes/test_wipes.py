"""What a dock says it wiped, through the real service: nothing lost silently, none said by another, nothing twice."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from flows.dock import liuhen, rows
from pages.signing import sign_in
from service_fixture import LiveService, live_service

from archive.proof.digest import sha256
from archive.proof.note import sign_note
from ingest.wipe_statements import WipeStatement, signed_wipe, wiped_text

pytestmark = pytest.mark.xdist_group("wipes")
DOCK, OTHER = "城东所采集站 01", "城西所采集站 02"
REC, UPL = "rec_7fffffffffffffffffffffffff", "upl_7fffffffffffffffffffffffff"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("wipes")) as live:
        live.add_person("reader", "张建国")
        yield live


@pytest.fixture
def wipe(service: LiveService, tmp_path: Path) -> WipeStatement:
    """What the dock may say after one deposit of its own."""
    clip = tmp_path / "1.bin"
    clip.write_bytes(secrets.token_bytes(500))
    pushed = service.push(clip, DOCK)
    assert pushed.report.verdict == "proven"
    side = service.station(DOCK)
    side.client.close()
    upload = rows(service.data, "SELECT id FROM upload WHERE recording = ?", pushed.recording)[0][0]
    return WipeStatement(side.log_key.name, secrets.token_hex(16), str(upload), pushed.recording,
                         sha256(pushed.receipt), sha256(clip.read_bytes()), side.now())


def note(service: LiveService, said: WipeStatement | str, title: str = DOCK) -> bytes:
    service.station(title).client.close()
    key = service.stations[title]
    return signed_wipe(key, said) if isinstance(said, WipeStatement) else sign_note(said, [key])


def post(service: LiveService, statement: bytes) -> httpx2.Response:
    with service.client() as client:
        return client.post("/api/v1/wipes", json={"statement": statement.decode()})


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).removeprefix("urn:liuhen:error:")


def logged(service: LiveService, upload: str) -> list[tuple[Any, ...]]:
    return rows(service.data, "SELECT recording, contradictions FROM recording_wipe WHERE id = ?", upload)


def test_a_wipe_is_not_in_the_recordings_history_or_is_logged_twice(service: LiveService, wipe: WipeStatement) -> None:
    statement = note(service, wipe)
    first, again = post(service, statement), post(service, statement)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert first.json()["contradictions"] == []
    assert logged(service, wipe.upload) == [(wipe.recording, "")]
    events = rows(service.data, "SELECT count(*) FROM custody WHERE kind = 'recording.wiped/1' AND subject = ?",
                  wipe.recording)
    assert events == [(1,)]
    with service.client() as client:
        client.headers["accept"] = "text/html"
        assert sign_in(client, "reader").status_code == 303
        page = client.get(f"/recordings/{wipe.recording}").text
    assert "已从执法记录仪中清除该片段" in page
    assert str(wipe.receipt) in page
    another = post(service, note(service, replace(wipe, nonce="0" * 32)))
    assert code(another) == (409, "wipe.stated")


def test_somebody_else_speaks_for_a_station(service: LiveService, wipe: WipeStatement) -> None:
    assert code(post(service, note(service, wipe, OTHER))) == (422, "wipe.other_station")
    forged = note(service, wipe, OTHER).replace(service.stations[OTHER].key.name.encode(),
                                                service.stations[DOCK].key.name.encode())
    assert code(post(service, forged)) == (403, "manifest.signature")
    changed = note(service, wipe).replace(wipe.nonce.encode(), b"0" * 32)
    assert code(post(service, changed)) == (403, "manifest.signature")
    assert logged(service, wipe.upload) == []


def test_a_wipe_against_what_the_archive_holds_is_lost_silently(service: LiveService, wipe: WipeStatement) -> None:
    wrong = replace(wipe, digest=sha256(b"other bytes"), recording=REC)
    assert post(service, note(service, wrong)).json()["contradictions"] == ["recording_differs", "digest_differs"]
    assert logged(service, wipe.upload) == [(wipe.recording, "recording_differs digest_differs")]
    unknown = post(service, note(service, replace(wipe, upload=UPL, recording=REC)))
    assert (unknown.status_code, unknown.json()["contradictions"]) == (201, ["upload_unknown"])
    assert logged(service, UPL) == [(REC, "upload_unknown")]
    told = liuhen("reconcile", "--data", service.data)
    assert told.stdout.count("wipe_contradicted") == 2, told.stdout + told.stderr
    assert told.returncode != 0


@pytest.mark.parametrize(("old", "new", "expected"), [
    ('"v":1', '"v":2', "wipe.field"), ('"v":1', '"v":true', "wipe.field"), ('"v":1', '"v":1,"w":1', "wipe.field"),
    ('"kind":"wiped"', '"kind":"kept"', "wipe.field"), (r'"nonce":"[0-9a-f]+"', '"nonce":"0"', "wipe.field"),
    (r'"receipt":"sha256:[0-9a-f]+"', '"receipt":7', "wipe.field"), (r',"wiped_at":"[^"]+"', "", "wipe.field"),
    (r'"log":"[^"]+"', '"log":"another/1"', "wipe.other_archive"), ('"v":1', '"v": 1', "wipe.malformed"),
    (r"(?s).*", "[]\n", "wipe.malformed"),
])
def test_a_statement_of_another_form_is_taken(service: LiveService, wipe: WipeStatement, old: str, new: str,
                                              expected: str) -> None:
    said = re.sub(old, new, wiped_text(wipe), count=1)
    assert code(post(service, note(service, said))) == (422, expected)
    assert logged(service, wipe.upload) == []
