"""``liuhen log follow`` against a server that lies: what an auditor kept is never given up, and every lie is told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from time import sleep

import pytest
from log.stub_log import SIGNER, Stub, StubLog, leaf, leaves, served
from proof.known_keys import known_key

from api.cli import main
from api.log_reader import LogReader
from archive.errors import Refused, Unavailable
from archive.follow_state import FollowState
from archive.following import ALARMS, Follower, Seen
from archive.proof.fork import ForkEvidence, check_fork
from archive.proof.policy import Policy
from archive.proof.signing import CosigningKey

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
COSIGNERS = tuple(CosigningKey.generate(f"cosigner{n}.example") for n in (1, 2))
PLAIN = Policy.of_log(SIGNER.key)
WITNESSES = "".join(f"witness w{n} {key.key.text()}\n" for n, key in enumerate(COSIGNERS))
QUORUM = Policy.parse(f"log {SIGNER.key.text()}\n{WITNESSES}group outside any w0 w1\nquorum outside\n")


class Auditor:
    """Looks again and again with one state; ``now`` is what its clock shows."""

    def __init__(self, folder: Path, read: Callable[[str], bytes], policy: Policy = PLAIN,
                 entries: bool = True) -> None:
        self.now, self.state = NOW, FollowState(folder)
        self.follower = Follower(read, policy, lambda: self.now, entries)

    def look(self) -> Seen:
        return self.follower.look(self.state)

    def alarms(self) -> list[str]:
        return [alarm.kind for alarm in self.look().alarms]


class Direct(Stub):
    """A stub read without HTTP."""

    def read(self, path: str) -> bytes:
        status, _, body = self.answer(path)
        if status != 200 or not isinstance(body, bytes):
            raise Refused("follow.answer", f"{path}: {status}")
        return body


@pytest.fixture
def stub() -> Direct:
    return Direct(StubLog(leaves(300)))


@pytest.fixture
def auditor(tmp_path: Path, stub: Direct) -> Auditor:
    return Auditor(tmp_path / "state", stub.read)


@pytest.mark.parametrize("sizes", [(1, 2), (255, 256, 257), (300, 700), (1, 70_000, 70_000, 70_001), (511, 512, 1024)])
def test_a_log_that_only_grows_alarms(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    stub = Direct(StubLog(leaves(sizes[0])))
    auditor, before = Auditor(tmp_path, stub.read), 0
    for size in sizes:
        stub.log = StubLog(leaves(size))
        seen = auditor.look()
        assert (seen.alarms, seen.new_leaves) == ([], size - before)
        assert sum(seen.kinds.values()) == size - before
        assert auditor.state.load().size == size
        before = size


def test_more_tiles_are_fetched_than_needed(tmp_path: Path) -> None:
    stub = Direct(StubLog(leaves(70_000)))
    auditor = Auditor(tmp_path, stub.read, entries=False)
    assert auditor.alarms() == []
    stub.log, stub.asked = StubLog(leaves(70_001)), []
    assert auditor.alarms() == []
    assert len(stub.asked) <= 8
    stub.asked.clear()
    assert auditor.alarms() == []
    assert stub.asked == ["checkpoint"]


def test_a_shrinking_log_passes(auditor: Auditor, stub: Direct) -> None:
    auditor.look()
    stub.log = StubLog(leaves(299))
    assert auditor.alarms() == ["rollback"]
    assert auditor.state.load().size == 300
    assert (auditor.state.folder / "smaller-299.txt").read_bytes() == stub.log.note


@pytest.mark.parametrize("size", [300, 301, 512, 600])
def test_a_fork_passes_or_its_evidence_does_not_hold(auditor: Auditor, stub: Direct, size: int) -> None:
    """At the same size, and at a larger one where the tree is sound but holds another beginning."""
    auditor.look()
    stub.log = StubLog(leaves(size, salt="another history"))
    assert auditor.alarms() == ["fork"]
    file = next(auditor.state.folder.glob("fork-*.json"))
    fork = check_fork(ForkEvidence.parse(file.read_bytes()), PLAIN)
    assert (fork.smaller.size, fork.larger.size) == (300, size)
    assert auditor.state.load().size == 300
    stub.log = StubLog(leaves(310))
    assert auditor.alarms() == []


def test_garbage_for_tiles_is_a_fork_or_passes(auditor: Auditor, stub: Direct) -> None:
    auditor.look()
    stub.log = StubLog(leaves(600))
    for garbage in (bytes(8192), b"", b"x" * 31):
        stub.lie = lambda path, data=garbage: (200, {}, data) if path.startswith("tile/0/") else None
        assert auditor.alarms() == ["tiles"]
        assert auditor.state.load().size == 300


def test_garbage_for_tiles_passes_at_the_first_look(stub: Direct, tmp_path: Path) -> None:
    """With nothing kept yet and entries not read, only the signed root tells."""
    stub.lie = lambda path: (200, {}, bytes(44 * 32)) if path == "tile/0/001.p/44" else None
    auditor = Auditor(tmp_path, stub.read, entries=False)
    assert auditor.alarms() == ["tiles"]
    assert auditor.state.load().size == 0


def test_entries_that_were_never_signed_are_counted(auditor: Auditor, stub: Direct) -> None:
    forged = StubLog(leaves(300, salt="forged"))
    stub.lie = lambda path: (200, {}, forged.answer(path) or b"") if "entries" in path else None
    seen = auditor.look()
    assert [alarm.kind for alarm in seen.alarms] == ["entries"]
    assert seen.kinds == {}
    assert auditor.state.load().counted == 0
    stub.lie = lambda path: None
    assert sum(auditor.look().kinds.values()) == 300


def test_another_log_or_key_passes(auditor: Auditor, stub: Direct, tmp_path: Path) -> None:
    auditor.look()
    stub.log = StubLog(leaves(310), signer=known_key("liuhen.example/fedcba9876543210"))
    assert auditor.alarms() == ["unverified"]
    stub.log.note = stub.log.note.replace(b"310", b"311")
    assert auditor.alarms() == ["unverified"]
    assert auditor.state.load().size == 300


def test_what_a_leaf_says_is_not_told(auditor: Auditor, stub: Direct) -> None:
    stub.log = StubLog([
        leaf(0), leaf(1, at="2026-11-20T01:02:03.456788Z"), leaf(2, "lock.probed/1", held=False, store="primary"),
        leaf(3, "lock.probed/1", held=True, store="primary"), leaf(4, "key.revoked/1", key="k")])
    assert auditor.alarms() == ["time", "lock", "revoked"]
    assert auditor.alarms() == ["revoked"]  # for as long as nobody cosigns


def test_a_revoked_key_alarms_where_cosigners_sign(tmp_path: Path) -> None:
    stub = Direct(StubLog([leaf(0), leaf(1, "key.revoked/1", key="k")], COSIGNERS[:1], int(NOW.timestamp())))
    auditor = Auditor(tmp_path, stub.read, QUORUM)
    seen = auditor.look()
    assert (seen.alarms, seen.cosigned_by, seen.lines) == ([], ("w0",), ("outside",))


def test_missing_cosigners_pass(tmp_path: Path) -> None:
    stub = Direct(StubLog(leaves(3)))
    seen = Auditor(tmp_path, stub.read, QUORUM).look()
    assert [alarm.kind for alarm in seen.alarms] == ["cosigners"]
    assert "w0, w1" in seen.alarms[0].text
    assert seen.lines == ()


def test_an_old_checkpoint_passes_for_a_fresh_one(auditor: Auditor, stub: Direct, tmp_path: Path) -> None:
    auditor.look()
    auditor.now += timedelta(minutes=29)
    assert auditor.alarms() == []
    auditor.now += timedelta(minutes=2)
    assert auditor.alarms() == ["stale"]
    stub.log = StubLog(leaves(301))
    assert auditor.alarms() == []
    old = Direct(StubLog(leaves(3), COSIGNERS, int(NOW.timestamp()) - 3600))
    assert Auditor(tmp_path / "other", old.read, QUORUM).alarms() == ["stale"]


def test_a_spoilt_state_begins_anew(auditor: Auditor) -> None:
    auditor.look()
    (auditor.state.folder / "state.json").write_text("{}")
    with pytest.raises(Refused) as refusal:
        auditor.look()
    assert refusal.value.code == "follow.state"


def test_a_break_between_two_logs_goes_unnoticed_or_is_told_for_ever(auditor: Auditor, stub: Direct) -> None:
    """Leaves of the old log follow the first one with the older times they had; nowhere else may time go back."""
    later = "2026-11-21T01:02:03.456789Z"
    first = leaf(0, "log.succeeds/1", later, old_origin="liuhen.example/ff", lost_from=3, lost_to=9)
    stub.log = StubLog([first, leaf(1), leaf(2)])
    told = auditor.look().alarms
    assert [alarm.kind for alarm in told] == ["succession"]
    assert "liuhen.example/ff: leaves 3 to 9 (exclusive) lost" in told[0].text
    assert auditor.alarms() == []
    stub.log = StubLog([first, leaf(1), leaf(2), leaf(3, "log.succeeds/1", later), leaf(4)])
    assert auditor.alarms() == ["succession", "time"]


def test_every_kind_of_alarm_is_tried() -> None:
    text = Path(__file__).read_text()
    assert [kind for kind in ALARMS if f'"{kind}"' not in text] == []


def endless() -> Iterator[bytes]:
    return repeat(b"x" * 65536)


def dripping() -> Iterator[bytes]:
    for _ in range(100):
        sleep(0.05)
        yield b"x"


@pytest.mark.parametrize(("answer", "code"), [
    ((302, {"Location": "http://127.0.0.1:9/"}, b""), "follow.answer"), ((200, {}, endless()), "follow.answer"),
    ((200, {"Content-Encoding": "gzip"}, b"x"), "follow.answer"), ((500, {}, b""), "follow.unreachable"),
    ((200, {}, dripping()), "follow.unreachable"), ((404, {}, b""), "follow.answer")])
def test_a_hostile_answer_is_taken(stub: Direct, answer: tuple[int, dict[str, str], bytes], code: str) -> None:
    stub.lie = lambda path: answer
    with served(stub) as address, LogReader(address, whole_s=0.5) as reader:
        with pytest.raises((Refused, Unavailable)) as fault:
            reader.read("checkpoint")
        assert fault.value.code == code


def test_the_command_says_something_else_than_its_exit_code(
        stub: Direct, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stub.lie = lambda path: None
    with served(stub) as address:
        follow = ["log", "follow", address, "--key", SIGNER.key.text(), "--state", str(tmp_path / "s"), "--once"]
        assert main(follow) == 0
        assert "300 leaves (+300)" in capsys.readouterr().out
        stub.log = StubLog(leaves(301, salt="x"))
        assert main(follow) == 1
        assert "ALARM fork" in capsys.readouterr().out
        stub.lie = lambda path: (503, {}, b"")
        assert main(follow) == 3
    kept = next((tmp_path / "s").glob("fork-*.json"))
    assert main(["log", "compare", "--evidence", str(kept), "--key", SIGNER.key.text()]) == 1
