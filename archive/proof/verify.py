"""Checking a receipt without the archive: numbered steps in plain words, and what they do not show."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from archive.proof.checkpoint import Checkpoint
from archive.proof.commitments import commitment_root
from archive.proof.digest import Digest, MeasuredFile, measure_file
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.leaf import Deposit, Leaf
from archive.proof.merkle import leaf_hash, verify_inclusion
from archive.proof.note import open_note
from archive.proof.receipt import Receipt

Outcome: TypeAlias = Literal["proven", "refused", "not checked"]
Verdict: TypeAlias = Literal["proven", "refused", "incomplete"]
_T = TypeVar("_T")

_READABLE = ("The receipt can be read", "回执可读且格式正确")
_SIGNED = ("The log's key has signed the checkpoint", "检查点由日志密钥签名")
_INCLUDED = ("The entry stands in the signed log", "登记项在已签名的日志中")
_UNDERSTOOD = ("The entry is canonical and tells of a deposit", "登记项为规范编码且记载一次接收")
_COMMITTED = ("The particulars shown match the entry", "所示要素与登记项相符")
_DIGESTS = ("The file's size and digests equal the entry's", "文件大小与各摘要一致")
_SEGMENTS = ("The file's segments equal the entry's", "文件分段摘要一致")
# One Chinese sentence for each step name a VerificationError can carry here.
_FAULTS = {
    "receipt": "回执无法读取",
    "note": "检查点不是合格的签名文本",
    "signature": "签名不成立",
    "checkpoint": "检查点内容不合格",
    "inclusion": "存在证明不成立",
    "leaf": "登记项不合格",
    "particulars": "所示要素与登记项不符",
    "file": "文件与登记项不符",
    "segments": "文件分段与登记项不符",
}

NOT_PROVEN: tuple[tuple[str, str], ...] = (
    ("录制设备签名之前发生过什么。", "What happened before the recorder signed."),
    ("档案馆现在是否仍保存着该文件。", "That the archive still has the file."),
    (
        "没有独立联署方参与核对:仅为运营者一方之言。",
        "Operator's word only: no independent cosigner was checked.",
    ),
    (
        "登记项中的时间只是一项声明,未与外部时间核对。",
        "The time in the entry is a claim; no outside clock vouches for it.",
    ),
)


@dataclass(frozen=True)
class Step:
    """One numbered check, its outcome, and what was found, in English and Chinese."""

    number: int
    title_en: str
    title_zh: str
    outcome: Outcome
    detail: str
    detail_zh: str = ""


@dataclass(frozen=True)
class Report:
    """All steps up to the first refusal, the verdict, and (zh, en) sentences on what is *not* proven."""

    steps: tuple[Step, ...]
    verdict: Verdict
    not_proven: tuple[tuple[str, str], ...]


class _Refusal(Exception):
    """A step was refused; nothing after it is looked at."""


class _Steps:
    """Takes the steps in order, writes each down, and stops at the first refusal."""

    def __init__(self) -> None:
        self.taken: list[Step] = []

    def prove(self, title: tuple[str, str], check: Callable[[], tuple[_T, str, str]]) -> _T:
        """Run ``check``: it answers (what it proved, detail in English, in Chinese) or VerificationError."""
        try:
            value, detail, detail_zh = check()
        except VerificationError as error:
            detail = f"{error.step}: {error.reason}"
            self._write(title, "refused", detail, f"{_FAULTS[error.step]}({detail})")
            raise _Refusal from error
        self._write(title, "proven", detail, detail_zh)
        return value

    def pass_over(self, title: tuple[str, str], detail: str, detail_zh: str) -> None:
        """Write down a step that could not be taken."""
        self._write(title, "not checked", detail, detail_zh)

    def _write(self, title: tuple[str, str], outcome: Outcome, detail: str, detail_zh: str) -> None:
        self.taken.append(Step(len(self.taken) + 1, title[0], title[1], outcome, detail, detail_zh))

    def report(self) -> Report:
        """The verdict over what was written down."""
        outcomes = {step.outcome for step in self.taken}
        verdict: Verdict = "proven"
        if "refused" in outcomes:
            verdict = "refused"
        elif "not checked" in outcomes:
            verdict = "incomplete"
        return Report(tuple(self.taken), verdict, NOT_PROVEN)


def verify_receipt(untrusted_receipt: bytes, key: VerificationKey, file: Path | None) -> Report:
    """Check a receipt, and the file it speaks of, against the log key one trusts; offline.

    ``file`` None leaves the file steps "not checked" and the verdict "incomplete". Never raises for bad
    evidence; ``OSError`` when the file cannot be read. Limit: with one log key the result is the operator's
    word, see ``Report.not_proven``; a ``grade`` beyond ``signed`` is a claim that is not looked into here.
    """
    steps = _Steps()
    try:
        receipt = steps.prove(_READABLE, lambda: _read(untrusted_receipt))
        checkpoint = steps.prove(_SIGNED, lambda: _open(receipt, key))
        steps.prove(_INCLUDED, lambda: _include(receipt, checkpoint))
        leaf, deposit = steps.prove(_UNDERSTOOD, lambda: _understand(receipt))
        steps.prove(_COMMITTED, lambda: _match_commitment(receipt, leaf))
        _check_file(steps, deposit, file)
    except _Refusal:
        pass
    return steps.report()


def _check_file(steps: _Steps, deposit: Deposit, file: Path | None) -> None:
    root = deposit.segments_root
    if file is None:
        steps.pass_over(_DIGESTS, "no file was given", "未提供文件")
        if root is not None:
            steps.pass_over(_SEGMENTS, "no file was given", "未提供文件")
        return
    measured = steps.prove(_DIGESTS, lambda: _match_file(deposit, file))
    if root is not None:
        steps.prove(_SEGMENTS, lambda: _match_segments(root, measured))


def _read(untrusted_receipt: bytes) -> tuple[Receipt, str, str]:
    receipt = Receipt.parse(untrusted_receipt)
    return receipt, f"entry {receipt.index}, {len(receipt.leaf)} bytes", f"第 {receipt.index} 号登记项"


def _open(receipt: Receipt, key: VerificationKey) -> tuple[Checkpoint, str, str]:
    verified = open_note(receipt.checkpoint.encode("utf-8"), [key])
    checkpoint = Checkpoint.parse(verified)
    return (
        checkpoint,
        f"log {checkpoint.origin}, {checkpoint.size} entries, key {key.hex_id}; "
        "operator's word only: no independent cosigner",
        f"日志 {checkpoint.origin},共 {checkpoint.size} 项,密钥 {key.hex_id};仅为运营者一方之言:无独立联署方",
    )


def _include(receipt: Receipt, checkpoint: Checkpoint) -> tuple[None, str, str]:
    leaf = leaf_hash(receipt.leaf)
    verify_inclusion(leaf, receipt.index, checkpoint.size, receipt.proof, checkpoint.root)
    count = len(receipt.proof)
    return None, f"{count} hashes lead to the signed root", f"经 {count} 个散列值到达已签名的根"


def _understand(receipt: Receipt) -> tuple[tuple[Leaf, Deposit], str, str]:
    leaf = Leaf.parse(receipt.leaf)
    deposit = Deposit.of(leaf)
    return (leaf, deposit), f"{leaf.kind}, claimed time {leaf.at}", f"{leaf.kind},所称时间 {leaf.at}"


def _match_commitment(receipt: Receipt, leaf: Leaf) -> tuple[None, str, str]:
    """Disclosed and withheld fields together are all the fields, or the root would differ."""
    commitments = dict(receipt.withheld)
    for field in receipt.disclosed:
        commitments[field.name] = field.commitment
    if len(commitments) != len(receipt.disclosed) + len(receipt.withheld):
        raise VerificationError("particulars", "a field is listed twice")
    if leaf.commitment is None:
        if commitments:
            raise VerificationError("particulars", "fields are shown, but the entry commits to none")
        return None, "the entry commits to no particulars", "登记项不含要素"
    if not commitments or commitment_root(commitments) != leaf.commitment:
        raise VerificationError("particulars", "the fields do not match the entry's commitment")
    shown, kept = len(receipt.disclosed), len(receipt.withheld)
    return None, f"{shown} fields shown, {kept} withheld", f"出示 {shown} 项要素,保留 {kept} 项"


def _match_file(deposit: Deposit, file: Path) -> tuple[MeasuredFile, str, str]:
    measured = measure_file(file, [digest.algorithm for digest in deposit.digests])
    if measured.size != deposit.size:
        raise VerificationError("file", f"the file has {measured.size} bytes, the entry says {deposit.size}")
    for found, stated in zip(measured.digests, deposit.digests, strict=True):
        if found != stated:
            raise VerificationError("file", f"the {stated.algorithm} digest differs")
    names = ", ".join(digest.algorithm for digest in measured.digests)
    return measured, f"{measured.size} bytes, {names} equal", f"{measured.size} 字节,{names} 一致"


def _match_segments(root: Digest, measured: MeasuredFile) -> tuple[None, str, str]:
    if measured.segments_root != root:
        raise VerificationError("segments", "the root over the 8 MiB segments differs")
    return None, "the root over the 8 MiB segments is equal", "8 MiB 分段摘要之根一致"
