"""Options and values several commands share."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from archive.errors import Refused
from archive.proof import command as command_line
from archive.proof.keys import VerificationKey

Run = Callable[[argparse.Namespace], int]


def command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str,
            run: Run) -> argparse.ArgumentParser:
    """A subcommand with its one-sentence help."""
    added = commands.add_parser(name, help=text, description=text)
    added.set_defaults(run=run)
    return added


def with_data(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """``--data``, default LIUHEN_DATA or ``.data``."""
    default = Path(os.environ.get("LIUHEN_DATA", ".data"))
    parser.add_argument("--data", type=Path, default=default, help=f"data folder (default: {default})")
    return parser


def read_key(untrusted_text: str) -> VerificationKey:
    """A verification key given as text or as ``@file``; ``Refused key.malformed``."""
    try:
        return command_line.read_key(untrusted_text)
    except OSError as fault:
        raise Refused("key.malformed", f"the key file cannot be read: {fault.strerror}") from fault
    except ValueError as fault:
        raise Refused("key.malformed", f"not a verification key: {fault}") from fault


def read_password(path: str) -> str:
    """A password from a file's first line, or from standard input for ``-``; at least 12 characters."""
    text = sys.stdin.readline() if path == "-" else Path(path).read_text().splitlines()[0]
    password = text.rstrip("\n")
    if len(password) < 12:
        raise Refused("person.weak_password", "a password has at least 12 characters")
    return password
