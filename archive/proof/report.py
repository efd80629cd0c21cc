"""What a check says: numbered steps in two languages, a verdict, and sentences on what is *not* proven."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Literal, TypeVar

from archive.proof.errors import VerificationError

Outcome = Literal["proven", "consistent", "refused", "not checked"]
Verdict = Literal["proven", "consistent", "refused", "incomplete"]
_T = TypeVar("_T")
_UTC = timezone(timedelta())  # datetime.UTC came with Python 3.11; a verifier must run on older ones
_EPOCH = datetime(1970, 1, 1, tzinfo=_UTC)

# Every step by its name, in order: (English, Chinese). The verifier page takes its titles from here.
TITLES: dict[str, tuple[str, str]] = {
    "receipt": ("The receipt can be read", "回执可读且格式正确"),
    "signature": ("The log's key has signed the checkpoint", "检查点由日志密钥签名"),
    "cosigners": ("Cosigners have signed the same checkpoint", "联署方已对同一检查点联署"),
    "inclusion": ("The entry stands in the signed log", "登记项在已签名的日志中"),
    "time": ("Time-stamps stand over exactly this checkpoint", "时间戳正是针对该检查点"),
    "grade": ("The receipt holds what its grade claims", "回执内容与其所称等级相符"),
    "leaf": ("The entry is canonical and tells of a deposit", "登记项为规范编码且记载一次接收"),
    "particulars": ("The particulars shown match the entry", "所示要素与登记项相符"),
    "file": ("The file's size and digests equal the entry's", "文件大小与各摘要一致"),
    "segments": ("The file's segments equal the entry's", "文件分段摘要一致"),
    "saved": ("The checkpoint you saved belongs to the same history", "您保存的检查点属于同一历史"),
}
# One Chinese sentence for each step name a VerificationError can carry here.
_FAULTS = {
    "receipt": "回执无法读取",
    "policy": "回执所附策略无法读取",
    "note": "检查点不是合格的签名文本",
    "signature": "签名不成立",
    "checkpoint": "检查点内容不合格",
    "cosigners": "联署未达到您所选策略的要求",
    "inclusion": "存在证明不成立",
    "timestamp": "时间戳不成立",
    "time": "时间戳的签名不成立",
    "grade": "回执所称等级高于其实际内容",
    "leaf": "登记项不合格",
    "particulars": "所示要素与登记项不符",
    "file": "文件与登记项不符",
    "segments": "文件分段与登记项不符",
    "saved": "您提供的检查点不能用于该日志",
    "consistency": "一致性证明不成立",
    "fork": "日志出示了两段历史：请保留两份文件并运行 liuhen log compare，两者合为证据",
}
# How far back a signature reaches, by the entry's trust grade: (English, Chinese), appended to the leaf's step.
TRUST_WORDS: dict[str, tuple[str, str]] = {
    "": ("", ""),
    "recorder_signed": ("; signed by the recorder", "；由录制设备签名"),
    "dock_signed": ("; signed by the docking station, not by the recorder", "；由采集站签名，录制设备未签名"),
    "named_only": ("; named by file only: neither recorder nor docking station signed it",
                   "；仅凭文件名：录制设备和采集站均未签名"),
    "adopted": ("; adopted from an old share: its integrity is known only since adoption",
                "；自旧共享文件夹接收：完整性仅自接收之时起可知"),
}
_TRUST_LIMITS: dict[str, tuple[tuple[str, str], ...]] = {
    "named_only": ((
        "录制设备或采集站确曾交出这些字节：档案馆只是在导入文件夹中以该文件名收到它，传输中被截断的文件也无从分辨。",
        "That a recorder or docking station handed over these bytes: the archive found them in a drop folder under "
        "this name, and cannot tell a file cut in transfer from a whole one.",
    ),),
    "adopted": ((
        "该记录在接收之前未被更改：它来自旧共享文件夹，旧保管人签名的哈希清单只说明签名时文件的内容；所称时间、人员和案号出自旧表格。",
        "That it was not changed before adoption: it came from an old share, and the hash list its old holder signed "
        "says only what the file was at that signature; claimed times, people and case numbers are of an old sheet.",
    ),),
}

_NOTHING = (
    ("任何事项：有一步不成立。也未证明差错由谁造成。", "Anything: a step was refused. Nor who caused the fault."),
)


@dataclass(frozen=True)
class Step:
    """One numbered check, its outcome, and what was found, in English and Chinese. ``name``: a key of ``TITLES``."""

    number: int
    name: str
    outcome: Outcome
    detail: str
    detail_zh: str

    @property
    def title_en(self) -> str:
        """What is checked, in English."""
        return TITLES[self.name][0]

    @property
    def title_zh(self) -> str:
        """What is checked, in Chinese."""
        return TITLES[self.name][1]


@dataclass(frozen=True)
class Report:
    """All steps up to the first refusal, the verdict, and (zh, en) sentences on what is *not* proven.

    ``grade``: the grade that was found, "" where none was. ``lines``: names of the independent administrative lines
    that cosigned, by a policy of the verifier's own; () is the operator's word only. ``no_later``: the earliest
    time-stamp whose signature was checked. ``shown``: the particulars that match the entry, as (name, value).
    Limit: under "consistent" grade and shown are no more than the archive's own claim, under "refused" nothing at all.
    """

    steps: tuple[Step, ...]
    verdict: Verdict
    not_proven: tuple[tuple[str, str], ...]
    grade: str = ""
    lines: tuple[str, ...] = ()
    no_later: datetime | None = None
    shown: tuple[tuple[str, object], ...] = ()


@dataclass
class Findings:
    """What the steps have established so far; verdict and limits are made from this alone."""

    own: bool = False
    grade: str = ""
    lines: tuple[str, ...] = ()
    no_later: datetime | None = None
    shown: tuple[tuple[str, object], ...] = ()
    withheld: tuple[str, ...] = ()
    uncomputed: tuple[str, ...] = ()
    trust: str = ""
    saved: int = 0
    incomplete: bool = False


class Refusal(Exception):
    """A step was refused; nothing after it is looked at."""


@dataclass
class Steps:
    """Takes the steps in order, writes each down, and stops at the first refusal."""

    taken: list[Step] = field(default_factory=list)
    found: Findings = field(default_factory=Findings)

    def prove(self, name: str, check: Callable[[], tuple[_T, str, str]]) -> _T:
        """Run ``check``: it answers (what it proved, detail in English, in Chinese) or VerificationError."""
        value, detail, detail_zh = self._run(name, check)
        self._write(name, "proven", detail, detail_zh)
        return value

    def attempt(self, name: str, check: Callable[[], tuple[_T | None, str, str]], needed: bool = False) -> _T | None:
        """As ``prove``, where None is what could not be checked; ``needed``: the verdict is then "incomplete"."""
        value, detail, detail_zh = self._run(name, check)
        if value is None:
            self.pass_over(name, detail, detail_zh, needed)
        else:
            self._write(name, "proven", detail, detail_zh)
        return value

    def pass_over(self, name: str, detail: str, detail_zh: str, needed: bool = False) -> None:
        """Write down a step that could not be taken."""
        self._write(name, "not checked", detail, detail_zh)
        self.found.incomplete = self.found.incomplete or needed

    def _run(self, name: str, check: Callable[[], _T]) -> _T:
        try:
            return check()
        except VerificationError as error:
            detail = f"{error.step}: {error.reason}"
            self._write(name, "refused", detail, f"{_FAULTS.get(error.step, '核验不成立')}（{detail}）")
            raise Refusal from error

    def _write(self, name: str, outcome: Outcome, detail: str, detail_zh: str) -> None:
        if outcome == "proven" and not self.found.own and name != "receipt":
            outcome = "consistent"  # it fits together, but by whom one trusts on the archive's own word
        self.taken.append(Step(len(self.taken) + 1, name, outcome, detail, detail_zh))

    def report(self) -> Report:
        """The verdict over what was written down."""
        verdict: Verdict = "proven" if self.found.own else "consistent"
        if any(step.outcome == "refused" for step in self.taken):
            verdict = "refused"
        elif self.found.incomplete:
            verdict = "incomplete"
        found = self.found
        open_ends = _NOTHING if verdict == "refused" else limits(found)
        return Report(tuple(self.taken), verdict, open_ends, found.grade, found.lines, found.no_later, found.shown)


def utc_text(time: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SSZ`` of an aware time."""
    return time.astimezone(_UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def posix_text(seconds: int) -> str:
    """The same of POSIX seconds, which a hostile cosigner may have set beyond any calendar."""
    try:
        return utc_text(_EPOCH + timedelta(seconds=seconds))
    except OverflowError:
        return f"{seconds} s"


def limits(found: Findings) -> tuple[tuple[str, str], ...]:
    """What the findings leave open, as (Chinese, English) sentences; never empty."""
    said = [
        ("录制设备签名之前发生过什么。", "What happened before the recorder signed."),
        ("从未上传的内容。", "What was never deposited."),
        ("档案馆现在是否仍保存着该文件。", "That the archive still has the file."),
    ]
    if not found.own:
        said.append((
            "策略或密钥取自回执本身：仅为档案馆自己的主张，任何人都可伪造整份回执。请从别的途径取得策略或密钥。",
            "The policy or key came with the receipt: the archive's own claim, and anybody could have made all of it. "
            "Get one by another way.",
        ))
    said += _TRUST_LIMITS.get(found.trust, ())
    return (*said, _rewriting(found), _time(found), *_withheld(found), *_uncomputed(found))


def _rewriting(found: Findings) -> tuple[str, str]:
    if found.lines:
        names = ", ".join(found.lines)
        return (
            f"若下列 {len(found.lines)} 条独立线全部听命于运营者，日志仍可能被改写：{names}。"
            "只要其中一条诚实，即不可改写。",
            f"That the log cannot be rewritten if all {len(found.lines)} independent lines obey the operator: {names}. "
            "One honest line is enough.",
        )
    saved = " 它与您保存的检查点一致。" if found.saved else ""
    saved_en = " It agrees with the checkpoint you saved." if found.saved else ""
    return (
        f"日志未曾对他人出示另一版本：没有独立联署方参与核对，仅为运营者一方之言。{saved}",
        "That others are not shown another log. Operator's word only: no independent cosigner was checked." + saved_en,
    )


def _time(found: Findings) -> tuple[str, str]:
    if found.no_later is None:
        return (
            "登记项中的时间只是一项声明，未与外部时间核对。",
            "The time in the entry is a claim; no outside clock vouches for it.",
        )
    time = utc_text(found.no_later)
    return (
        f"登记项何时写入：只证明不晚于 {time}；登记项中的时间本身仍是一项声明。",
        f"When the entry was written: only that it was no later than {time}; the time in the entry stays a claim.",
    )


def _withheld(found: Findings) -> tuple[tuple[str, str], ...]:
    if not found.withheld:
        return ()
    names = ", ".join(found.withheld)
    return ((f"未出示的要素写了什么：{names}。", f"What the particulars that were withheld say: {names}."),)


def _uncomputed(found: Findings) -> tuple[tuple[str, str], ...]:
    if not found.uncomputed:
        return ()
    names = ", ".join(found.uncomputed)
    chinese = f"文件的 {names} 摘要是否一致：此 Python 无法计算。"
    return ((chinese, f"The file's {names} digest: this Python cannot compute it."),)
