"""A checkpoint the verifier kept: two histories are told at once, and what cannot be compared is never called equal."""

from dataclasses import replace
from pathlib import Path

import pytest
from proof.deposit import INDEX, SIGNER, Deposit, flipped, make_deposit, pseudo_random
from proof.known_keys import known_key

from archive.proof.checkpoint import Checkpoint
from archive.proof.consistency import ConsistencyProof
from archive.proof.merkle import consistency_proof, leaf_hash, root
from archive.proof.note import sign_note
from archive.proof.report import Report
from archive.proof.signing import SigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

TRUST = Trust.of_log(SIGNER.key)


@pytest.fixture(scope="module")
def deposit(tmp_path_factory: pytest.TempPathFactory) -> Deposit:
    return make_deposit(tmp_path_factory.mktemp("deposit") / "clip.mp4", pseudo_random(300))


def leaves(deposit: Deposit, size: int, changed: int = -1) -> list[bytes]:
    """The leaves of ``proof.deposit``'s log, or of one in which another entry stands at ``changed``."""
    found = [leaf_hash(b"other %d" % number) for number in range(size)]
    if size > INDEX:
        found[INDEX] = leaf_hash(deposit.receipt.leaf)
    if 0 <= changed < size:
        found[changed] = leaf_hash(b"rewritten")
    return found


def note(deposit: Deposit, size: int, changed: int = -1, signer: SigningKey = SIGNER) -> bytes:
    head = Checkpoint(signer.key.name, size, root(leaves(deposit, size, changed)))
    return sign_note(head.text(), [signer])


def proof(deposit: Deposit, old: int, new: int, changed: int = -1) -> ConsistencyProof:
    all_leaves = leaves(deposit, new, changed)
    path = consistency_proof(old, new, lambda level, at: root(all_leaves[at << level : (at + 1) << level]))
    older, newer = note(deposit, old, changed).decode(), note(deposit, new, changed).decode()
    return ConsistencyProof(older, newer, tuple(path))


def check(deposit: Deposit, *saved: bytes, proofs: tuple[ConsistencyProof, ...] = (), data: bytes = b"") -> Report:
    files = [one.encode() for one in proofs] + ([data] if data else [])
    return verify_receipt(deposit.receipt.encode(), TRUST, deposit.file, saved=saved, consistency=files)


def fault(report: Report) -> str:
    assert report.verdict == "refused"
    assert (report.steps[-1].name, report.steps[-1].outcome) == ("saved", "refused")
    return report.steps[-1].detail


def test_the_same_size_with_the_same_root_is_refused(deposit: Deposit) -> None:
    report = check(deposit, note(deposit, 7), deposit.receipt.checkpoint.encode())
    assert (report.verdict, [step.outcome for step in report.steps[-2:]]) == ("proven", ["proven"] * 2)
    assert "agrees with the checkpoint you saved" in " ".join(english for _, english in report.not_proven)


@pytest.mark.parametrize("changed", [0, INDEX, 6])
def test_two_roots_at_one_size_are_no_fork(deposit: Deposit, changed: int) -> None:
    detail = fault(check(deposit, note(deposit, 7, changed)))
    assert detail.startswith("fork: two roots at size 7")
    assert "liuhen log compare" in detail


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 8, 9, 20])
def test_growth_is_refused_or_taken_without_proof(deposit: Deposit, size: int) -> None:
    old, new = sorted((size, 7))
    report = check(deposit, note(deposit, size))
    assert (report.verdict, report.steps[-1].outcome) == ("incomplete", "not checked")
    assert f"/log/consistency?old={old}&new={new}" in report.steps[-1].detail
    assert "agrees with" not in str(report.not_proven)
    other = proof(deposit, 2, 5)
    report = check(deposit, note(deposit, size), proofs=(other, proof(deposit, old, new)))
    assert (report.verdict, report.steps[-1].outcome) == ("proven", "proven")


@pytest.mark.parametrize("size", [5, 9])
def test_a_rewritten_log_passes_with_a_proof_of_its_own(deposit: Deposit, size: int) -> None:
    """The operator rewrote entry 1 after the receipt, or before it: its own proof leads from another root."""
    old, new = sorted((size, 7))
    detail = fault(check(deposit, note(deposit, size, changed=1), proofs=(proof(deposit, old, new, changed=1),)))
    assert detail.startswith("fork: two roots at one size in the proof file")
    detail = fault(check(deposit, note(deposit, size, changed=1), proofs=(
        replace(proof(deposit, old, new), **{"old" if size < 7 else "new": note(deposit, size, 1).decode()}),)))
    assert detail.startswith("consistency: ")
    assert "liuhen log compare" in detail


def test_a_damaged_proof_passes(deposit: Deposit) -> None:
    whole = proof(deposit, 5, 7)
    for hashes in ((flipped(whole.hashes[0], 9), *whole.hashes[1:]), whole.hashes[:-1], (*whole.hashes, bytes(32))):
        broken = replace(whole, hashes=hashes)
        assert fault(check(deposit, note(deposit, 5), proofs=(broken,))).startswith("consistency: ")
    assert fault(check(deposit, note(deposit, 5), data=b"{}")).startswith("consistency: ")
    unsigned = replace(whole, new=note(deposit, 7, signer=known_key("liuhen.example/another")).decode())
    assert fault(check(deposit, note(deposit, 5), proofs=(unsigned,))).startswith("saved: ")


def test_what_was_saved_is_of_another_log_or_nothing(deposit: Deposit) -> None:
    other = known_key("liuhen.example/another")
    both = Trust(TRUST.policy.parse(f"log {SIGNER.key.text()}\nlog {other.key.text()}\nquorum none\n"))
    for saved in (b"", b"nonsense", note(deposit, 7, signer=other)):
        assert fault(check(deposit, saved)).startswith("saved: a checkpoint you gave is not signed")
    report = verify_receipt(deposit.receipt.encode(), both, deposit.file, saved=[note(deposit, 7, signer=other)])
    assert fault(report).startswith("saved: what you saved is a checkpoint of another log")


def test_one_that_agrees_hides_one_that_does_not(deposit: Deposit, tmp_path: Path) -> None:
    assert check(deposit, note(deposit, 7), note(deposit, 7, 0)).verdict == "refused"
    assert check(deposit, note(deposit, 5), note(deposit, 7)).verdict == "incomplete"
