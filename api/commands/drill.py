"""``liuhen drill``: attacks on a throw-away archive; does each come to what is stated of it?"""

import argparse
import tempfile
from pathlib import Path

import structlog

from api.commands.options import command
from api.drill.attack import Attack
from api.drill.report import ATTACKS, as_json, as_text, drill
from archive.errors import NotFound


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    adding = command(commands, "drill", "Attack a throw-away archive in a temporary folder and say of each attack "
                     "whether it is prevented, detected, or neither, as stated. Exit: 0 all as stated, 1 not.", _drill)
    adding.add_argument("--data", type=Path, help="where the temporary folder is made (default: the system's); "
                        "nothing else in it is read or written")
    adding.add_argument("--only", metavar="NAME", action="append", default=[], help="only this attack; may be repeated")
    adding.add_argument("--json", action="store_true", help="results as JSON on standard output")


def _drill(chosen: argparse.Namespace) -> int:
    attacks = _chosen(chosen.only)
    results = []
    with tempfile.TemporaryDirectory(prefix="liuhen-drill-", dir=chosen.data) as name:
        folder = Path(name)
        with (folder / "journal").open("w") as journal:
            structlog.configure(logger_factory=structlog.PrintLoggerFactory(journal))
            try:
                for result in drill(folder, attacks):
                    results.append(result)
                    if not chosen.json:
                        print(as_text(result), flush=True)
            finally:
                structlog.reset_defaults()
    wrong = sum(not result.as_stated for result in results)
    print(as_json(results) if chosen.json else
          f"\n{len(results)} attacks, " + (f"{wrong} NOT AS STATED" if wrong else "all as stated"))
    return 1 if wrong else 0


def _chosen(untrusted_names: list[str]) -> list[Attack]:
    """``NotFound drill.unknown`` with the names there are."""
    known = {attack.name: attack for attack in ATTACKS}
    for name in untrusted_names:
        if name not in known:
            raise NotFound("drill.unknown", f"there is no attack {name}; there are: {', '.join(known)}")
    return [attack for attack in ATTACKS if not untrusted_names or attack.name in untrusted_names]
