"""Consistency proofs and fork evidence as files: what they show, between which checkpoints, and nothing beyond."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proof.known_keys import known_cosigner, known_key

from archive.proof.checkpoint import Checkpoint
from archive.proof.consistency import ConsistencyProof, check_consistency
from archive.proof.errors import VerificationError
from archive.proof.fork import ForkEvidence, check_fork, fork_hashes
from archive.proof.merkle import EMPTY_ROOT, NodeAt, consistency_proof, leaf_hash, root, root_at
from archive.proof.note import sign_note, with_signatures
from archive.proof.policy import Policy
from archive.proof.signing import SigningKey

LOG, OTHER = known_key("log.example/a1"), known_key("log.example/b2")
COSIGNER = known_cosigner("cosigner.example/one")
KEYS = [LOG.key, OTHER.key]
SIZES = st.integers(1, 70)


def tree(size: int, changed: int | None = None) -> NodeAt:
    """A log of ``size`` entries, one of them told otherwise."""
    leaves = [leaf_hash(b"%d" % number + b"!" * (number == changed)) for number in range(size)]
    return lambda level, index: root(leaves[index << level : (index + 1) << level])


def note(size: int, node: NodeAt, signer: SigningKey = LOG) -> str:
    return sign_note(Checkpoint(signer.key.name, size, root_at(size, node)).text(), [signer]).decode()


def proof(old: int, new: int, changed: int | None = None) -> ConsistencyProof:
    hashes = tuple(consistency_proof(old, new, tree(new, changed)))
    return ConsistencyProof(note(old, tree(old)), note(new, tree(new, changed)), hashes)


@given(st.integers(0, 70), SIZES)
def test_an_honest_growth_is_refused(old: int, more: int) -> None:
    made = proof(old, old + more)
    again = ConsistencyProof.parse(made.encode())
    assert again == made
    for trusted in (KEYS, Policy.of_log(LOG.key)):
        assert [head.size for head in check_consistency(again, trusted)] == [old, old + more]
    same = ConsistencyProof(made.new, made.new)
    assert check_consistency(same, KEYS)[0] == check_consistency(same, KEYS)[1]


@given(SIZES, SIZES, st.data())
def test_a_rewritten_history_passes_as_growth(old: int, more: int, data: st.DataObject) -> None:
    changed = data.draw(st.integers(0, old - 1))
    with pytest.raises(VerificationError, match="consistency"):
        check_consistency(proof(old, old + more, changed), KEYS)


@given(SIZES, st.integers(0, 69), st.data())
def test_a_fork_cannot_be_shown(old: int, more: int, data: st.DataObject) -> None:
    changed = data.draw(st.integers(0, old - 1))
    node = tree(old + more, changed)
    hashes = tuple(fork_hashes(old, old + more, node)) if more else ()
    heads = [note(old, tree(old)), note(old + more, node)]
    for first, second in (heads, heads[::-1]):
        evidence = ForkEvidence.parse(ForkEvidence(first, second, hashes).encode())
        fork = check_fork(evidence, KEYS)
        assert {fork.prefix_root, fork.smaller.root} == {root_at(old, node), root_at(old, tree(old))}
        assert fork.prefix_root != fork.smaller.root
        assert {fork.smaller.size, fork.larger.size} == {old, old + more}
        assert f"first {old} entries" in fork.text_en
        assert f"前 {old} 项" in fork.text_zh
        assert check_fork(evidence, Policy.of_log(LOG.key)) == fork


@given(SIZES, SIZES)
def test_an_honest_log_is_accused(old: int, more: int) -> None:
    node = tree(old + more)
    heads = note(old, node), note(old + more, node)
    with pytest.raises(VerificationError, match="no fork"):
        check_fork(ForkEvidence(*heads, tuple(fork_hashes(old, old + more, node))), KEYS)
    with pytest.raises(VerificationError, match="no fork"):
        check_fork(ForkEvidence(heads[0], heads[0]), KEYS)


@given(SIZES, SIZES, st.data())
def test_an_honest_log_is_accused_with_made_up_hashes(old: int, more: int, data: st.DataObject) -> None:
    """Every hash counts for the larger root, so none can be made up without leading elsewhere."""
    node = tree(old + more)
    honest = fork_hashes(old, old + more, node)
    at = data.draw(st.integers(0, len(honest) - 1))
    change: Callable[[list[bytes]], list[bytes]] = data.draw(st.sampled_from([
        lambda hashes: [*hashes[:at], bytes(32), *hashes[at + 1 :]], lambda hashes: hashes[:at] + hashes[at + 1 :],
        lambda hashes: [*hashes[:at], bytes(32), *hashes[at:]], lambda hashes: [*hashes, bytes(32)]]))
    with pytest.raises(VerificationError, match=r"fork: the hashes|consistency: the proof"):
        check_fork(ForkEvidence(note(old, node), note(old + more, node), tuple(change(honest))), KEYS)


def test_the_empty_log_forks() -> None:
    empty = sign_note(Checkpoint("log.example/a1", 0, EMPTY_ROOT).text(), [LOG]).decode()
    with pytest.raises(VerificationError, match="no fork"):
        check_fork(ForkEvidence(empty, note(3, tree(3)), (bytes(32),)), KEYS)
    with pytest.raises(ValueError):
        fork_hashes(0, 3, tree(3))
    with pytest.raises(ValueError):
        fork_hashes(3, 3, tree(3))


def test_two_sizes_without_hashes_accuse() -> None:
    with pytest.raises(VerificationError, match="the proof is empty"):
        check_fork(ForkEvidence(note(3, tree(3)), note(7, tree(7, 1))), KEYS)


def test_hashes_between_equal_sizes_are_passed_over() -> None:
    with pytest.raises(VerificationError, match="need no hashes"):
        check_fork(ForkEvidence(note(3, tree(3)), note(3, tree(3, 1)), (bytes(32),)), KEYS)


def test_checkpoints_of_two_logs_are_compared() -> None:
    pair = note(3, tree(3)), note(3, tree(3, 1), OTHER)
    with pytest.raises(VerificationError, match="two logs"):
        check_fork(ForkEvidence(*pair), KEYS)
    with pytest.raises(VerificationError, match="two logs"):
        check_consistency(ConsistencyProof(*pair), KEYS)


def test_a_checkpoint_nobody_trusted_signed_accuses() -> None:
    forged = note(3, tree(3, 1), SigningKey.generate("log.example/a1"))
    with pytest.raises(VerificationError, match="no key that is trusted"):
        check_fork(ForkEvidence(note(3, tree(3)), forged), KEYS)
    text = Checkpoint("log.example/a1", 3, root_at(3, tree(3, 1))).text()
    by_other = sign_note(text, [OTHER]).decode()
    with pytest.raises(VerificationError, match="origin has not signed"):
        check_fork(ForkEvidence(note(3, tree(3)), by_other), KEYS)


def test_a_wrong_cosignature_of_a_trusted_key_passes() -> None:
    policy = Policy.parse(f"log {LOG.key.text()}\nwitness a {COSIGNER.key.text()}\nquorum a\n")
    old, new = note(3, tree(3)), note(5, tree(5))
    hashes = tuple(consistency_proof(3, 5, tree(5)))
    good = with_signatures(new.encode(), [(COSIGNER.key, COSIGNER.cosign(new.partition("\n\n")[0] + "\n", 7))]).decode()
    assert check_consistency(ConsistencyProof(old, good, hashes), policy)[1].size == 5
    head, _, cosignature = good[:-1].rpartition("\n")
    bad = f"{head}\n{cosignature[:-6]}AAAA==\n"
    with pytest.raises(VerificationError, match="signature of"):
        check_consistency(ConsistencyProof(old, bad, hashes), policy)


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "other kind": lambda m: m.update(kind="receipt"),
    "version 2": lambda m: m.update(v=2),
    "version true": lambda m: m.update(v=True),
    "another member": lambda m: m.update(more=1),
    "a member less": lambda m: m.pop("proof"),
    "short hash": lambda m: m["proof"].append("AAAA"),
    "a number for a hash": lambda m: m["proof"].append(1),
    "hash not base64": lambda m: m["proof"].append("-" * 44),
    "65 hashes": lambda m: m.update(proof=m["proof"][:1] * 65),
    "proof no list": lambda m: m.update(proof="a"),
    "notes no text": lambda m: m.update((name, 1) for name in {"old", "new", "first", "second"} & m.keys()),
}


@pytest.mark.parametrize("made", [ConsistencyProof, ForkEvidence])
@pytest.mark.parametrize("change", CHANGES)
def test_a_malformed_file_is_read(made: type[ConsistencyProof] | type[ForkEvidence], change: str) -> None:
    file = made(note(3, tree(3)), note(5, tree(5)), tuple(fork_hashes(3, 5, tree(5)))).encode()
    members = json.loads(file)
    assert made.parse(json.dumps(members, indent=1).encode()).encode() == file
    CHANGES[change](members)
    with pytest.raises(VerificationError) as caught:
        made.parse(json.dumps(members).encode())
    assert caught.value.step == ("consistency" if made is ConsistencyProof else "fork")


@given(st.binary(max_size=100))
def test_any_bytes_raise_something_else(data: bytes) -> None:
    for made in (ConsistencyProof, ForkEvidence):
        with pytest.raises(VerificationError):
            made.parse(data)


def test_a_proof_without_notes_or_with_endless_ones_is_made() -> None:
    for old, hashes in (("", ()), ("a" * 65_537, ()), ("\ud800", ()), ("a", (bytes(31),)), ("a", (bytes(32),) * 65)):
        for made in (ConsistencyProof, ForkEvidence):
            with pytest.raises(ValueError):
                made(old, "a", hashes)
