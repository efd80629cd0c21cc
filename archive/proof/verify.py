"""Checking a receipt without the archive: numbered steps in plain words, and what they do not show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive.proof.checkpoint import Checkpoint
from archive.proof.commitments import commitment_root
from archive.proof.digest import Digest, MeasuredFile, can_compute, measure_file
from archive.proof.errors import VerificationError
from archive.proof.grading import TimeCheck, check_cosigners, check_grade, check_time
from archive.proof.leaf import Deposit, Leaf
from archive.proof.merkle import leaf_hash, verify_inclusion
from archive.proof.note import open_note
from archive.proof.receipt import Receipt
from archive.proof.report import TRUST_WORDS, Refusal, Report, Steps
from archive.proof.saved import check_saved
from archive.proof.trust import Trust


def verify_receipt(
    untrusted_receipt: bytes,
    trust: Trust | None,
    file: Path | None,
    time_check: TimeCheck | None = None,
    saved: Sequence[bytes] = (),
    consistency: Sequence[bytes] = (),
) -> Report:
    """Check a receipt, and the file it speaks of, against the policy one trusts; offline.

    ``trust`` None takes the policy the receipt brings along: "consistent" at best. ``file`` None leaves the file steps
    "not checked" and the verdict "incomplete". ``time_check`` verifies the signatures of time-stamps; without it they
    are "not checked", with it at least one must hold. ``saved``: checkpoints (signed notes) the verifier has kept,
    ``consistency``: proof files between them and the receipt's. Never raises for bad evidence; ``OSError`` when the
    file cannot be read. Limits: see ``Report.not_proven``.
    """
    steps = Steps()
    try:
        receipt = steps.prove("receipt", lambda: _read(untrusted_receipt))
        steps.found.own = trust is not None and trust.own
        trust, checkpoint = steps.prove("signature", lambda: _open(receipt, trust))
        check_cosigners(steps, receipt, trust)
        steps.prove("inclusion", lambda: _include(receipt, checkpoint))
        check_time(steps, receipt, time_check)
        check_grade(steps, receipt)
        leaf, deposit = steps.prove("leaf", lambda: _understand(receipt))
        steps.found.trust = deposit.trust
        _check_particulars(steps, receipt, leaf)
        _check_file(steps, deposit, file)
        check_saved(steps, checkpoint, trust, saved, consistency)
    except Refusal:
        pass
    return steps.report()


def _check_particulars(steps: Steps, receipt: Receipt, leaf: Leaf) -> None:
    steps.prove("particulars", lambda: _match_commitment(receipt, leaf))
    steps.found.shown = tuple((field.name, field.value) for field in receipt.disclosed)
    steps.found.withheld = tuple(name for name, _ in receipt.withheld)


def _check_file(steps: Steps, deposit: Deposit, file: Path | None) -> None:
    root = deposit.segments_root
    if file is None:
        steps.pass_over("file", "no file was given", "未提供文件", needed=True)
        if root is not None:
            steps.pass_over("segments", "no file was given", "未提供文件", needed=True)
        return
    measured = steps.prove("file", lambda: _match_file(deposit, file))
    steps.found.uncomputed = _uncomputed(deposit)
    if root is not None:
        steps.prove("segments", lambda: _match_segments(root, measured))


def _read(untrusted_receipt: bytes) -> tuple[Receipt, str, str]:
    receipt = Receipt.parse(untrusted_receipt)
    return receipt, f"entry {receipt.index}, {len(receipt.leaf)} bytes", f"第 {receipt.index} 号登记项"


def _open(receipt: Receipt, given: Trust | None) -> tuple[tuple[Trust, Checkpoint], str, str]:
    trust = given or Trust.claimed_by(receipt)
    verified = open_note(receipt.checkpoint.encode("utf-8"), trust.policy.logs)
    checkpoint = Checkpoint.parse(verified)
    ids = ", ".join(key.hex_id for key in verified.signers)
    whose = ("", "") if trust.own else (
        "; a key the receipt brought along: the archive's own claim", "；该密钥取自回执本身：仅为档案馆自己的主张")
    return (
        (trust, checkpoint),
        f"log {checkpoint.origin}, {checkpoint.size} entries, key {ids}{whose[0]}",
        f"日志 {checkpoint.origin}，共 {checkpoint.size} 项，密钥 {ids}{whose[1]}",
    )


def _include(receipt: Receipt, checkpoint: Checkpoint) -> tuple[bool, str, str]:
    leaf = leaf_hash(receipt.leaf)
    verify_inclusion(leaf, receipt.index, checkpoint.size, receipt.proof, checkpoint.root)
    count = len(receipt.proof)
    return True, f"{count} hashes lead to the signed root", f"经 {count} 个散列值到达已签名的根"


def _understand(receipt: Receipt) -> tuple[tuple[Leaf, Deposit], str, str]:
    leaf = Leaf.parse(receipt.leaf)
    deposit = Deposit.of(leaf)
    grade, grade_zh = TRUST_WORDS[deposit.trust]
    return (
        (leaf, deposit),
        f"{leaf.kind}, claimed time {leaf.at}{grade}",
        f"{leaf.kind}，所称时间 {leaf.at}{grade_zh}",
    )


def _match_commitment(receipt: Receipt, leaf: Leaf) -> tuple[bool, str, str]:
    """Disclosed and withheld fields together are all the fields, or the root would differ."""
    commitments = dict(receipt.withheld)
    for field in receipt.disclosed:
        commitments[field.name] = field.commitment
    if len(commitments) != len(receipt.disclosed) + len(receipt.withheld):
        raise VerificationError("particulars", "a field is listed twice")
    if leaf.commitment is None:
        if commitments:
            raise VerificationError("particulars", "fields are shown, but the entry commits to none")
        return True, "the entry commits to no particulars", "登记项不含要素"
    if not commitments or commitment_root(commitments) != leaf.commitment:
        raise VerificationError("particulars", "the fields do not match the entry's commitment")
    shown, kept = len(receipt.disclosed), len(receipt.withheld)
    return True, f"{shown} fields shown, {kept} withheld", f"出示 {shown} 项要素，保留 {kept} 项"


def _match_file(deposit: Deposit, file: Path) -> tuple[MeasuredFile, str, str]:
    """Size and every digest this Python can compute, SHA-256 always; one it cannot is named as not checked."""
    stated = [digest for digest in deposit.digests if can_compute(digest.algorithm)]
    measured = measure_file(file, [digest.algorithm for digest in stated])
    if measured.size != deposit.size:
        raise VerificationError("file", f"the file has {measured.size} bytes, the entry says {deposit.size}")
    for found, claim in zip(measured.digests, stated):
        if found != claim:
            raise VerificationError("file", f"the {claim.algorithm} digest differs")
    names = ", ".join(digest.algorithm for digest in stated)
    left = ", ".join(_uncomputed(deposit))
    return (
        measured,
        f"{measured.size} bytes, {names} equal{f'; {left} not checked: this Python cannot compute it' if left else ''}",
        f"{measured.size} 字节，{names} 一致{f'；{left} 未核验：此 Python 无法计算' if left else ''}",
    )


def _uncomputed(deposit: Deposit) -> tuple[str, ...]:
    return tuple(digest.algorithm for digest in deposit.digests if not can_compute(digest.algorithm))


def _match_segments(root: Digest, measured: MeasuredFile) -> tuple[bool, str, str]:
    if measured.segments_root != root:
        raise VerificationError("segments", "the root over the 8 MiB segments differs")
    return True, "the root over the 8 MiB segments is equal", "8 MiB 分段摘要之根一致"
