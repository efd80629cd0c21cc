"""``liuhen verify``: offline, with standard library and cryptography only beneath it."""

import argparse
from pathlib import Path

from api.commands.options import command, read_key
from archive.errors import Refused
from archive.proof.verify import Report, verify_receipt

EXIT = {"proven": 0, "refused": 1, "incomplete": 3}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    verifying = command(commands, "verify", "Verify a receipt offline, with the file it speaks of.", _verify)
    verifying.add_argument("receipt", type=Path)
    verifying.add_argument("--file", type=Path, help="the recording as you have it; without it: incomplete")
    verifying.add_argument("--key", required=True, help="the log's key as YOU know it (paper, another channel): "
                           "text or @file; a key found in the receipt proves nothing")


def _verify(chosen: argparse.Namespace) -> int:
    key = read_key(chosen.key)
    try:
        untrusted_receipt = chosen.receipt.read_bytes()
    except OSError as fault:
        raise Refused("receipt.unreadable", f"{chosen.receipt} cannot be read: {fault.strerror}") from fault
    if chosen.file is not None and not chosen.file.is_file():
        raise Refused("verify.no_file", f"{chosen.file} is not a file")
    return print_report(verify_receipt(untrusted_receipt, key, chosen.file))


def print_report(report: Report, brief: bool = False) -> int:
    """Print numbered steps, the verdict and what is not proven; answers the exit code."""
    for step in report.steps:
        if not brief or step.outcome == "refused":
            print(f"{step.number}. {step.title_zh} / {step.title_en}: {step.outcome}\n   {step.detail}")
    print(f"  verdict: {report.verdict}")
    if not brief:
        print("未证明 / not proven:")
        for chinese, english in report.not_proven:
            print(f"  - {chinese} {english}")
    return EXIT[report.verdict]
