"""The offline check as a command: ``python -m archive.proof RECEIPT --file FILE --key VKEY``, and ``liuhen verify``."""

import argparse
import sys
from pathlib import Path

from archive.proof.keys import VerificationKey
from archive.proof.verify import Report, verify_receipt

EXIT = {"proven": 0, "refused": 1, "incomplete": 3}
USAGE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options, on whichever parser carries it."""
    parser.add_argument("receipt", type=Path, help="the receipt file")
    parser.add_argument("--file", type=Path, help="the recording as you have it; without it: incomplete")
    parser.add_argument("--key", required=True, help="the log's key as YOU know it (paper, another channel): text or "
                        "@file; a key found in the receipt proves nothing")


def run(chosen: argparse.Namespace) -> int:
    """Verify and print. Exit code 0 proven, 1 refused, 2 something given cannot be read, 3 no file given."""
    try:
        key = read_key(chosen.key)
        untrusted_receipt = chosen.receipt.read_bytes()
        report = verify_receipt(untrusted_receipt, key, chosen.file)
    except OSError as fault:
        print(f"cannot read {fault.filename}: {fault.strerror}", file=sys.stderr)
        return USAGE
    except ValueError as fault:
        print(f"--key is not a verification key: {fault}", file=sys.stderr)
        return USAGE
    return print_report(report)


def read_key(untrusted_text: str) -> VerificationKey:
    """A key given as text or as ``@file``; ``OSError`` or ``ValueError``."""
    text = Path(untrusted_text[1:]).read_text() if untrusted_text.startswith("@") else untrusted_text
    return VerificationKey.parse(text.strip())


def print_report(report: Report) -> int:
    """Print numbered steps, the verdict and what is not proven; answers the exit code."""
    for step in report.steps:
        print(f"{step.number}. {step.title_zh} / {step.title_en}: {step.outcome}\n   {step.detail_zh or step.detail}")
        if step.detail_zh and step.detail_zh != step.detail:
            print(f"   {step.detail}")
    print(f"verdict: {report.verdict}\n未证明 / not proven:")
    for chinese, english in report.not_proven:
        print(f"  - {chinese} {english}")
    return EXIT[report.verdict]
