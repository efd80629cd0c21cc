"""Kept checkpoints compared: one history, two with evidence that holds elsewhere, or honestly not comparable."""

from pathlib import Path

import pytest
from log.stub_log import SIGNER, StubLog, leaves
from proof.known_keys import known_key
from proof.synthetic_log import SyntheticLog

from api.cli import main
from archive.errors import Refused
from archive.kept_checkpoints import check_evidence, compare, compare_paper, note_in
from archive.proof.consistency import ConsistencyProof
from archive.proof.fork import ForkEvidence, check_fork
from archive.proof.merkle import consistency_proof
from archive.proof.policy import Policy

POLICY = Policy.of_log(SIGNER.key)
OLD, NEW, OTHER = StubLog(leaves(300)), StubLog(leaves(700)), StubLog(leaves(700, salt="other"))
VECTORS = Path(__file__).parents[1] / "vectors"


def tiles(log: StubLog):
    return lambda path: log.answer(path) or b""


def proof(old: StubLog, new: StubLog) -> bytes:
    hashes = tuple(consistency_proof(old.size, new.size, new.node))
    return ConsistencyProof(old.note.decode(), new.note.decode(), hashes).encode()


def test_one_history_is_called_two_or_two_one() -> None:
    assert compare(OLD.note, OLD.note, POLICY).outcome == "consistent"
    assert compare(NEW.note, OLD.note, POLICY, tiles=tiles(NEW)).outcome == "consistent"
    assert compare(OLD.note, NEW.note, POLICY, proof(OLD, NEW)).outcome == "consistent"
    assert compare(OLD.note, OTHER.note, POLICY, tiles=tiles(OTHER)).outcome == "fork"
    assert compare(NEW.note, OTHER.note, POLICY).outcome == "fork"


@pytest.mark.parametrize("pair", [(OLD, OTHER), (OTHER, NEW), (StubLog(leaves(256, salt="x")), NEW)])
def test_the_evidence_does_not_hold_elsewhere(pair: tuple[StubLog, StubLog]) -> None:
    made = compare(pair[0].note, pair[1].note, POLICY, tiles=tiles(pair[1]))
    assert made.outcome == "fork"
    assert check_fork(ForkEvidence.parse(made.evidence), POLICY).larger.size == 700
    assert check_evidence(made.evidence, POLICY).outcome == "fork"
    with pytest.raises(Refused):
        check_evidence(made.evidence, Policy.of_log(known_key("another/0").key))
    with pytest.raises(Refused):
        check_evidence(made.evidence.replace(b'"proof":[', b'"proof":["AAAA",'), POLICY)


def test_two_sizes_without_a_proof_are_called_one_history() -> None:
    told = compare(OLD.note, NEW.note, POLICY)
    assert told.outcome == "unknown"
    assert "old=300&new=700" in told.text
    assert compare(OLD.note, OTHER.note, POLICY, proof(OLD, NEW)).outcome == "unknown"
    assert compare(OLD.note, NEW.note, POLICY, b"{}").outcome == "unknown"


def test_tiles_of_another_tree_make_a_fork() -> None:
    with pytest.raises(Refused) as refusal:
        compare(OLD.note, NEW.note, POLICY, tiles=tiles(OTHER))
    assert refusal.value.code == "compare.tiles"


def test_an_unsigned_or_foreign_checkpoint_is_compared() -> None:
    foreign = StubLog(leaves(3), signer=known_key("another/0"))
    for note in (foreign.note, OLD.note.replace(b"300", b"301"), b"nonsense", b"{}"):
        with pytest.raises(Refused):
            compare(note_in(note), OLD.note, POLICY)


def test_typed_paper_is_believed_or_a_typing_slip_called_fine() -> None:
    assert compare_paper(700, NEW.root(), NEW.note, POLICY).outcome == "consistent"
    assert compare_paper(300, OLD.root(), NEW.note, POLICY, tiles(NEW)).outcome == "consistent"
    assert compare_paper(300, NEW.root(), NEW.note, POLICY, tiles(NEW)).outcome == "fork"
    assert compare_paper(300, OLD.root(), NEW.note, POLICY).outcome == "unknown"
    assert compare_paper(701, OLD.root(), NEW.note, POLICY, tiles(NEW)).outcome == "unknown"


def test_the_command_says_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, log in (("old", OLD), ("new", NEW), ("other", OTHER)):
        (tmp_path / name).write_bytes(log.note)
    SyntheticLog(700, NEW.entries).write(tmp_path / "mirror", SIGNER)
    (tmp_path / "proof").write_bytes(proof(OLD, NEW))
    old, new, other, mirror, out = (str(tmp_path / name) for name in ("old", "new", "other", "mirror", "out.json"))
    key = ["--key", SIGNER.key.text()]
    base = ["log", "compare"]
    assert main([*base, old, new, *key, "--tiles", mirror]) == 0
    assert main([*base, old, new, *key, "--proof", str(tmp_path / "proof")]) == 0
    assert main([*base, old, new, *key]) == 3
    assert main([*base, new, other, *key, "--out", out]) == 1
    assert main([*base, "--evidence", out, *key]) == 1
    assert main([*base, "--evidence", old, *key]) == 1
    grouped = " ".join(NEW.root().hex()[at:at + 4] for at in range(0, 64, 4))
    assert main([*base, new, *key, "--paper", "700", grouped]) == 0
    assert main([*base, new, *key, "--paper", "700", grouped.replace("a", "b")]) == 1
    assert main([*base, new, *key, "--paper", "700", "abc"]) == 1
    assert main([*base, new, *key]) == 1
    assert "compare.malformed" in capsys.readouterr().err
