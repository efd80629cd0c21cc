"""A cosigner never forgets what it answered: killed, raced, on a failing disk, without its state."""

import contextlib
import signal
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cosigning.neighbour import Branch, NeighbourProcess, neighbour
from hypothesis import given, settings
from hypothesis import strategies as st
from proof.known_keys import known_cosigner

from api import cli
from api.cosign_folder import init_folder, opened, parse_logs
from archive.add_checkpoint import AddCheckpoint, encode_request, parse_request
from archive.cosigner_answer import CosignerDesk, Verdict
from archive.cosigner_state import CosignerState
from archive.errors import ArchiveError, Conflict, Contradiction, Refused, Unavailable
from archive.proof.note import open_note
from archive.proof.signing import CosigningKey

LOG = Branch("state.example/0", 4000)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def cosigner(tmp_path: Path) -> Iterator[NeighbourProcess]:
    with neighbour(tmp_path / "folder", LOG.origin) as made:
        yield made


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[CosignerDesk, Clock]]:
    key, clock = CosigningKey.generate("desk.example"), Clock()
    CosignerState.create(tmp_path / "state.db", key.key.text())
    state = CosignerState(tmp_path / "state.db", key.key.text())
    yield CosignerDesk(state, key, clock, {LOG.origin: (LOG.signer.key,)}), clock
    state.close()


def test_what_was_answered_before_a_kill_is_forgotten(cosigner: NeighbourProcess) -> None:
    answered = 0
    for run in range(4):
        answered += 1  # the first of this run, asked before the clock of the kill runs
        assert cosigner.add(LOG.request(answered - 1, answered)).status_code == 200
        killer = threading.Timer(0.05 + 0.03 * run, cosigner.kill)
        killer.start()
        with contextlib.suppress(httpx2.TransportError):
            while cosigner.add(LOG.request(answered, answered + 1)).status_code == 200:
                answered += 1
        killer.join()
        cosigner.start()
        known = int(cosigner.add(LOG.request(0, 1)).text)
        assert answered <= known <= answered + 1  # the last one may have been stored and not answered
        answered = known


def test_two_requests_at_once_are_both_signed_though_they_contradict(cosigner: NeighbourProcess) -> None:
    other, statuses = Branch(LOG.origin, 4000, fork_at=1), []
    start = threading.Barrier(8)

    def ask(body: bytes) -> None:
        start.wait()
        statuses.append(cosigner.add(body).status_code)

    bodies = [encode_request(0, [], (LOG if n % 2 else other).note(2)) for n in range(8)]
    threads = [threading.Thread(target=ask, args=(body,)) for body in bodies]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(statuses) == [200, *[409] * 7]
    kept = cosigner.client.get(f"{cosigner.address}/checkpoint", params={"origin": LOG.origin}).content
    assert len(open_note(kept, [LOG.signer.key, cosigner.key]).cosignatures) == 1


def test_a_cosignature_leaves_although_the_disk_did_not_take_it(tmp_path: Path) -> None:
    """Every fsync fails from the first request on (strace): nothing may be signed, nor later without a restart."""
    key = init_folder(tmp_path / "folder", "neighbour.example/c1", [LOG.signer.key.text()])
    sick = NeighbourProcess(tmp_path / "folder", key, before=(
        "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
        "-e", "inject=fsync,fdatasync:error=EIO"))
    sick.start()
    answers = [sick.add(LOG.request(0, 3)) for _ in range(2)]
    sick.kill(signal.SIGTERM)
    assert [answer.status_code for answer in answers] == [503, 503]
    assert "cosigner.halted" in answers[1].text
    assert not any("—" in answer.text for answer in answers)


def test_a_second_process_signs_from_the_same_folder(cosigner: NeighbourProcess) -> None:
    with pytest.raises(Conflict) as refusal, opened(cosigner.folder):
        pass
    assert refusal.value.code == "cosigner.running"


@pytest.mark.parametrize("how", ["removed", "emptied", "made anew", "garbage"])
def test_a_cosigner_that_lost_its_state_signs_on(tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder, state = tmp_path / "folder", tmp_path / "folder" / "state.db"
    key = init_folder(folder, "neighbour.example/c1", [LOG.signer.key.text()])
    state.unlink()
    if how == "made anew":
        CosignerState.create(state, CosigningKey.generate(key.name).key.text())
    elif how != "removed":
        state.write_bytes(b"" if how == "emptied" else b"garbage" * 999)
    with pytest.raises(Contradiction) as refusal, opened(folder):
        pass
    assert refusal.value.code == "cosigner.state_lost"
    assert cli.main(["cosign", "serve", "--folder", str(folder), "--port", "0"]) == 1
    assert "etire" in capsys.readouterr().err


def test_the_state_file_lets_a_cosigner_go_back(desk: tuple[CosignerDesk, Clock], tmp_path: Path) -> None:
    assert desk[0].add_checkpoint(LOG.request(0, 5)).verdict is Verdict.COSIGNED
    with sqlite3.connect(tmp_path / "state.db") as connection:
        for statement in ("UPDATE latest SET size = 4", "UPDATE latest SET root = x'00'", "DELETE FROM latest"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
    connection.close()


def test_a_clock_set_back_is_signed(desk: tuple[CosignerDesk, Clock]) -> None:
    desk[0].add_checkpoint(LOG.request(0, 5))
    desk[1].at = NOW - timedelta(seconds=1)
    with pytest.raises(Unavailable) as refusal:
        desk[0].add_checkpoint(LOG.request(5, 6))
    assert refusal.value.code == "clock.back"
    desk[1].at = NOW
    assert desk[0].add_checkpoint(LOG.request(5, 6)).verdict is Verdict.COSIGNED


def test_evidence_of_a_fork_is_lost_or_drowned(desk: tuple[CosignerDesk, Clock]) -> None:
    other = Branch(LOG.origin, 300, fork_at=3)
    desk[0].add_checkpoint(LOG.request(0, 5))
    for size in range(6, 106):  # honest checkpoints under proofs that fail: anybody can send those
        assert desk[0].add_checkpoint(encode_request(5, [], LOG.note(size))).verdict is Verdict.INCONSISTENT
    padded = other.note(5) + "— junk.example AAAAAAAAAAAAAAAAAAAAAA==\n".encode() * 500
    assert desk[0].add_checkpoint(encode_request(5, [], padded)).verdict is Verdict.INCONSISTENT
    refused = desk[0].state.refused()
    assert [one.root for one in refused if one.certain] == [other.root(5)]
    assert len(refused) == 65
    known = desk[0].state.latest(LOG.origin)
    evidence = next(one for one in refused if one.certain)
    assert known is not None
    assert open_note(evidence.note, [LOG.signer.key]).text != open_note(known.note, [LOG.signer.key]).text
    assert evidence.note == other.note(5)


def test_a_log_that_rotates_its_key_is_lost(tmp_path: Path) -> None:
    newer = Branch("other.example/9")
    logs = parse_logs([LOG.signer.key.text(), f"{newer.signer.key.text()}={LOG.origin}"])
    assert logs == {LOG.origin: (LOG.signer.key, newer.signer.key)}


@pytest.mark.parametrize("log", ["", "x", "a+b+c", Branch("x").signer.key.text()[:-4] + "AAAA",
                                 known_cosigner("c").key.text()])
def test_a_key_that_is_no_logs_is_followed(tmp_path: Path, log: str) -> None:
    with pytest.raises(Refused) as refusal:
        init_folder(tmp_path / "folder", "c.example", [log])
    assert refusal.value.code == "cosigner.log"
    assert not (tmp_path / "folder").exists()


def test_a_folder_is_made_twice_or_read_with_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "folder"

    def refused(code: str, *arguments: str) -> None:
        chosen = cli.parser().parse_args(["cosign", *arguments, "--folder", str(folder)])
        with pytest.raises(ArchiveError) as refusal:
            chosen.run(chosen)
        assert refusal.value.code == code

    refused("cosigner.absent", "show")
    refused("cosigner.name", "init", "--name", "two words")
    init_folder(folder, "c.example", [])
    refused("cosigner.exists", "init", "--name", "c.example")
    assert (folder / "cosigner.pem").stat().st_mode & 0o777 == 0o600
    (folder / "cosigner.toml").write_text("colour = 'red'")
    refused("cosigner.settings", "serve")
    (folder / "cosigner.toml").write_text("[")
    refused("cosigner.settings", "serve")
    (folder / "cosigner.toml").write_text("")
    (folder / "cosigner.pem").write_text("")
    refused("cosigner.key", "serve")


def test_show_says_nothing_of_another_history(cosigner: NeighbourProcess, capsys: pytest.CaptureFixture[str]) -> None:
    assert cosigner.add(LOG.request(0, 5)).status_code == 200
    assert cli.main(["cosign", "show", "--folder", str(cosigner.folder)]) == 0
    assert f"{LOG.origin}: size 5, cosigned 20" in capsys.readouterr().out
    other = Branch(LOG.origin, 300, fork_at=3)
    assert cosigner.add(other.request(5, 5)).status_code == 422
    assert cli.main(["cosign", "show", "--folder", str(cosigner.folder)]) == 1
    assert "ANOTHER HISTORY" in (shown := capsys.readouterr().out)
    assert other.note(5).decode() in shown
    chinese = cosigner.client.get(cosigner.address).text
    english = cosigner.client.get(cosigner.address, params={"language": "en"}).text
    for page in (chinese, english):
        assert all(text in page for text in (cosigner.key.text(), LOG.origin, 'role="alert"'))
    assert "联署方" in chinese
    assert "another history" in english


@settings(max_examples=300)
@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.binary(max_size=300))
def test_a_request_is_read_as_another_than_was_written(old: int, proof: list[bytes], note: bytes) -> None:
    assert parse_request(encode_request(old, proof, note)) == AddCheckpoint(old, tuple(proof), note)


@settings(max_examples=500)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda t: f"old {t}".encode())))
def test_a_request_is_read_that_nobody_would_write(untrusted: bytes) -> None:
    try:
        request = parse_request(untrusted)
    except ValueError:
        return
    assert encode_request(request.old_size, request.proof, request.note) == untrusted
