"""``liuhen log succeed``: a new log in the place of one whose leaves are lost for good."""

import argparse
from pathlib import Path

from api.commands.options import command, with_data
from api.commands.progress import Steps
from api.succession import Asked, Made, succeed


def add_to(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    adding = with_data(command(inner, "succeed", "Close a log whose leaves are lost for good and begin a new one with "
                               "what is left. Last resort: when neither a newer database nor a rebuild brings the "
                               "leaves back.", _succeed))
    adding.add_argument("--into", type=Path, required=True, metavar="NEW",
                        help="data folder to make, on the disk of the old one")
    adding.add_argument("--receipts", type=Path, metavar="DIR", help="receipts of lost leaves, handed in again")
    adding.add_argument("--checkpoint", type=Path, action="append", default=[],
                        help="a signed checkpoint kept elsewhere (cosigner, paper); several times if you like")
    adding.add_argument("--accept-unreadable", action="store_true",
                        help="go on where particulars cannot be read and were not erased; their columns stay empty")
    adding.add_argument("--yes-leaves-are-lost", action="store_true", help="give the lost leaves up for good")


def _succeed(chosen: argparse.Namespace) -> int:
    asked = Asked(chosen.data, chosen.into, chosen.receipts, tuple(chosen.checkpoint), chosen.yes_leaves_are_lost,
                  chosen.accept_unreadable)
    with Steps("succeed") as steps:
        made = succeed(asked, steps.show)
    if made is None:
        print(f"finished what an interrupted run had begun: {chosen.into} succeeds {chosen.data}")
        return 0
    _tell(chosen, made)
    return 0


def _tell(chosen: argparse.Namespace, made: Made) -> None:
    left, rows = made.left, made.rows
    print(f"{made.key.name} succeeds {left.last.origin}, which is closed for good")
    print(f"LOST: {left.lost}, of {left.last.size} that were signed; {left.kept} are left, of which the first "
          f"{left.verified} give the root of a signed checkpoint")
    if left.kept > left.verified:
        print(f"{left.kept - left.verified} more stand on the word of where they lay alone")
    print(f"receipts of lost leaves named in the first leaf: {made.receipts}; of leaves that are left: "
          f"{made.offered - made.receipts}")
    if made.rebuilt.unreadable:
        print(f"{len(made.rebuilt.unreadable)} particulars CANNOT BE READ and were not erased: leaves "
              f"{', '.join(str(one.leaf) for one in made.rebuilt.unreadable[:20])}")
    print(f"open again: {rows.open_uploads} uploads (each begins at its first byte), {rows.accessions} to accession, "
          f"{rows.derivations} to make access copies of")
    print("these people need a new password (`liuhen person password --login LOGIN --password-file FILE`):")
    for person, login in rows.people:
        print(f"  {login}  {person}")
    print(f"serve {chosen.into}; its log key, which others must pin anew: {made.key.text()}")
    print(f"keep {chosen.data}: old receipts verify under its key, {chosen.data / 'public' / 'log.vkey'}")
    print("tell: stations, cosigners, auditors, whoever holds a receipt of a lost leaf (docs/succession.md)")
