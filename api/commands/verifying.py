"""``liuhen verify``: the offline command of ``archive.proof`` under its usual name."""

import argparse

from api.commands.options import command
from api.wiring import STAMP_CHECK
from archive.proof.command import add_arguments, run


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    add_arguments(command(commands, "verify", "Verify a receipt offline, with the file it speaks of.", _run))


def _run(chosen: argparse.Namespace) -> int:
    return run(chosen, STAMP_CHECK)
