"""The receipt file: exactly the known members, in any JSON spelling, within its size."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from proof.deposit import FIELDS, receipt_for, withhold

from archive.proof.errors import VerificationError
from archive.proof.receipt import GRADES, MAX_RECEIPT, Receipt
from archive.proof.tlog_proof import TlogProof

RECEIPT = replace(withhold(receipt_for(b"entry"), "officers"), policy="quorum none\n",
                  timestamps=(("授时中心 Test", b"0\x00"),))
MEMBERS: dict[str, Any] = json.loads(RECEIPT.encode())


def test_a_receipt_changes_on_its_way_through_its_file() -> None:
    assert Receipt.parse(RECEIPT.encode()) == RECEIPT


def test_a_reformatted_receipt_is_refused() -> None:
    assert Receipt.parse(json.dumps(MEMBERS, indent=4, ensure_ascii=True).encode()) == RECEIPT


def test_the_file_has_other_members_than_documented() -> None:
    assert set(MEMBERS) == {
        "v", "grade", "leaf_b64", "index", "proof", "checkpoint", "log_vkey", "policy", "timestamps",
        "disclosed", "withheld", "text"
    }
    assert set(MEMBERS["text"]) == {"zh", "en"}
    assert MEMBERS["disclosed"][0] == {"name": "case_number", "salt": FIELDS[0].salt.hex(), "value": FIELDS[0].value}
    assert MEMBERS["withheld"] == [{"name": "officers", "commitment": FIELDS[1].commitment.hex()}]
    assert MEMBERS["timestamps"] == [{"authority": "授时中心 Test", "response_b64": "MAA="}]


@pytest.mark.parametrize("grade", GRADES)
def test_a_receipt_promises_more_than_evidence(grade: str) -> None:
    text = json.loads(replace(RECEIPT, grade=grade).encode())["text"]
    assert "evidence to hold the archive to account" in text["en"]
    assert "追究档案馆责任的凭据" in text["zh"]
    assert grade in text["en"]
    assert ("operator's word only" in text["en"]) == (grade == "signed")
    assert "nor that the archive will keep" in text["en"]


def test_a_receipt_of_an_unknown_grade_is_written() -> None:
    with pytest.raises(ValueError):
        replace(RECEIPT, grade="notarised").encode()


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "version_2": lambda m: m.update(v=2),
    "version_true": lambda m: m.update(v=True),
    "member_missing": lambda m: m.pop("grade"),
    "member_more": lambda m: m.update(note=""),
    "grade_unknown": lambda m: m.update(grade="notarised"),
    "index_negative": lambda m: m.update(index=-1),
    "index_true": lambda m: m.update(index=True),
    "index_text": lambda m: m.update(index="3"),
    "leaf_empty": lambda m: m.update(leaf_b64=""),
    "leaf_padded_otherwise": lambda m: m.update(leaf_b64=m["leaf_b64"].rstrip("=")),
    "leaf_too_long": lambda m: m.update(leaf_b64="A" * 87384),
    "proof_no_list": lambda m: m.update(proof=""),
    "proof_short_hash": lambda m: m["proof"].append("AAAA"),
    "proof_number": lambda m: m["proof"].append(1),
    "proof_of_65": lambda m: m.update(proof=[m["proof"][0]] * 65),
    "checkpoint_null": lambda m: m.update(checkpoint=None),
    "checkpoint_surrogate": lambda m: m.update(checkpoint="\ud800"),
    "vkey_number": lambda m: m.update(log_vkey=1),
    "policy_null": lambda m: m.update(policy=None),
    "policy_too_long": lambda m: m.update(policy="#" * (64 * 1024 + 1)),
    "stamp_without_name": lambda m: m["timestamps"][0].update(authority=""),
    "stamp_name_with_escape": lambda m: m["timestamps"][0].update(authority="\x1b[2J"),
    "stamp_name_too_long": lambda m: m["timestamps"][0].update(authority="a" * 256),
    "stamp_empty": lambda m: m["timestamps"][0].update(response_b64=""),
    "stamp_not_base64": lambda m: m["timestamps"][0].update(response_b64="MAA"),
    "stamp_more": lambda m: m["timestamps"][0].update(more=1),
    "stamps_of_17": lambda m: m.update(timestamps=m["timestamps"] * 17),
    "text_missing": lambda m: m["text"].pop("zh"),
    "text_number": lambda m: m["text"].update(zh=1),
    "field_more": lambda m: m["disclosed"][0].update(more=1),
    "field_salt_short": lambda m: m["disclosed"][0].update(salt="00"),
    "field_salt_upper": lambda m: m["disclosed"][0].update(salt="AA" * 16),
    "field_name_bad": lambda m: m["disclosed"][0].update(name="A"),
    "field_value_float": lambda m: m["disclosed"][0].update(value=1.5),
    "field_no_object": lambda m: m["disclosed"].append([]),
    "fields_of_257": lambda m: m.update(disclosed=m["disclosed"][:1] * 257),
    "withheld_short": lambda m: m["withheld"][0].update(commitment="00"),
    "withheld_name_bad": lambda m: m["withheld"][0].update(name=""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_receipt_of_another_form_is_read(change: Callable[[dict[str, Any]], object]) -> None:
    members = json.loads(RECEIPT.encode())
    change(members)
    with pytest.raises(VerificationError, match="receipt"):
        Receipt.parse(json.dumps(members).encode())


def test_a_member_that_stands_twice_is_read() -> None:
    doubled = RECEIPT.encode().replace(b'{"checkpoint"', b'{"index":0,"checkpoint"', 1)
    with pytest.raises(VerificationError, match="duplicate"):
        Receipt.parse(doubled)


def test_the_size_limit_is_not_held() -> None:
    with pytest.raises(VerificationError, match="longer"):
        Receipt.parse(RECEIPT.encode() + b" " * MAX_RECEIPT)
    with pytest.raises(ValueError):
        replace(RECEIPT, checkpoint="a" * MAX_RECEIPT).encode()


PROOF = TlogProof(RECEIPT.index, RECEIPT.proof, RECEIPT.checkpoint, b"extra \x00")


@pytest.mark.parametrize("proof", [PROOF, replace(PROOF, extra=b""), replace(PROOF, proof=(), index=0)], ids=range(3))
def test_a_tlog_proof_changes_on_its_way_through_text(proof: TlogProof) -> None:
    assert TlogProof.parse(proof.text()) == proof


def test_a_tlog_proof_is_laid_out_otherwise() -> None:
    lines = PROOF.text().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra ZXh0cmEgAA==", "index 3"]
    assert len(lines[3]) == 44
    assert PROOF.text().endswith("\n\n" + RECEIPT.checkpoint)


@pytest.mark.parametrize(
    ("old", "new"),
    [("@v1", "@v2"), ("index 3", "index 03"), ("index 3", "index -1"), ("index 3\n", ""), ("extra ZX", "extra  ZX"),
     ("extra ZXh0cmEgAA==", "extra "), ("\n\n", "\n"), ("index 3\n", "index 3\nAAAA\n"),
     ("index 3", "index " + "9" * 30)],
)
def test_a_malformed_tlog_proof_is_read(old: str, new: str) -> None:
    text = PROOF.text().replace("\n\n", "\n") if old == "\n\n" else PROOF.text().replace(old, new, 1)
    assert text != PROOF.text()
    with pytest.raises(VerificationError, match="proof"):
        TlogProof.parse(text)


def test_a_tlog_proof_longer_than_any_is_read() -> None:
    for text in ("a" * 300_000, PROOF.text().replace("index 3\n", "index 3\n" + ("A" * 43 + "=\n") * 65)):
        with pytest.raises(VerificationError, match="proof"):
            TlogProof.parse(text)
