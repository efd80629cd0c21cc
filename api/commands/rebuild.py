"""``liuhen rebuild``: the database again from the store and the keys, or compared with them."""

import argparse
import sys
from pathlib import Path

from api.commands.options import command, with_data
from api.commands.progress import Steps
from api.settings import load_settings
from api.wiring import without_database
from archive.db import Database
from archive.errors import Refused
from archive.ports import Ports
from archive.published import Published
from archive.rebuild import Sources
from archive.rebuilding import compare_with_log, rebuild_into
from ingest.rederive import Rederived, rederive

MOST_SHOWN = 200


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    adding = with_data(command(commands, "rebuild", "Make the database again from locked storage and the keys, or name "
                               "every row that differs from them. Never touches the database there is.", _rebuild))
    how = adding.add_mutually_exclusive_group(required=True)
    how.add_argument("--into", type=Path, metavar="NEW", help="file to make; it must not exist")
    how.add_argument("--compare", type=Path, metavar="OTHER", nargs="?", const=Path(),
                     help="database to compare (default: the data folder's own)")
    adding.add_argument("--checkpoint", type=Path, action="append", default=[],
                        help="a signed checkpoint kept elsewhere (cosigner, receipt, paper); several times if you like")
    adding.add_argument("--accept-unreadable", action="store_true",
                        help="go on where particulars cannot be read and were not erased; their columns stay empty")


def _rebuild(chosen: argparse.Namespace) -> int:
    with without_database(chosen.data, load_settings(chosen.data)) as ports:
        notes = [path.read_bytes() for path in chosen.checkpoint]
        published = Published(chosen.data / "log").get()
        if published is not None:
            notes.append(published)
        sources = Sources(ports.store, ports.vault, ports.signer)
        return _into(chosen, ports, sources, notes) if chosen.into else _compare(chosen, sources, notes)


def _into(chosen: argparse.Namespace, ports: Ports, sources: Sources, notes: list[bytes]) -> int:
    derived: list[Rederived] = []

    def also(db: Database) -> None:
        derived.append(rederive(db, ports.store, ports.clock.now()))

    with Steps("rebuild") as steps:
        done = rebuild_into(sources, chosen.into, notes, accept_unreadable=chosen.accept_unreadable, show=steps.show,
                            also=also)
    (rows,) = derived
    print(f"rebuilt {done.leaves} leaves into {chosen.into}; the first {done.leaves - done.beyond} give the root of "
          "the newest checkpoint at hand")
    if done.beyond:
        print(f"{done.beyond} more leaves were staged after it: they stand on the store's word alone")
    print(f"particulars: {done.erased} leaves were erased by order" + (
        f"; {len(done.unreadable)} CANNOT BE READ and were not erased: leaves "
        f"{', '.join(str(one.leaf) for one in done.unreadable[:20])}" if done.unreadable else ", all others read"))
    if done.keys_restored:
        print(f"{done.keys_restored} keys of particulars the key folder lacked were put back from the store's copies")
    print(f"open again: {rows.open_uploads} uploads (each begins at its first byte), {rows.accessions} to accession, "
          f"{rows.derivations} to make access copies of")
    print(f"secrets do not come back: the {rows.stations} stations keep their keys; these people need a new password "
          "(`liuhen person password --login LOGIN --password-file FILE`):")
    for person, login in rows.people:
        print(f"  {login}  {person}")
    print(f"to use it: stop the service, keep the old database, put {chosen.into} in its place")
    return 0


def _compare(chosen: argparse.Namespace, sources: Sources, notes: list[bytes]) -> int:
    other = chosen.data / "liuhen.db" if chosen.compare == Path() else chosen.compare
    if not other.is_file():
        raise Refused("rebuild.no_database", f"there is no database at {other}")
    with Steps("compare") as steps:
        found = compare_with_log(sources, other, notes, steps.show)
    for difference in found.differences[:MOST_SHOWN]:
        print(difference.text())
    if len(found.differences) > MOST_SHOWN:
        print(f"and {len(found.differences) - MOST_SHOWN} more")
    for one in found.rebuilt.unreadable[:MOST_SHOWN]:
        print(f"{one.code}: leaf {one.leaf}")
    if found.unstaged:
        print(f"note: {found.unstaged} leaves are not in the store yet and were taken from the database itself",
              file=sys.stderr)
    print("clean: log and tables are what the store gives" if not found.differences and not found.rebuilt.unreadable
          else f"{len(found.differences)} rows differ")
    return 1 if found.differences or found.rebuilt.unreadable else 0
