"""What a verdict is worth: whose policy it rests on, who cosigned, and whether the grade is what it claims."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proof.deposit import SIGNER, Deposit, cosigned, flipped, make_deposit, pseudo_random, receipt_for
from proof.known_keys import known_cosigner, known_key

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.policy import Policy
from archive.proof.receipt import GRADES, Receipt
from archive.proof.report import Report
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

COURT, OFFICE, SECOND = (known_cosigner(name) for name in ("court.example", "office.example", "second.example"))
STRANGER = known_cosigner("stranger.example")
POLICY = f"""log {SIGNER.key.text()}
witness court {COURT.key.text()}
witness office {OFFICE.key.text()}
witness operator-second-site {SECOND.key.text()}
group enough 2 court office operator-second-site
quorum enough
"""
LINES = POLICY.replace("group enough 2 court office operator-second-site\nquorum enough", "quorum court")
OWN = Trust(Policy.parse(POLICY))


@pytest.fixture(scope="module")
def deposit(tmp_path_factory: pytest.TempPathFactory) -> Deposit:
    return make_deposit(tmp_path_factory.mktemp("deposit") / "clip.mp4", pseudo_random(700))


def check(deposit: Deposit, receipt: Receipt, trust: Trust | None = OWN) -> Report:
    return verify_receipt(receipt.encode(), trust, deposit.file)


def fault(report: Report) -> str:
    """The refused step and the check that failed."""
    assert report.verdict == "refused"
    assert report.steps[-1].outcome == "refused"
    assert [english for _, english in report.not_proven] == ["Anything: a step was refused. Nor who caused the fault."]
    return f"{report.steps[-1].name} {report.steps[-1].detail}"


def limits(report: Report) -> str:
    return " ".join(sentence for _, sentence in report.not_proven)


def test_a_receipt_that_meets_the_policy_is_refused_or_worth_less(deposit: Deposit) -> None:
    report = check(deposit, cosigned(deposit.receipt, COURT, OFFICE))
    assert (report.verdict, report.grade, report.lines) == ("proven", "cosigned", ("enough",))
    step = report.steps[2]
    assert (step.name, step.outcome) == ("cosigners", "proven")
    assert "court 2026-03-01T08:01:00Z, office 2026-03-01T08:01:00Z" in step.detail
    assert "court 2026-03-01T08:01:00Z" in step.detail_zh
    assert "One honest line is enough" in limits(report)
    assert "Operator's word" not in limits(report)


def test_lines_are_counted_that_did_not_sign_or_are_the_operators_own(deposit: Deposit) -> None:
    trust = Trust(Policy.parse(LINES))
    assert check(deposit, cosigned(deposit.receipt, COURT, SECOND), trust).lines == ("court",)
    assert check(deposit, cosigned(deposit.receipt, COURT, OFFICE, STRANGER), trust).lines == ("court", "office")
    only_operator = Trust(Policy.parse(LINES.replace("quorum court", "quorum operator-second-site")))
    report = check(deposit, cosigned(deposit.receipt, SECOND), only_operator)
    assert (report.verdict, report.grade, report.lines) == ("proven", "cosigned", ())
    assert "Operator's word only" in limits(report)
    assert "operator's word only" in report.steps[2].detail


@pytest.mark.parametrize("cosigners", [(), (COURT,), (SECOND,), (STRANGER,), (STRANGER, COURT)], ids=len)
def test_a_quorum_that_is_not_met_is_passed(deposit: Deposit, cosigners: tuple[object, ...]) -> None:
    receipt = cosigned(deposit.receipt, *cosigners)
    assert fault(check(deposit, receipt)).startswith("cosigners cosigners: the quorum enough of your policy is not met")
    assert fault(check(deposit, replace(receipt, grade="signed"))).startswith("cosigners cosigners")


def changed_cosignature(receipt: Receipt, change: Callable[[bytes], bytes]) -> Receipt:
    *before, last = receipt.checkpoint.rstrip("\n").split("\n")
    head, name, encoded = last.split(" ")
    line = f"{head} {name} {encode_base64(change(decode_base64(encoded)))}\n"
    return replace(receipt, checkpoint="\n".join([*before, line]))


@given(bit=st.integers(32, 76 * 8 - 1))
def test_a_cosignature_with_a_turned_bit_passes(deposit: Deposit, bit: int) -> None:
    """The key's four bytes of id apart: with those turned it is an unknown key's, and ignored."""
    receipt = changed_cosignature(cosigned(deposit.receipt, COURT, OFFICE), lambda data: flipped(data, bit))
    assert fault(check(deposit, receipt)).startswith("cosigners signature")


def test_a_cosignature_of_another_checkpoint_passes(deposit: Deposit) -> None:
    other = cosigned(receipt_for(b"another entry"), COURT, OFFICE).checkpoint.split("\n")[-2]
    note = cosigned(deposit.receipt, COURT).checkpoint + other + "\n"
    assert fault(check(deposit, replace(deposit.receipt, checkpoint=note))).startswith("cosigners signature")


def test_a_log_that_the_policy_does_not_name_is_believed(deposit: Deposit) -> None:
    foreign = Trust(Policy.parse(POLICY.replace(SIGNER.key.text(), known_key("liuhen.example/another").key.text())))
    receipt = replace(cosigned(deposit.receipt, COURT, OFFICE), policy=POLICY)
    assert fault(check(deposit, receipt, foreign)).startswith("signature signature")


def test_a_cosigner_stands_in_for_the_log(deposit: Deposit) -> None:
    """Its signature is over the same text, but the log's own is needed."""
    lines = cosigned(deposit.receipt, COURT, OFFICE).checkpoint.split("\n")
    note = "\n".join(lines[:4] + lines[5:])
    assert fault(check(deposit, replace(deposit.receipt, checkpoint=note))).startswith("signature signature")


# --- the archive's own claim ---


def test_a_policy_that_came_with_the_receipt_proves_something(deposit: Deposit) -> None:
    receipt = replace(cosigned(deposit.receipt, COURT, OFFICE), policy=POLICY)
    for trust in (None, Trust(Policy.parse(POLICY), own=False)):
        report = check(deposit, receipt, trust)
        assert (report.verdict, report.grade, report.lines) == ("consistent", "cosigned", ())
        assert {step.outcome for step in report.steps[1:]} == {"consistent", "not checked"}
        assert "the archive's own claim" in limits(report)
        assert "Operator's word only" in limits(report)
        assert "archive's own" in report.steps[1].detail
        assert "the archive's own policy is met" in report.steps[2].detail


def test_a_key_that_came_with_the_receipt_proves_something(deposit: Deposit) -> None:
    impostor = receipt_for(deposit.receipt.leaf, known_key("liuhen.example/another"))
    for receipt in (deposit.receipt, impostor):
        report = check(deposit, receipt, None)
        assert report.verdict == "consistent"
        assert "a key the receipt brought along: the archive's own claim" in report.steps[1].detail
    assert verify_receipt(deposit.receipt.encode(), None, None).verdict == "incomplete"


@pytest.mark.parametrize("policy", ["log", "quorum none\n# \x00", POLICY + "quorum court\n"])
def test_an_unreadable_claim_is_taken(deposit: Deposit, policy: str) -> None:
    receipt = replace(deposit.receipt, policy=policy)
    assert fault(check(deposit, receipt, None)).startswith("signature policy")
    assert check(deposit, receipt, Trust.of_log(SIGNER.key)).verdict == "proven", "a claim nobody relies on"


def test_a_claimed_key_of_no_log_is_taken(deposit: Deposit) -> None:
    for key in ("nonsense", COURT.key.text()):
        assert fault(check(deposit, replace(deposit.receipt, log_vkey=key), None)).startswith("signature policy")


def test_the_archives_own_quorum_holds_back_a_receipt_that_claims_no_more(deposit: Deposit) -> None:
    report = check(deposit, replace(cosigned(deposit.receipt, COURT), policy=POLICY, grade="signed"), None)
    assert (report.verdict, report.grade) == ("consistent", "signed")
    assert "the archive's own policy is not met" in report.steps[2].detail


# --- the grade ---


@pytest.mark.parametrize("grade", ["cosigned", "anchored"])
def test_a_grade_beyond_what_is_there_passes(deposit: Deposit, grade: str) -> None:
    pinned = Trust.of_log(SIGNER.key)
    for receipt in (
        deposit.receipt,
        replace(deposit.receipt, policy=POLICY),
        replace(cosigned(deposit.receipt, COURT), policy=POLICY),
        replace(cosigned(deposit.receipt, COURT, OFFICE), policy=""),
        replace(cosigned(deposit.receipt, COURT, OFFICE), policy="nonsense"),
        changed_cosignature(replace(cosigned(deposit.receipt, COURT, OFFICE), policy=POLICY), lambda d: flipped(d, 99)),
    ):
        assert fault(check(deposit, replace(receipt, grade=grade), pinned)).startswith("grade grade: it claims")
        if receipt.policy != "nonsense":
            assert check(deposit, replace(receipt, grade=grade), None).verdict == "refused"


def test_a_grade_by_a_policy_one_does_not_share_counts(deposit: Deposit) -> None:
    """The dock pinned only the log's key: the cosignatures say nothing to it, and the report says so."""
    receipt = replace(cosigned(deposit.receipt, COURT, OFFICE), policy=POLICY)
    report = check(deposit, receipt, Trust.of_log(SIGNER.key))
    assert (report.verdict, report.grade, report.lines) == ("proven", "signed", ())
    assert "found signed, claimed cosigned" in report.steps[5].detail
    assert "which is not the one used here" in report.steps[5].detail


def test_anchored_without_a_time_stamp_passes(deposit: Deposit) -> None:
    receipt = replace(cosigned(deposit.receipt, COURT, OFFICE), policy=POLICY, grade="anchored")
    assert fault(check(deposit, receipt)) == "grade grade: it claims to be anchored but holds no time-stamp"


def test_a_receipt_worth_more_than_it_claims_is_refused(deposit: Deposit) -> None:
    receipt = replace(cosigned(deposit.receipt, COURT, OFFICE), grade=GRADES[0])
    assert check(deposit, receipt).grade == "cosigned"


def test_a_cosigners_hostile_time_ends_the_check(deposit: Deposit) -> None:
    receipt = cosigned(deposit.receipt, COURT, OFFICE, at=2**63 - 1)
    assert f"court {2**63 - 1} s" in check(deposit, receipt).steps[2].detail
