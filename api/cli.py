"""``liuhen``: one command for operators, stations and people who verify. Each subcommand stands in api.commands."""

import argparse
import sys
from collections.abc import Sequence

from api.commands import (
    adopt,
    authority,
    cosign,
    deadlines,
    demo,
    drill,
    drop,
    log,
    particulars,
    people,
    probing,
    reading,
    rebuild,
    recorder,
    register,
    room,
    serving,
    station,
    verifying,
)
from archive.errors import ArchiveError

EPILOG = "Exit codes: 0 done or proven, 1 refused or a fault found, 2 wrong usage, 3 incomplete."


def parser() -> argparse.ArgumentParser:
    """The whole command line; help texts are the manual."""
    top = argparse.ArgumentParser(prog="liuhen", description="Evidence archive 留痕.", epilog=EPILOG)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (
        serving,
        people,
        station,
        drop,
        adopt,
        reading,
        probing,
        verifying,
        cosign,
        deadlines,
        demo,
        drill,
        authority,
        particulars,
        log,
        rebuild,
        recorder,
        register,
        room,
    ):
        module.add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; faults come out as one sentence with their code, on standard error."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ArchiveError as fault:
        print(f"liuhen: {fault.code}: {fault.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
