"""A revocation takes effect at once, in the middle of a PATCH too; no upload ends silently, no evidence is dropped."""

import json

import pytest
from flows.dock import Dock, checksum, liuhen, noise, problem, put_patch, rows, store_of, upload_of
from service_fixture import wait_for
from stations.station_client import bare, fresh_station, plain_client, revoke

from archive.errors import Conflict, Refused
from archive.proof.digest import SEGMENT_SIZE
from ingest.uploads import object_key


def state(dock: Dock, location: str) -> str:
    return str(rows(dock.service.data, "SELECT state FROM upload WHERE id = ?", upload_of(location))[0][0])


def test_a_revoked_station_opens_sends_or_asks() -> None:
    with fresh_station() as dock, plain_client(dock) as plain:
        data = noise(100)
        location, ready = dock.open(data), dock.prepare(noise(9))
        done = revoke(dock)
        assert (done.closed, done.finished) == ((upload_of(location),), 0)
        problem(dock.post(dock.sign(ready.held), length=9), 403, "station.revoked")
        problem(plain.post("/api/v1/uploads", headers={}), 412, "tus.version")
        problem(dock.patch(bare(location), 0, data, Upload_Checksum=checksum(data)), 403, "station.revoked")
        problem(plain.patch(location, content=data, headers={
            "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}), 403,
            "station.revoked")
        assert plain.head(location, headers={"Tus-Resumable": "1.0.0"}).status_code == 403
        problem(dock.client.get(f"{bare(location)}/receipt"), 403, "station.revoked")
        problem(plain.get(f"{location}/receipt"), 409, "receipt.aborted")


def test_a_manifest_on_a_revoked_key_opens_an_upload_without_a_signed_request() -> None:
    with fresh_station(signed=False) as dock:
        ready = dock.prepare(noise(9))
        revoke(dock)
        problem(dock.post(dock.sign(ready.held), length=9), 403, "station.revoked")


def test_an_upload_of_a_revoked_station_ends_silently() -> None:
    with fresh_station() as dock:
        locations = [dock.open(noise(100)), dock.open(noise(SEGMENT_SIZE + 5))]
        revoke(dock, "exposed")
        ends = rows(dock.service.data, "SELECT subject, entry FROM custody WHERE kind = 'upload.aborted/1'")
        reasons = {subject: json.loads(entry)["data"]["reason"] for subject, entry in ends}
        assert [reasons[upload_of(location)] for location in locations] == ["station_revoked"] * 2
        recordings = rows(dock.service.data, "SELECT recording FROM upload WHERE station = ?", dock.key.key.name)
        keys = {object_key(recording) for recording, in recordings}
        wait_for(lambda: keys.isdisjoint(item.key for item in store_of(dock.service).unfinished("originals/")))


@pytest.mark.parametrize("signed", [True, False])
def test_a_patch_under_way_adds_bytes_after_the_revocation(signed: bool) -> None:
    """The head and three segments are here, the rest is still coming when the station is revoked."""
    data = noise(4 * SEGMENT_SIZE + 100)
    with fresh_station(signed=False) as dock:
        location = dock.open(data)
        connection = dock.raw()
        also = {"Upload_Checksum": checksum(data)} if signed else {}
        put_patch(connection, location, 0, len(data), **also)
        connection.send(data[:3 * SEGMENT_SIZE + 10])
        if not signed:
            wait_for(lambda: rows(dock.service.data, "SELECT segments FROM upload_progress WHERE upload = ?",
                                  upload_of(location))[0][0] >= 1)
        revoke(dock)
        counted = "SELECT segments, tail_length FROM upload_progress WHERE upload = ?"
        before = rows(dock.service.data, counted, upload_of(location))
        connection.send(data[3 * SEGMENT_SIZE + 10:])
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        assert (answer.status, told["title"]) == (403, "station.revoked")
        assert state(dock, location) == "aborted"
        assert rows(dock.service.data, counted, upload_of(location)) == before
        assert rows(dock.service.data, "SELECT idx FROM custody WHERE subject = ? AND kind LIKE 'upload.finished/%'",
                    upload_of(location)) == []


def test_a_deposit_that_was_whole_before_is_dropped_with_its_station_or_loses_its_receipt() -> None:
    data = noise(2000)
    with fresh_station() as dock, plain_client(dock) as plain:
        location = dock.open(data)
        assert dock.patch(bare(location), 0, data, Upload_Checksum=checksum(data)).status_code == 204
        revoke(dock)
        wait_for(lambda: state(dock, location) == "accessioned")
        wait_for(lambda: plain.get(f"{location}/receipt", headers={"Prefer": "wait=10"}).status_code == 200)


def test_a_station_is_revoked_twice_or_for_no_reason_there_is() -> None:
    with fresh_station(signed=False) as dock:
        with pytest.raises(Refused, match="the reason is one of"):
            revoke(dock, "bored")
        revoke(dock)
        with pytest.raises(Conflict, match="revoked already"):
            revoke(dock)
        events = rows(dock.service.data, "SELECT idx FROM custody WHERE kind = 'station.revoked/1' AND subject = ?",
                      dock.key.key.name)
        assert len(events) == 1


def test_the_command_loses_the_moment_since_which_a_station_is_in_doubt() -> None:
    with fresh_station(signed=False) as dock:
        dock.open(noise(100))
        done = liuhen("station", "revoke", dock.key.key.name, "--reason", "misused", "--since", "2026-01-31T08:00:00Z",
                      "--data", dock.service.data)
        assert done.returncode == 0, done.stderr
        assert "1 open uploads closed" in done.stdout
        entry = rows(dock.service.data, "SELECT entry FROM custody WHERE kind = 'station.revoked/1' AND subject = ?",
                     dock.key.key.name)[0][0]
        assert json.loads(entry)["data"] == {"reason": "misused", "since": "2026-01-31T08:00:00.000000Z"}
