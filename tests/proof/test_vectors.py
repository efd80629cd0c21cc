"""Golden vectors: what once verified still does, and each bad file is still refused for the fault it is named for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.proof.canonical import decode
from archive.proof.checkpoint import Checkpoint
from archive.proof.consistency import ConsistencyProof, check_consistency
from archive.proof.errors import VerificationError
from archive.proof.fork import ForkEvidence, check_fork
from archive.proof.keys import VerificationKey
from archive.proof.merkle import leaf_hash, root, verify_inclusion
from archive.proof.note import open_note
from archive.proof.policy import Policy
from archive.proof.report import Report
from archive.proof.tiles import decode_bundle
from archive.proof.timestamp import TimeStamp
from archive.proof.tlog_proof import TlogProof
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

FOLDER = Path(__file__).parents[1] / "vectors"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
KEY = VerificationKey.parse((FOLDER / "log.vkey").read_text("utf-8").strip())


def canonical(data: bytes) -> object:
    decode(data)
    return leaf_hash(data).hex()


def checkpoint(data: bytes) -> object:
    found = Checkpoint.parse(open_note(data, [KEY]))
    return [found.origin, found.size, found.root.hex()]


def cosigned(data: bytes) -> object:
    """As the good policy of several lines sees it; one file is a public log's, cosigned by four public cosigners."""
    note = open_note(data, lines().keys)
    found = Checkpoint.parse(note)
    times = [[one.key.name, one.time] for one in note.cosignatures]
    signers = note.signers
    return [found.origin, found.size, found.root.hex(), times, list(lines().lines(signers)), lines().is_met(signers)]


def policy(data: bytes) -> object:
    found = Policy.parse(data.decode())
    assert Policy.parse(found.text) == found
    return [len(found.logs), list(found.witnesses), found.quorum]


def consistency(data: bytes) -> object:
    return [head.size for head in check_consistency(ConsistencyProof.parse(data), [KEY])]


def fork(data: bytes) -> object:
    found = check_fork(ForkEvidence.parse(data), [KEY])
    return [found.smaller.size, found.larger.size, found.prefix_root.hex()]


def timestamp(data: bytes) -> object:
    found = TimeStamp.parse(data)
    found.require_over((FOLDER / "good" / "cosigned_seven.txt").read_bytes())
    return [found.imprint.hex(), found.gen_time.isoformat(), found.policy, found.nonce, found.serial]


def lines() -> Policy:
    return Policy.parse((FOLDER / "good" / "policy_lines.txt").read_text("utf-8"))


def verified(data: bytes, trust: Trust | None) -> Report:
    report = verify_receipt(data, trust, FOLDER / "recording.bin")
    if report.verdict == "refused":
        last = report.steps[-1]
        raise VerificationError(last.name, f"{last.name} {last.detail}")
    return report


def worth(report: Report) -> object:
    return [report.verdict, report.grade, list(report.lines)]


def tlogproof(data: bytes) -> object:
    found = TlogProof.parse(data.decode())
    head = Checkpoint.parse(open_note(found.checkpoint.encode(), [KEY]))
    leaf = leaf_hash((FOLDER / "good" / "canonical_accessioned.json").read_bytes())
    verify_inclusion(leaf, found.index, head.size, found.proof, head.root)
    return [found.index, leaf.hex()]


READERS: dict[str, Callable[[bytes], object]] = {
    "canonical": canonical,
    "checkpoint": checkpoint,
    "note": lambda data: open_note(data, [KEY]).text,
    "vkey": lambda data: VerificationKey.parse(data.decode()).hex_id,
    "bundle": lambda data: root([leaf_hash(entry) for entry in decode_bundle(data)]).hex(),
    "cosigned": cosigned,
    "policy": policy,
    "consistency": consistency,
    "fork": fork,
    "timestamp": timestamp,
    "receipt": lambda data: verified(data, Trust.of_log(KEY)).verdict,
    "trusted": lambda data: worth(verified(data, Trust(lines()))),
    "claimed": lambda data: worth(verified(data, None)),
    "tlogproof": tlogproof,
}


def read(folder: str, name: str) -> object:
    return READERS[name.partition("_")[0]]((FOLDER / folder / name).read_bytes())


@pytest.mark.parametrize("folder", ["good", "bad"])
def test_a_vector_is_never_looked_at(folder: str) -> None:
    assert {path.name for path in (FOLDER / folder).iterdir()} == set(EXPECTED[folder])


@pytest.mark.parametrize("name", sorted(EXPECTED["good"]))
def test_a_good_vector_is_refused_or_says_something_else(name: str) -> None:
    assert read("good", name) == EXPECTED["good"][name]


@pytest.mark.parametrize("name", sorted(EXPECTED["bad"]))
def test_a_bad_vector_is_accepted_or_refused_for_another_fault(name: str) -> None:
    with pytest.raises((VerificationError, ValueError)) as caught:
        read("bad", name)
    assert EXPECTED["bad"][name] in str(caught.value)
