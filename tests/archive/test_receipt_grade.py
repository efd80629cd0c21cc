"""The grade a receipt may claim follows from what it carries, and the verifier agrees with it."""

from dataclasses import replace
from pathlib import Path

import pytest
from proof.deposit import SIGNER, cosigned, make_deposit, receipt_for
from proof.known_keys import known_cosigner, known_key
from proof.test_verify_trust import COURT, OFFICE, POLICY, SECOND

from archive.proof.errors import VerificationError
from archive.proof.policy import Policy
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from archive.receipts import grade_of

OWN, STAMPS = Policy.parse(POLICY), (("tsa", b"0"),)


@pytest.mark.parametrize("cosigners", [(), (COURT,), (SECOND,), (known_cosigner("stranger.example"),)], ids=range(4))
def test_a_receipt_claims_more_than_signed_below_the_quorum(cosigners: tuple[object, ...], tmp_path: Path) -> None:
    receipt = cosigned(make_deposit(tmp_path / "clip", b"content").receipt, *cosigners)
    assert grade_of(receipt.checkpoint.encode(), OWN, ()) == ("signed", ())
    assert grade_of(receipt.checkpoint.encode(), OWN, STAMPS) == ("signed", ()), "a time alone makes no grade"
    claimed = replace(receipt, grade="cosigned", policy=OWN.text).encode()
    assert verify_receipt(claimed, Trust.of_log(SIGNER.key), tmp_path / "clip").verdict == "refused"


def test_a_receipt_claims_less_than_it_carries(tmp_path: Path) -> None:
    receipt = cosigned(make_deposit(tmp_path / "clip", b"content").receipt, COURT, OFFICE)
    note = receipt.checkpoint.encode()
    lines = OWN.lines((COURT.key, OFFICE.key))
    assert lines
    assert [grade_of(note, OWN, ()), grade_of(note, OWN, STAMPS)] == [("cosigned", lines), ("anchored", lines)]
    claimed = replace(receipt, grade="cosigned", policy=OWN.text).encode()
    assert verify_receipt(claimed, Trust(OWN), tmp_path / "clip").grade == "cosigned"


def test_without_cosigners_a_receipt_is_more_than_signed() -> None:
    note = receipt_for(b"entry").checkpoint.encode()
    assert grade_of(note, None, STAMPS) == ("signed", ())
    assert grade_of(note, Policy.of_log(SIGNER.key), STAMPS) == ("signed", ())


def test_a_note_of_another_log_gets_a_grade() -> None:
    with pytest.raises(VerificationError):
        grade_of(receipt_for(b"entry", known_key("another.example")).checkpoint.encode(), OWN, ())
