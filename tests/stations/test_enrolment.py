"""Enrolment by a one-time code against the real service: the code works once, for one key, in time, and vouches for
what is pinned; a change of keys is signed by both and cuts nothing off."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from flows.dock import Dock, checksum, count, liuhen, noise, problem, rows, shared_service, upload_of
from service_fixture import LiveService
from stations.station_client import bare, fresh_station, plain_client, revoke

from api.cli import parser
from api.settings import load_settings
from api.station_home import enrol_home, open_home, rekey_home
from api.wiring import beside, new_station_key
from archive.errors import ArchiveError, Conflict, Refused
from archive.identifiers import new_id
from archive.proof.signing import SigningKey
from ingest import enrolment
from ingest.enrolment import enrolment_text, key_change_text
from ingest.station_code import StationCode


@pytest.fixture(scope="module")
def service() -> LiveService:
    return shared_service()


@pytest.fixture
def client(service: LiveService) -> Iterator[httpx2.Client]:
    with service.client() as made:
        yield made


def issued(service: LiveService, lasts: timedelta = timedelta(hours=1), kind: str = "dock") -> StationCode:
    with beside(service.data, load_settings(service.data)) as archive:
        return enrolment.issue_code(archive.intake, "新采集站", kind, lasts)


def asked(service: LiveService, secret: str, key: SigningKey, **changed: str) -> dict[str, str]:
    proof = key.sign(enrolment_text(service.log_key.name, secret, key.key))
    return {"code": secret, "station_key": key.key.text(), "proof": base64.b64encode(proof).decode(), **changed}


def post(client: httpx2.Client, body: Any) -> httpx2.Response:
    return client.post("/api/v1/stations", json=body)


def station_key() -> SigningKey:
    return SigningKey.generate(new_id("sta"))


def enrolled(service: LiveService, key: SigningKey) -> list[dict[str, Any]]:
    found = rows(service.data, "SELECT entry FROM custody WHERE kind LIKE 'station.enrolled/%' AND subject = ?",
                 key.key.name)
    return [json.loads(entry) for entry, in found]


def later(service: LiveService, code: StationCode, moment: str) -> None:
    """As if time had passed: the row of the code says another moment."""
    with closing(sqlite3.connect(service.data / "liuhen.db", timeout=20)) as connection, connection:
        connection.execute("UPDATE station_code SET expires_at = ? WHERE lookup = ?", (moment, code.secret[:4]))


def test_a_code_enrols_two_stations_or_the_second_answer_differs(service: LiveService, client: httpx2.Client) -> None:
    code, key = issued(service, kind="room"), station_key()
    answers = [post(client, asked(service, code.secret, key)) for _ in range(2)]  # the first answer may have been lost
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() == {"station": key.key.name, "station_key": key.key.text()}
    problem(post(client, asked(service, code.secret, station_key())), 403, "station.code_used")
    (event,) = enrolled(service, key)
    assert event["actor"] == key.key.name
    assert (event["data"]["how"], event["data"]["kind"]) == ("code", "room")
    first = rows(service.data, "SELECT kind FROM custody WHERE subject = ?", event["data"]["code"])
    assert first == [("station.code_issued/1",)]


def test_a_code_works_after_its_time(service: LiveService, client: httpx2.Client) -> None:
    code, key, other = issued(service), station_key(), issued(service)
    later(service, code, "2026-01-01T00:00:00.000000Z")
    problem(post(client, asked(service, code.secret, key)), 403, "station.code_expired")
    assert enrolled(service, key) == []
    assert post(client, asked(service, other.secret, key)).status_code == 201
    later(service, other, "2026-01-01T00:00:00.000000Z")  # the lost answer of one that was in time
    assert post(client, asked(service, other.secret, key)).status_code == 201


def test_a_code_can_be_guessed_at_leisure(service: LiveService, client: httpx2.Client) -> None:
    code, key = issued(service), station_key()
    wrong = code.secret[:4] + ("0" if code.secret[4] != "0" else "1") + code.secret[5:]
    for _ in range(5):
        problem(post(client, asked(service, wrong, key)), 403, "station.code_refused")
    problem(post(client, asked(service, code.secret, key)), 403, "station.code_void")
    assert enrolled(service, key) == []


def test_a_beginning_that_is_known_looks_otherwise_than_one_that_is_not(
        service: LiveService, client: httpx2.Client) -> None:
    code, key = issued(service), station_key()
    wrong = code.secret[:4] + "".join("0" if c != "0" else "1" for c in code.secret[4:])
    assert post(client, asked(service, wrong, key)).text == post(client, asked(service, "0" * 16, key)).text


def test_the_text_of_a_code_stands_in_the_database(service: LiveService) -> None:
    code = issued(service)
    held = repr(rows(service.data, "SELECT * FROM station_code"))
    assert code.secret[:4] in held
    assert code.secret not in held
    assert code.fingerprint not in held


def test_a_key_is_enrolled_by_somebody_who_does_not_hold_it(service: LiveService, client: httpx2.Client) -> None:
    code, key = issued(service), station_key()
    other = SigningKey.generate(key.key.name)
    forged = base64.b64encode(other.sign(enrolment_text(service.log_key.name, code.secret, key.key))).decode()
    problem(post(client, asked(service, code.secret, key, proof=forged)), 403, "station.bad_proof")
    elsewhere = key.sign(enrolment_text("other.example/0", code.secret, key.key))
    problem(post(client, asked(service, code.secret, key, proof=base64.b64encode(elsewhere).decode())), 403,
            "station.bad_proof")
    assert post(client, asked(service, code.secret, key)).status_code == 201


@pytest.mark.parametrize("body", [
    b"", b"{}", b"[]", b'{"code": 1}', b'{"code": "A", "station_key": "k", "proof": "!!", "more": 1}', b"x" * 5000])
def test_something_that_is_no_request_enrols(client: httpx2.Client, body: bytes) -> None:
    problem(client.post("/api/v1/stations", content=body), 422, "request.invalid")


def test_a_key_under_the_name_of_an_enrolled_station_takes_its_place(
        service: LiveService, client: httpx2.Client) -> None:
    code = issued(service)
    with fresh_station() as dock:
        usurper = SigningKey.generate(dock.key.key.name)
        problem(post(client, asked(service, code.secret, usurper)), 409, "station.enrolled")
        assert post(client, asked(service, code.secret, station_key())).status_code == 201  # the code is not used up
        assert dock.open(noise(10))


def test_an_enrolment_on_a_revoked_station_is_answered_again(service: LiveService, client: httpx2.Client) -> None:
    code, key = issued(service), station_key()
    assert post(client, asked(service, code.secret, key)).status_code == 201
    revoke(Dock(service, key, client))
    problem(post(client, asked(service, code.secret, key)), 403, "station.revoked")


def test_a_home_pins_what_the_code_does_not_vouch_for(service: LiveService, tmp_path: Path) -> None:
    code = issued(service)
    typed = StationCode(code.secret, code.fingerprint[:-1] + ("0" if code.fingerprint[-1] != "0" else "1"))
    before = count(service.data, "station.enrolled/2")
    with pytest.raises(Refused) as refusal:
        enrol_home(tmp_path / "home", service.address, typed, None)
    assert refusal.value.code == "enrol.other_archive"
    assert not (tmp_path / "home").exists()
    assert count(service.data, "station.enrolled/2") == before
    enrol_home(tmp_path / "home", service.address, code, None)  # and no try of it was counted or used up


def test_an_enrolment_cut_off_before_its_answer_cannot_be_taken_up_again(
        service: LiveService, tmp_path: Path) -> None:
    code, folder = issued(service), tmp_path / "home"
    key = new_station_key(folder / "station.key")  # made, sent, and the machine went off
    with service.client() as client:
        assert post(client, asked(service, code.secret, key)).status_code == 201
    with pytest.raises(Refused, match=r"no enrolled station's folder"):
        open_home(folder)
    home, _ = enrol_home(folder, service.address, code, None)
    assert home.key.key == key.key == open_home(folder).key.key
    assert open_home(folder).log_key == service.log_key
    assert (folder / "station.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict):
        enrol_home(folder, service.address, code, None)


def test_a_policy_of_another_log_is_pinned(service: LiveService, tmp_path: Path) -> None:
    other = SigningKey.generate("other.example/0011223344556677").key
    own = tmp_path / "own.policy"
    own.write_text(f"log {other.text()}\nquorum none\n")
    with pytest.raises(Refused) as refusal:
        enrol_home(tmp_path / "home", service.address, issued(service), own)
    assert refusal.value.code == "policy.other_log"
    own.write_text(f"log {service.log_key.text()}\nquorum none\n")
    home, offered = enrol_home(tmp_path / "home", service.address, issued(service), own)
    assert home.policy is not None
    assert offered.policy is None
    assert open_home(tmp_path / "home").policy == home.policy


def test_a_change_of_keys_cuts_off_an_open_upload(service: LiveService, tmp_path: Path) -> None:
    home, _ = enrol_home(tmp_path / "home", service.address, issued(service), None)
    data = noise(1000)
    with home.side().client as client:
        dock = Dock(service, home.key, client)
        location = bare(dock.open(data))
        assert dock.patch(location, 0, data[:400], Upload_Checksum=checksum(data[:400])).status_code == 204
        again = rekey_home(tmp_path / "home")
        problem(dock.patch(location, 400, data[400:], Upload_Checksum=checksum(data[400:])), 401,
                "signature.unknown_key")
    assert again.key.key != home.key.key
    with open_home(tmp_path / "home").side().client as client:
        dock = Dock(service, again.key, client)
        assert dock.patch(location, 400, data[400:], Upload_Checksum=checksum(data[400:])).status_code == 204
        assert dock.settled(location).status_code == 200
    entry = rows(service.data, "SELECT entry FROM custody WHERE kind = 'upload.finished/2' AND subject = ?",
                 upload_of(location))[0][0]
    assert json.loads(entry)["data"]["carried"] == "signed_requests"


def test_an_outsider_cannot_check_a_change_of_keys(service: LiveService, tmp_path: Path) -> None:
    home, _ = enrol_home(tmp_path / "home", service.address, issued(service), None)
    new = rekey_home(tmp_path / "home").key.key
    entry = rows(service.data, "SELECT entry FROM custody WHERE kind = 'station.key_changed/1' AND subject = ?",
                 new.name)[0][0]
    said = json.loads(entry)["data"]
    text = key_change_text(service.log_key.name, home.key.key, new)
    assert (said["old_key"], said["new_key"]) == (home.key.key.text(), new.text())
    home.key.key.verify(text, bytes.fromhex(said["old_signature"]))
    new.verify(text, bytes.fromhex(said["new_signature"]))


def test_a_change_of_keys_cut_off_before_its_answer_locks_the_station_out(
        service: LiveService, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    enrol_home(folder, service.address, issued(service), None)
    old = (folder / "station.key").read_bytes()
    new = rekey_home(folder).key.key
    (folder / "station.key").replace(folder / "next.key")  # as it was before the answer came
    (folder / "station.key").write_bytes(old)
    assert rekey_home(folder).key.key == new == open_home(folder).key.key
    changes = rows(service.data, "SELECT idx FROM custody WHERE kind = 'station.key_changed/1' AND subject = ?",
                   new.name)
    assert len(changes) == 1


@pytest.mark.parametrize("who", ["stranger signs for the old key", "nobody holds the new key"])
def test_a_key_is_changed_without_one_of_the_two(service: LiveService, client: httpx2.Client, who: str) -> None:
    with fresh_station() as dock:
        new = SigningKey.generate(dock.key.key.name)
        text = key_change_text(service.log_key.name, dock.key.key, new.key)
        stranger = SigningKey.generate(dock.key.key.name)
        old_signer, new_signer = (stranger, new) if who.startswith("stranger") else (dock.key, stranger)
        body = {"station_key": new.key.text(), "old_signature": base64.b64encode(old_signer.sign(text)).decode(),
                "new_signature": base64.b64encode(new_signer.sign(text)).decode()}
        problem(client.post("/api/v1/stations/key", json=body), 403, "station.bad_proof")
        assert dock.open(noise(10))


def test_a_revoked_key_hands_over_to_another(service: LiveService, tmp_path: Path) -> None:
    home, _ = enrol_home(tmp_path / "home", service.address, issued(service), None)
    with plain_client(Dock(service, home.key, service.client())) as client:
        revoke(Dock(service, home.key, client))
    with pytest.raises(ArchiveError) as refusal:
        rekey_home(tmp_path / "home")
    assert refusal.value.code == "station.revoked"


def test_what_a_home_pins_is_overruled_in_silence(tmp_path: Path) -> None:
    for also in (["--policy", "other"], ["--log-key", "other"], ["--server", "http://127.0.0.1:9"], ["--key", "other"]):
        chosen = parser().parse_args(["station", "push", "a.mp4", "--home", str(tmp_path), *also])
        with pytest.raises(Refused, match="--home alone"):
            chosen.run(chosen)


def test_the_list_hides_a_revocation_or_a_station(service: LiveService) -> None:
    with fresh_station() as dock:
        revoke(dock, "exposed")
        listed = liuhen("station", "list", "--data", service.data).stdout
        line = next(line for line in listed.splitlines() if dock.key.key.name in line)
        assert "revoked" in line
        assert "(exposed)" in line
        assert dock.key.key.hex_id in line
    assert len(listed.splitlines()) == rows(service.data, "SELECT count(*) FROM station")[0][0]
