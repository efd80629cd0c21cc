"""``liuhen register list | template | download | preview | apply | unmatched``."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.commands.options import command, with_data
from api.settings import load_settings
from api.wiring import beside
from archive import registers
from archive.actors import SYSTEM
from archive.errors import Refused
from archive.register_kinds import REGISTERS, Line, Register, register_of
from archive.register_plan import Plan
from archive.site import Site
from archive.unmatched import unmatched
from ingest import register_files


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("register", help="Units, people, certificates, recorders, parties.",
                              description="Registers of units, people, certificates, recorders and parties.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    with_data(_about(command(inner, "list", "A register as it is in force, and whose word that is.", _list)))
    _writing(_about(command(inner, "template", "A file to fill in.", _template)))
    _writing(with_data(_about(command(inner, "download", "The register in the form of its template.", _download))))
    with_data(command(inner, "unmatched", "Names and numbers in labels and ledgers that no register knows.",
                      _unmatched))
    for name, text, run in (("preview", "What a file would change; changes nothing.", _preview),
                            ("apply", "Apply a file that was previewed, all of it or nothing.", _apply)):
        adding = with_data(_about(command(inner, name, text, run)))
        adding.add_argument("file", type=Path, help="CSV (UTF-8 or GBK) or XLSX")
        if name == "apply":
            adding.add_argument("--preview", required=True, help="the digest the preview printed last")


def _about(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("register", help=", ".join(REGISTERS))
    return parser


def _writing(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--form", choices=register_files.FORMS, default="csv")
    parser.add_argument("--out", type=Path, help="file to write, which must not be there (default: standard output)")
    return parser


@contextmanager
def _site(chosen: argparse.Namespace) -> Iterator[Site]:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        yield archive.site


def _list(chosen: argparse.Namespace) -> int:
    register = register_of(chosen.register)
    with _site(chosen) as site:
        for one in registers.listed(site, SYSTEM, register):
            print("\t".join([one.thing, *(f"{word.value or '-'} ({word.source})" for word in one.words)]))
    return 0


def _unmatched(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        found, more = unmatched(site, SYSTEM)
    for one in found:
        print(f"{one.of}\t{one.text}\t{one.where}\t{one.count}\t{one.last:%F %T}Z")
    if more:
        print("there is more than is shown")
    return 1 if found else 0


def _template(chosen: argparse.Namespace) -> int:
    return _put(chosen, register_files.template(register_of(chosen.register), chosen.form))


def _download(chosen: argparse.Namespace) -> int:
    register = register_of(chosen.register)
    with _site(chosen) as site:
        return _put(chosen, register_files.download(site, SYSTEM, register, chosen.form))


def _put(chosen: argparse.Namespace, made: bytes) -> int:
    if chosen.out is None:
        sys.stdout.buffer.write(made)
        return 0
    try:
        with chosen.out.open("xb") as file:
            file.write(made)
    except OSError as fault:
        raise Refused("register.out", f"{chosen.out} cannot be written: {fault.strerror}") from fault
    return 0


def _preview(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        register, lines = _read(site, chosen)
        shown = registers.preview(site, SYSTEM, register, lines)
    _print(shown)
    print(f"preview {shown.digest}")
    return 1 if shown.count("refused") else 0


def _apply(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        register, lines = _read(site, chosen)
        done = registers.apply(site, SYSTEM, register, lines, chosen.preview)
    print(f"applied: {done.count('added')} added, {done.count('changed')} changed, {done.count('unchanged')} unchanged")
    return 0


def _read(site: Site, chosen: argparse.Namespace) -> tuple[Register, list[Line]]:
    register = register_of(chosen.register)
    try:
        data = chosen.file.read_bytes()
    except OSError as fault:
        raise Refused("register.file", f"{chosen.file} cannot be read: {fault.strerror}") from fault
    return register, register_files.read_lines(site, register, data)


def _print(shown: Plan) -> None:
    for line in shown.lines:
        if line.verdict != "unchanged":
            print(f"line {line.line}: {line.verdict}")
        for change in line.changes:
            kept = "" if change.counts else " (kept, not in force: a feed says otherwise)"
            print(f"  {change.field}: {change.before or '-'} -> {change.after or '-'}{kept}")
        for fault in line.faults:
            print(f"  {fault.field or 'line'}: {fault.code}: {fault.message}")
    print(f"{shown.count('added')} added, {shown.count('changed')} changed, {shown.count('unchanged')} unchanged, "
          f"{shown.count('refused')} refused, {len(shown.unmatched)} in the register and not in the file")
