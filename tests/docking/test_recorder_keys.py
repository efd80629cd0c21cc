"""A recorder's own signature over a real archive: its grade is never given for less, never taken away in silence."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from docking.conftest import MINUTE, Bench
from flows.dock import Dock, liuhen, noise, problem, rows
from pages.signing import sign_in
from service_fixture import LiveService

from api.settings import load_settings
from api.wiring import beside
from archive.actors import SYSTEM
from archive.errors import ArchiveError, Conflict, NotFound, Refused
from archive.proof import canonical
from archive.proof.digest import Digest
from archive.proof.keys import VerificationKey
from archive.proof.leaf import Leaf
from archive.proof.note import NoteSigner, sign_note
from archive.proof.receipt import Receipt
from archive.proof.signing import SigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from archive.recorder_ledger import register
from archive.site import Site
from ingest.docking.agent import serve_slot
from ingest.docking.simulator import SimulatedRecorder
from ingest.recorder_keys import RecorderSigned, held_key, register_key, revoke_key, signed_by_recorder
from ingest.wipe_statements import WipeStatement, wiped_text


@dataclass(frozen=True)
class Misspelt:
    """Holds the right key and signs another text with it."""

    signing: SigningKey

    @property
    def key(self) -> VerificationKey:
        return self.signing.key

    def sign(self, message: bytes) -> bytes:
        return self.signing.sign(message + b"and more")


@contextmanager
def site_of(service: LiveService) -> Iterator[Site]:
    with beside(service.data, load_settings(service.data)) as archive:
        yield archive.site


def registered(bench: Bench, recorder: SimulatedRecorder, with_key: bool = True) -> str:
    """In the ledger, with a key made on it; answers its id."""
    name = recorder.identity().name
    with site_of(bench.service) as site:
        found = register(site, SYSTEM, name.vendor, name.serial, name.kind)
        recorder.key = SigningKey.generate(found)
        if with_key:
            register_key(site, found, recorder.key.key.text())
    return found


def grade(bench: Bench, recorder: str) -> list[tuple[object, ...]]:
    return rows(bench.service.data, "SELECT trust FROM recording WHERE recorder = ?", recorder)


def test_what_a_recorder_signed_is_graded_as_the_docks_word(bench: Bench, tmp_path: Path) -> None:
    recorder, data = bench.recorder(), noise(700)
    known = registered(bench, recorder)
    recorder.record(data, MINUTE, 1)
    assert bench.serve(recorder).light == "safe"
    assert grade(bench, known) == [("recorder_signed",)]
    signed = rows(bench.service.data, "SELECT s.recorder, s.recorder_key FROM recorder_signature s JOIN upload u "
                  "ON u.id = s.id WHERE u.recorder = ?", known)
    assert recorder.key is not None
    assert signed == [(known, f"{known}+{recorder.key.key.hex_id}")]
    receipt, = (bench.home / "receipts").iterdir()
    assert Leaf.parse(Receipt.parse(receipt.read_bytes()).leaf).data["trust"] == "recorder_signed"
    (tmp_path / "clip").write_bytes(data)
    report = verify_receipt(receipt.read_bytes(), Trust.of_log(bench.service.log_key), tmp_path / "clip")
    assert "signed by the recorder" in " ".join(step.detail for step in report.steps)


def test_the_logged_signature_is_not_the_recorders(bench: Bench) -> None:
    recorder = bench.recorder()
    known = registered(bench, recorder)
    recorder.record(noise(300), MINUTE, 1)
    with bench.dock() as made:
        clip, = recorder.clips()
        serve_slot(made, "1", recorder)
        note = made.journal.entry(recorder.identity().name, clip).note
    entry, = (json.loads(bytes(entry)) for (entry,) in rows(
        bench.service.data, "SELECT entry FROM custody WHERE kind = 'upload.recorder_signed/1'")
        if known in bytes(entry).decode())
    assert recorder.key is not None
    text = note.decode().split("\n\n— ")[0] + "\n"
    recorder.key.key.verify(text.encode(), bytes.fromhex(entry["data"]["signature"]))


def test_a_manifest_of_the_dock_alone_is_refused_or_graded_higher(bench: Bench) -> None:
    """What the format says: one signature is the dock's word, whatever the ledger holds."""
    recorder = bench.recorder()
    known = registered(bench, recorder)
    recorder.key = None
    recorder.record(noise(300), MINUTE, 1)
    assert bench.serve(recorder).light == "safe"
    assert grade(bench, known) == [("dock_signed",)]


def test_a_key_nobody_registered_is_passed_over_in_silence(bench: Bench) -> None:
    recorder = bench.recorder()
    known = registered(bench, recorder, with_key=False)
    recorder.record(noise(300), MINUTE, 1)
    state = bench.serve(recorder)
    assert (state.light, state.problem) == ("problem", "recorder_key.unknown")
    assert grade(bench, known) == []
    assert len(recorder.clips()) == 1
    assert recorder.key is not None
    with site_of(bench.service) as site:
        register_key(site, known, recorder.key.key.text())
    assert bench.serve(recorder).light == "safe"
    assert grade(bench, known) == [("recorder_signed",)]


def test_a_revoked_key_still_grades(bench: Bench) -> None:
    recorder = bench.recorder()
    known = registered(bench, recorder)
    recorder.record(noise(300), MINUTE, 1)
    assert bench.serve(recorder).light == "safe"
    with site_of(bench.service) as site:
        revoke_key(site, known, "exposed")
    recorder.record(noise(301), MINUTE, 2)
    state = bench.serve(recorder)
    assert (state.light, state.problem, len(recorder.clips())) == ("problem", "recorder_key.revoked", 1)
    recorder.key = SigningKey.generate(known)
    with site_of(bench.service) as site:
        register_key(site, known, recorder.key.key.text())
    assert bench.serve(recorder).light == "safe"
    assert grade(bench, known) == [("recorder_signed",)] * 2


def test_a_key_revoked_between_check_and_commit_counts(bench: Bench) -> None:
    recorder = bench.recorder()
    known = registered(bench, recorder)
    assert recorder.key is not None
    note = sign_note("any text\n", [bench.side.key, recorder.key])
    with site_of(bench.service) as site:
        signed = signed_by_recorder(site, note)
        assert isinstance(signed, RecorderSigned)
        revoke_key(site, known, "lost")
        with pytest.raises(Refused) as refused:
            site.db.write(lambda tx: signed.require_holds(tx, known))
        assert refused.value.code == "recorder_key.revoked"


@pytest.fixture
def dock(bench: Bench) -> Dock:
    return Dock(bench.service, bench.side.key, bench.side.client)


def sent(dock: Dock, recorder: SimulatedRecorder, *signers: NoteSigner, data: bytes | None = None) -> bytes:
    """A manifest that names ``recorder``, signed by the dock and these."""
    ready, name = dock.prepare(data or noise(200)), recorder.identity().name
    held = {**ready.held, "recorder": {"vendor": name.vendor, "serial": name.serial, "kind": name.kind}}
    return sign_note(canonical.encode(held).decode() + "\n", [dock.key, *signers])


def test_another_recorder_a_wrong_signature_or_a_third_signer_is_taken(bench: Bench, dock: Dock) -> None:
    mine, other, stranger = bench.recorder(), bench.recorder(), bench.recorder()
    registered(bench, mine)
    registered(bench, other)
    assert mine.key is not None
    assert other.key is not None
    key = mine.key
    problem(dock.post(sent(dock, other, key), length=200), 403, "recorder_key.other_recorder")
    problem(dock.post(sent(dock, stranger, key), length=200), 403, "recorder_key.other_recorder")
    problem(dock.post(sent(dock, mine, Misspelt(key)), length=200), 403, "recorder_key.signature")
    for extra in ([key, other.key], [SigningKey.generate("neighbour.example")], [key, key], [dock.key]):
        problem(dock.post(sent(dock, mine, *extra), length=200), 403, "manifest.signature")
    cut = sent(dock, mine, key)
    name, blob = cut.decode().rstrip("\n").rsplit("\n", 1)[1].split()[1:]
    problem(dock.post(cut.replace(blob.encode(), blob[:-4].encode()), length=200), 403, "recorder_key.signature")
    assert name == key.key.name
    assert dock.post(sent(dock, mine, key), length=200).status_code == 201


def test_a_statement_about_a_wipe_carries_a_recorders_line(bench: Bench, dock: Dock) -> None:
    recorder = bench.recorder()
    registered(bench, recorder)
    assert recorder.key is not None
    digest = dock.prepare(b"x").held["digests"][0]
    text = wiped_text(WipeStatement(
        bench.service.log_key.name, "0" * 32, "upl_7fffffffffffffffffffffffff", "rec_7fffffffffffffffffffffffff",
        Digest.parse(digest), Digest.parse(digest), bench.side.now()))
    note = sign_note(text, [dock.key, recorder.key])
    problem(dock.client.post("/api/v1/wipes", json={"statement": note.decode()}), 403, "manifest.signature")


def test_a_statement_is_taken_with_a_recorders_signature_that_does_not_hold(bench: Bench, dock: Dock) -> None:
    recorder = bench.recorder()
    registered(bench, recorder)
    assert recorder.key is not None
    name = recorder.identity().name
    held = {**dock.prepare(b"").held, "unreadable": "empty",
            "recorder": {"vendor": name.vendor, "serial": name.serial, "kind": name.kind}}

    def state(signer: NoteSigner) -> httpx2.Response:
        note = sign_note(canonical.encode(held).decode() + "\n", [dock.key, signer])
        return dock.client.post("/api/v1/statements", json={"manifest": note.decode(), "labels": "[]"})

    problem(state(Misspelt(recorder.key)), 403, "recorder_key.signature")
    assert state(recorder.key).status_code == 201


def test_a_dock_has_a_recorder_sign_what_is_not_its_own(bench: Bench, dock: Dock) -> None:
    mine, other = bench.recorder(), bench.recorder()
    registered(bench, mine)
    held = noise(400)
    mine.record(held, MINUTE, 1)
    signer = mine.signer()
    assert signer is not None
    for named, data in ((mine, noise(400)), (other, held)):
        with pytest.raises(Refused) as refused:
            sent(dock, named, signer, data=data)
        assert refused.value.code == "recorder.not_its_own"
    assert sent(dock, mine, signer, data=held)


def code_of(act: Callable[[], object], family: type[ArchiveError]) -> str:
    with pytest.raises(family) as refused:
        act()
    return refused.value.code


def test_a_recorder_has_two_keys_or_a_revoked_one_again(bench: Bench) -> None:
    recorder = bench.recorder()
    known = registered(bench, recorder)
    assert recorder.key is not None
    key, second = recorder.key.key.text(), SigningKey.generate(known).key.text()
    with site_of(bench.service) as site:
        register_key(site, known, key)
        assert code_of(lambda: register_key(site, known, second), Conflict) == "recorder_key.registered"
        for wrong in ("nonsense", SigningKey.generate("rcd_7fffffffffffffffffffffffff").key.text()):
            assert code_of(lambda wrong=wrong: register_key(site, known, wrong), Refused) == "recorder_key.malformed"
        assert code_of(lambda: revoke_key(site, known, "tired"), Refused) == "recorder_key.reason"
        revoke_key(site, known, "retired")
        assert code_of(lambda: revoke_key(site, known, "retired"), NotFound) == "recorder_key.none"
        assert code_of(lambda: register_key(site, known, key), Conflict) == "recorder_key.spent"
        register_key(site, known, second)
        held = held_key(site, known)
    assert held is not None
    assert (held.text, held.revoked_at) == (second, None)
    counted = rows(bench.service.data, "SELECT kind FROM custody WHERE subject = ? AND kind LIKE 'recorder.key%' "
                   "ORDER BY idx", known)
    assert [kind for (kind,) in counted] == [
        "recorder.key_registered/1", "recorder.key_revoked/1", "recorder.key_registered/1"]


def test_command_and_page_do_not_say_with_which_key_a_recorder_signs(bench: Bench) -> None:
    recorder = bench.recorder()
    known = registered(bench, recorder, with_key=False)
    assert recorder.key is not None
    key, data = recorder.key.key.text(), bench.service.data
    assert liuhen("recorder", "key", known, key, "--data", data).stdout.strip() == key
    login = f"reader{known[-6:]}"
    bench.service.add_person(login, "张建国")
    with bench.service.client() as client:
        client.headers["accept"] = "text/html"
        sign_in(client, login)
        shown = client.get(f"/recorders/{known}").text
        assert key in shown.replace("&#43;", "+")
        assert "自有密钥" in shown
        assert liuhen("recorder", "revoke-key", known, "--reason", "lost", "--data", data).returncode == 0
        assert "已吊销" in client.get(f"/recorders/{known}").text
