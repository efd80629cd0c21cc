"""Time-stamps in a receipt: bound to exactly its checkpoint, never counted unless their signature was checked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from anchoring.authorities import stamp
from proof.deposit import Deposit, cosigned, flipped, make_deposit, pseudo_random
from proof.test_verify_trust import COURT, OFFICE, OWN

from api import test_authority
from archive.adapters.timestamper import check_stamp
from archive.proof.errors import VerificationError
from archive.proof.receipt import Receipt
from archive.proof.report import Report, utc_text
from archive.proof.timestamp import TimeStamp
from archive.proof.verify import verify_receipt

Named = Callable[[str, bytes, bytes], datetime | None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return test_authority.made(tmp_path_factory.mktemp("authority")).parent


@pytest.fixture(scope="module")
def deposit(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Deposit:
    """Cosigned and stamped by a real openssl."""
    made = make_deposit(tmp_path_factory.mktemp("deposit") / "clip.mp4", pseudo_random(300))
    receipt = cosigned(made.receipt, COURT, OFFICE)
    response = stamp(receipt.checkpoint.encode(), folder)
    return replace(made, receipt=replace(receipt, timestamps=(("tsa", response),), grade="anchored"))


def trusting(folder: Path, *names: str) -> Named:
    pem = (folder / "certificate.pem").read_bytes()
    return lambda name, response, message: check_stamp(pem, response, message) if name in names else None


def check(deposit: Deposit, receipt: Receipt, time_check: Named | None = None) -> Report:
    return verify_receipt(receipt.encode(), OWN, deposit.file, time_check)


def step(report: Report) -> tuple[str, str]:
    found = next(step for step in report.steps if step.name == "time")
    return found.outcome, found.detail


def limits(report: Report) -> str:
    return " ".join(english for _, english in report.not_proven)


def test_a_true_stamp_is_refused_or_says_another_time(deposit: Deposit, folder: Path) -> None:
    report = check(deposit, deposit.receipt, trusting(folder, "tsa"))
    said = TimeStamp.parse(deposit.receipt.timestamps[0][1]).gen_time
    assert (report.verdict, report.grade, report.no_later) == ("proven", "anchored", said)
    assert step(report)[0] == "proven"
    assert f"no later than {utc_text(said)}" in limits(report)
    assert "the time in the entry stays a claim" in limits(report)


def test_a_stamp_whose_signature_was_not_checked_counts(deposit: Deposit) -> None:
    report = check(deposit, deposit.receipt)
    assert (report.verdict, report.grade, report.no_later) == ("proven", "cosigned", None)
    outcome, detail = step(report)
    assert outcome == "not checked"
    assert "signature not checked here" in detail
    assert "no outside clock" in limits(report)
    grade = next(step for step in report.steps if step.name == "grade")
    assert "found cosigned, claimed anchored; its time-stamps were not checked here" in grade.detail


def test_an_authority_that_was_demanded_is_missing(deposit: Deposit, folder: Path) -> None:
    report = check(deposit, deposit.receipt, trusting(folder, "another"))
    assert (report.verdict, report.grade) == ("incomplete", "cosigned")
    bare = replace(deposit.receipt, timestamps=(), grade="cosigned")
    assert check(deposit, bare, trusting(folder, "tsa")).verdict == "incomplete"
    assert check(deposit, bare).verdict == "proven"


def test_a_stamp_over_another_checkpoint_passes(deposit: Deposit, folder: Path) -> None:
    """Over the bare checkpoint, with one cosignature less, or with another byte: none is *this* one."""
    note = deposit.receipt.checkpoint
    for other in (note.rpartition("\n\n")[0] + "\n", note.rpartition("— ")[0], note + "\n", ""):
        receipt = replace(deposit.receipt, timestamps=(("tsa", stamp(other.encode(), folder)),))
        for time_check in (None, trusting(folder, "tsa")):
            report = check(deposit, receipt, time_check)
            assert report.verdict == "refused"
            assert step(report) == ("refused", "timestamp: it stamps other bytes than these")


def test_a_wrong_stamp_hides_behind_a_right_one(deposit: Deposit, folder: Path) -> None:
    right = deposit.receipt.timestamps[0]
    for wrong in (stamp(b"other", folder), b"0", flipped(right[1], 8 * len(right[1]) - 1)):
        both = replace(deposit.receipt, timestamps=(right, ("tsa", wrong)))
        assert check(deposit, both, trusting(folder, "tsa")).verdict == "refused"
    unknown = replace(deposit.receipt, timestamps=(right, ("unknown", right[1])))
    report = check(deposit, unknown, trusting(folder, "tsa"))
    assert report.verdict == "proven"
    assert "1 signed by an authority you trust, 1 not checked here" in step(report)[1]


def test_another_authoritys_stamp_under_its_name_passes(deposit: Deposit, tmp_path: Path) -> None:
    impostor = test_authority.made(tmp_path / "impostor").parent
    report = check(deposit, deposit.receipt, trusting(impostor, "tsa"))
    assert (report.verdict, step(report)[0]) == ("refused", "refused")


def test_a_later_stamp_hides_the_earlier_one(deposit: Deposit) -> None:
    times = {"a": datetime(2026, 3, 1, 9, tzinfo=UTC), "b": datetime(2026, 3, 1, 8, tzinfo=UTC)}
    response = deposit.receipt.timestamps[0][1]
    receipt = replace(deposit.receipt, timestamps=(("a", response), ("b", response)))
    assert check(deposit, receipt, lambda name, *_: times[name]).no_later == times["b"]


def test_stamped_but_not_cosigned_counts_as_anchored(deposit: Deposit, folder: Path) -> None:
    """A time alone lets nobody rewrite nothing: anchored means cosigned as well."""
    note = deposit.receipt.checkpoint.split("\n")
    receipt = replace(deposit.receipt, checkpoint="\n".join([*note[:5], ""]), grade="signed")
    receipt = replace(receipt, timestamps=(("tsa", stamp(receipt.checkpoint.encode(), folder)),))
    report = verify_receipt(receipt.encode(), None, deposit.file, trusting(folder, "tsa"))
    assert (report.verdict, report.grade) == ("consistent", "signed")
    assert report.no_later is not None


def test_a_checks_refusal_ends_the_program(deposit: Deposit) -> None:
    def refuse(*_: object) -> datetime:
        raise VerificationError("time", "no")

    report = check(deposit, deposit.receipt, refuse)
    assert (report.verdict, step(report)) == ("refused", ("refused", "time: no"))
    assert "时间戳" in report.steps[-1].detail_zh
