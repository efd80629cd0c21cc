"""The offline check as a command: ``python -m archive.proof``, ``liuhen verify`` and ``liuhen-verify.pyz`` alike."""

from __future__ import annotations

import argparse
import io
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Protocol

from archive.proof.consistency import MAX_FILE
from archive.proof.keys import VerificationKey
from archive.proof.note import MAX_NOTE
from archive.proof.policy import MAX_POLICY, Policy
from archive.proof.receipt import MAX_RECEIPT
from archive.proof.report import Report, Step
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

EXIT = {"proven": 0, "refused": 1, "incomplete": 3, "consistent": 4}
USAGE = 2
_CHINESE = {
    "proven": "已证明",
    "consistent": "仅相符（依据的是档案馆自己的主张）",
    "refused": "不成立",
    "not checked": "未核验",
    "incomplete": "未完成",
}


class StampCheck(Protocol):
    """Verifies a whole TimeStampResp over ``message`` against the certificates ``pem``; see ``grading.TimeCheck``.

    ``ValueError`` when the certificates cannot be used.
    """

    def __call__(self, pem: bytes, response: bytes, message: bytes, /) -> datetime: ...


class _Usage(Exception):
    """Something given on the command line cannot be used; the text says which and why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options, on whichever parser carries it."""
    parser.add_argument("receipt", type=Path, help="the receipt file")
    parser.add_argument("--file", type=Path, help="the recording as you have it; without it: incomplete")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument("--policy", type=Path, metavar="FILE", help="the trust policy YOU chose (C2SP tlog-policy): "
                      "which log, which cosigners, how many; without one: consistent at best")
    whom.add_argument("--key", help="only the log's key as YOU know it (paper, another channel): text or @file; a key "
                      "found in the receipt proves nothing")
    parser.add_argument("--authority", action="append", default=[], metavar="NAME=PEM", help="certificate of a "
                        "time-stamp authority you trust, by the name it has in the receipt; may stand several times")
    parser.add_argument("--saved", action="append", default=[], type=Path, metavar="CHECKPOINT",
                        help="a checkpoint of this log you have kept; may stand several times")
    parser.add_argument("--consistency", action="append", default=[], type=Path, metavar="FILE",
                        help="a proof between a saved checkpoint and the receipt's; may stand several times")


def main(prog: str | None = None) -> int:
    """The command on its own, under whatever name it was started."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Chinese must not end the check
    parser = argparse.ArgumentParser(
        prog, description="Verify a receipt offline, with the file it speaks of.",
        epilog="Exit code: 0 proven, 1 refused, 2 wrong usage, 3 incomplete, 4 consistent only.")
    add_arguments(parser)
    return run(parser.parse_args())


def run(chosen: argparse.Namespace, check_stamp: StampCheck | None = None) -> int:
    """Verify and print; answers the exit code of ``EXIT``, or 2 when something given cannot be read.

    ``check_stamp``: what verifies time-stamps for ``--authority``; a program without it refuses that option.
    """
    try:
        report = _verify(chosen, check_stamp)
    except OSError as fault:
        print(f"cannot read {fault.filename}: {fault.strerror}", file=sys.stderr)
        return USAGE
    except _Usage as fault:
        print(fault, file=sys.stderr)
        return USAGE
    return print_report(report)


def _verify(chosen: argparse.Namespace, check_stamp: StampCheck | None) -> Report:
    trust = _trust(chosen)
    authorities = [_authority(text) for text in chosen.authority]
    if authorities and check_stamp is None:
        raise _Usage("--authority: this program cannot check signatures of time-stamps; `liuhen verify` of an "
                     "installed archive can")
    if chosen.consistency and not chosen.saved:
        raise _Usage("--consistency leads from a checkpoint you have kept: name that with --saved")
    known = dict(authorities)

    def time_check(authority: str, response: bytes, message: bytes) -> datetime | None:
        if check_stamp is None or authority not in known:
            return None
        try:
            return check_stamp(known[authority], response, message)
        except ValueError as fault:
            raise _Usage(f"--authority {authority}: {fault}") from fault

    return verify_receipt(
        _read(chosen.receipt, MAX_RECEIPT), trust, chosen.file, time_check if known else None,
        [_read(path, MAX_NOTE) for path in chosen.saved], [_read(path, MAX_FILE) for path in chosen.consistency])


def _trust(chosen: argparse.Namespace) -> Trust | None:
    try:
        if chosen.policy is not None:
            return Trust(Policy.parse(_read(chosen.policy, MAX_POLICY).decode("utf-8")))
        return None if chosen.key is None else Trust.of_log(read_key(chosen.key))
    except ValueError as fault:
        what = "--policy is not a trust policy" if chosen.policy is not None else "--key is not a log's key"
        raise _Usage(f"{what}: {fault}") from fault


def _authority(untrusted_text: str) -> tuple[str, bytes]:
    name, gap, path = untrusted_text.rpartition("=")
    if not gap or not name or not path:
        raise _Usage("--authority is written NAME=PEM, the PEM being a file")
    return name, _read(Path(path), MAX_RECEIPT)


def _read(path: Path, limit: int) -> bytes:
    """At most one byte more than any such file may have, so that a recording named by mistake is not loaded whole."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def read_key(untrusted_text: str) -> VerificationKey:
    """A key given as text or as ``@file``; ``OSError`` or ``ValueError``."""
    text = untrusted_text
    if text.startswith("@"):
        text = _read(Path(text[1:]), MAX_NOTE).decode("utf-8")
    return VerificationKey.parse(text.strip())


def print_report(report: Report) -> int:
    """Print numbered steps, the verdict and what is not proven; answers the exit code."""
    for step in report.steps:
        _print_step(step)
    if report.shown and report.verdict != "refused":
        print("所示要素 / particulars shown:")
        for name, value in report.shown:
            print(f"  {name}: {_visible(json.dumps(value, ensure_ascii=False))}")
    print(f"结论 / verdict: {_CHINESE[report.verdict]} / {report.verdict}")
    if report.verdict != "refused":
        print(f"等级 / grade: {report.grade}; 独立线 / independent lines: {len(report.lines)}"
              f"{' (' + ', '.join(report.lines) + ')' if report.lines else ''}")
    print("未证明 / not proven:")
    for chinese, english in report.not_proven:
        print(f"  - {_visible(chinese)} {_visible(english)}")
    return EXIT[report.verdict]


def _print_step(step: Step) -> None:
    print(f"{step.number}. {step.title_zh} / {step.title_en}: {_CHINESE[step.outcome]} / {step.outcome}")
    print(f"   {_visible(step.detail_zh)}\n   {_visible(step.detail)}")


def _visible(text: str) -> str:
    """Text from a receipt must not steer the terminal, nor turn the direction of writing."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
