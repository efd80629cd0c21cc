"""How much a receipt is worth: who cosigned it, when it was time-stamped, and whether its grade is what it claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from archive.proof.cosignature import Cosignature
from archive.proof.errors import VerificationError
from archive.proof.note import VerifiedText
from archive.proof.receipt import GRADES, Receipt
from archive.proof.report import Steps, posix_text, utc_text
from archive.proof.timestamp import TimeStamp
from archive.proof.trust import Trust


class TimeCheck(Protocol):
    """Verifies the signature of a time-stamp against the certificate one trusts for that authority.

    Answers its time (UTC-aware), None for an authority one has no certificate of; ``VerificationError("timestamp")``
    when it does not hold. ``response``: the whole DER TimeStampResp; ``message``: what must have been stamped.
    """

    def __call__(self, authority: str, response: bytes, message: bytes, /) -> datetime | None: ...


def check_cosigners(steps: Steps, receipt: Receipt, trust: Trust) -> None:
    """Whose cosignatures hold, and how many independent lines they are.

    Refused when one that is known is wrong, or when the verifier's *own* policy has a quorum that is not met. The
    archive's own policy is only a claim: that it is not met yet refuses nothing, and no line is counted.
    """
    verified = steps.attempt("cosigners", lambda: _cosigners(receipt, trust))
    if verified is None:
        return
    if trust.own:
        steps.found.lines = trust.policy.lines(verified.signers)
    if trust.is_cosigned(verified):
        steps.found.grade = "cosigned"


def _cosigners(receipt: Receipt, trust: Trust) -> tuple[VerifiedText | None, str, str]:
    verified = trust.open_cosigned(receipt.checkpoint.encode("utf-8"))
    policy, signed = trust.policy, verified.cosignatures
    if trust.own and not policy.is_met(verified.signers):
        raise VerificationError(
            "cosigners", f"the quorum {policy.quorum} of your policy is not met: {len(signed)} of "
            f"{len(policy.cosigners)} cosigners have signed{_listed(trust, signed)}")
    if not policy.cosigners:
        return (None, "the policy names no cosigner: operator's word only, no independent cosigner",
                "策略未列出联署方：仅为运营者一方之言，无独立联署方")
    if not signed:
        return (None, "none of the policy's cosigners has signed: operator's word only, no independent cosigner",
                "策略所列联署方均未联署：仅为运营者一方之言，无独立联署方")
    counts, counts_zh = _lines(policy.lines(verified.signers))
    met, met_zh = _quorum(trust, verified)
    return (
        verified,
        f"{len(signed)} of {len(policy.cosigners)} cosigners{_listed(trust, signed)}; {met}; {counts}",
        f"{len(policy.cosigners)} 个联署方中 {len(signed)} 个已联署{_listed(trust, signed)}；{met_zh}；{counts_zh}",
    )


def _lines(names: Sequence[str]) -> tuple[str, str]:
    if not names:
        return "independent lines: 0, operator's word only", "独立线 0 条：仅为运营者一方之言"
    return f"independent lines: {len(names)}{_named(names)}", f"独立线 {len(names)} 条{_named(names)}"


def _quorum(trust: Trust, verified: VerifiedText) -> tuple[str, str]:
    met = trust.policy.is_met(verified.signers)
    if trust.own:
        return "the quorum of your policy is met", "达到您所选策略的要求"
    if met:
        return "the quorum of the archive's own policy is met", "达到档案馆自附策略的要求"
    return "the quorum of the archive's own policy is not met", "未达到档案馆自附策略的要求"


def _listed(trust: Trust, signed: Sequence[Cosignature]) -> str:
    """Who has signed, and when by its own clock."""
    names = {witness.key: witness.name for witness in trust.policy.witnesses.values()}
    return _named([f"{names[one.key]} {posix_text(one.time)}" for one in signed])


def _named(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names else ""


def check_time(steps: Steps, receipt: Receipt, time_check: TimeCheck | None) -> None:
    """Every time-stamp stands over exactly this checkpoint; where ``time_check`` is given, one of them is verified.

    A stamp over anything else is refused by its imprint alone. Without ``time_check`` the step is "not checked".
    """
    earliest = steps.attempt("time", lambda: _time(receipt, time_check), needed=time_check is not None)
    steps.found.no_later = earliest
    if earliest is not None and steps.found.grade == "cosigned":
        steps.found.grade = "anchored"


def _time(receipt: Receipt, time_check: TimeCheck | None) -> tuple[datetime | None, str, str]:
    message = receipt.checkpoint.encode("utf-8")
    checked: list[datetime] = []
    told: list[str] = []
    for authority, response in receipt.timestamps:
        stamp = TimeStamp.parse(response)
        stamp.require_over(message)
        time = None if time_check is None else time_check(authority, response, message)
        if time is None:
            told.append(f"{authority} {utc_text(stamp.gen_time)}")
        else:
            checked.append(time)
    if checked:
        earliest = min(checked)
        return (earliest, f"the log stood so at {utc_text(earliest)} at the latest; {len(checked)} signed by an "
                f"authority you trust, {len(told)} not checked here",
                f"该日志最迟在 {utc_text(earliest)} 已是如此；{len(checked)} 个由您信任的机构签名，"
                f"{len(told)} 个未在此核验")
    if told:
        return (None, f"{len(told)} over exactly this checkpoint, signature not checked here{_named(told)}",
                f"{len(told)} 个时间戳针对该检查点，其签名未在此核验{_named(told)}")
    return None, "the receipt holds no time-stamp", "回执不含时间戳"


def check_grade(steps: Steps, receipt: Receipt) -> None:
    """A grade beyond what the receipt holds is refused; one that rests on a policy one does not share is told so.

    Cosigned: at least one cosigner has signed and the quorum is met. Anchored: that, and a time-stamp. The grade
    *found* counts only what was checked here, by the policy given.
    """
    found = steps.found.grade = steps.found.grade or "signed"
    steps.prove("grade", lambda: _grade(receipt, found, steps.found.no_later))


def _grade(receipt: Receipt, found: str, no_later: datetime | None) -> tuple[bool, str, str]:
    claimed = receipt.grade
    open_en, open_zh = "", ""
    if GRADES.index(claimed) > GRADES.index(found):
        if found == "signed":
            _require_cosigned_by_claim(receipt)
            open_en += "; its cosignatures meet only the archive's own policy, which is not the one used here"
            open_zh += "；其联署只符合档案馆自附的策略，而非此处所用策略"
        if claimed == "anchored":
            if not receipt.timestamps:
                raise VerificationError("grade", "it claims to be anchored but holds no time-stamp")
            if no_later is None:
                open_en += "; its time-stamps were not checked here"
                open_zh += "；其时间戳未在此核验"
    return True, f"found {found}, claimed {claimed}{open_en}", f"查明 {found}，声称 {claimed}{open_zh}"


def _require_cosigned_by_claim(receipt: Receipt) -> None:
    """The cosignatures meet at least the policy in the receipt itself; ``VerificationError("grade")``."""
    reason = f"it claims {receipt.grade}, but the cosignatures in it do not meet even the policy in it"
    try:
        claimed = Trust.claimed_by(receipt)
        claimed.open(receipt.checkpoint.encode("utf-8"))
        verified = claimed.open_cosigned(receipt.checkpoint.encode("utf-8"))
    except VerificationError as error:
        raise VerificationError("grade", f"{reason}: {error.reason}") from error
    if not claimed.is_cosigned(verified):
        raise VerificationError("grade", reason)
