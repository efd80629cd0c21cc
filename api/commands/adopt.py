"""``liuhen adopt DIR --map SHEET``: report on an old share, with ``--go`` take it in; ``adopt-key``, ``adopt-sign``.

Exit codes: 0 nothing stays outside; 1 some does, named, or refused; 3 cannot go on now; 130 broken off. Run again.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from api import adopting
from api.commands.options import command, read_key, with_data
from api.commands.progress import Steps
from api.settings import load_settings, settings_path
from api.wiring import with_store
from archive.durable import replace_file
from archive.errors import Refused, Unavailable
from ingest.adoption_findings import WORDS, Finding
from ingest.adoption_list import ListedFile, list_text, of_files, open_signed, parse_list, sign_list
from ingest.adoption_sheet import MAX_SHEET, read_sheet, template
from ingest.adoption_survey import Survey, survey
from ingest.drop_deposit import Pace, at_once

INCOMPLETE = 3
SHOWN = 20
"""Findings of each code in the text report; ``--json`` has them all."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    adopt = with_data(command(commands, "adopt", "Take an old share into the archive; without --go only report on it.",
                              _adopt))
    adopt.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="the share; it is only read")
    adopt.add_argument("--map", type=Path, metavar="SHEET", help="its spreadsheet as CSV (docs/adopt.md)")
    adopt.add_argument("--template", action="store_true", help="print an empty sheet and end")
    adopt.add_argument("--json", action="store_true", help="the report as JSON on standard output")
    adopt.add_argument("--hash-list", type=Path, metavar="FILE", help="write the list its holder is to sign")
    adopt.add_argument("--go", action="store_true", help="adopt; needs the three below")
    adopt.add_argument("--signed-list", type=Path, metavar="FILE", help="what `liuhen adopt-sign` made")
    adopt.add_argument("--holder-key", metavar="VKEY", help="the holder's verification key, or @FILE")
    adopt.add_argument("--holder", default="", help="who kept the share: name and office")
    adopt.add_argument("--rate", type=_rate, metavar="20MiB/s", help="read the share no faster than this")
    adopt.add_argument("--no-wait", action="store_true", help="end when all bytes are in, before they are accessioned")
    keying = command(commands, "adopt-key", "Make a key for the old holder of a share.", _key)
    keying.add_argument("file", type=Path, help="where to write it; FILE.vkey is the public half")
    keying.add_argument("--name", required=True, help="the key's name, such as old-share.bureau.example")
    signing = command(commands, "adopt-sign", "Sign a hash list as the old holder of a share.", _sign)
    signing.add_argument("list", type=Path, help="what `liuhen adopt --hash-list` wrote")
    signing.add_argument("--key", type=Path, required=True, help="what `liuhen adopt-key` made")
    signing.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write the signed list")


def _rate(untrusted_text: str) -> int:
    try:
        return adopting.parse_rate(untrusted_text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault


def _key(chosen: argparse.Namespace) -> int:
    print(adopting.make_holder_key(chosen.file, chosen.name).text())
    return 0


def _sign(chosen: argparse.Namespace) -> int:
    listed, key = parse_list(_bytes(chosen.list)), adopting.read_holder_key(chosen.key)
    _write(chosen.out, sign_list(listed, key))
    print(f"{len(listed.files)} files, {listed.size} bytes, {listed.digest}; signed by {key.key.text()}")
    return 0


def _adopt(chosen: argparse.Namespace) -> int:
    if chosen.template:
        print(template(), end="")
        return 0
    if chosen.folder is None or chosen.map is None or (chosen.go and not (chosen.signed_list and chosen.holder_key)):
        print("liuhen adopt: give DIR and --map; with --go also --signed-list and --holder-key", file=sys.stderr)
        return 2
    pace: Pace = at_once if chosen.rate is None else adopting.Pacer(chosen.rate)
    raw = _bytes(chosen.map)
    return _go(chosen, raw, pace) if chosen.go else _report(chosen, raw, pace)


def _report(chosen: argparse.Namespace, untrusted_sheet: bytes, pace: Pace) -> int:
    adopting.require_apart(chosen.data, chosen.folder)
    with ExitStack() as stack:
        site = None
        if settings_path(chosen.data).exists():
            site = stack.enter_context(with_store(chosen.data, load_settings(chosen.data))).site
        sheet = read_sheet(untrusted_sheet, site.ports.clock.now() if site else None)
        steps = stack.enter_context(Steps("adopt"))
        found = survey(chosen.folder, sheet, site, pace, lambda done, total: steps.show("read", done, total))
    listed = of_files(sheet.digest, [ListedFile(one.digest, one.found.size, one.found.path) for one in found.adoptable])
    if chosen.hash_list is not None:
        if chosen.folder.resolve() in chosen.hash_list.resolve().parents:
            raise Refused("adopt.folder", "the hash list must not be written into the share; name a place outside")
        _write(chosen.hash_list, list_text(listed).encode())
    told = {"files": found.files, "bytes": found.size, "adoptable": len(listed.files), "adoptable_bytes": listed.size,
            "rows": len(sheet.rows), "encoding": sheet.encoding, "sheet": str(sheet.digest),
            "compared_with_archive": found.compared, "list": str(listed.digest)}
    _tell(chosen.json, told, _words(told, found), found.findings)
    return int(any(one.stops for one in found.findings))


def _words(told: dict[str, Any], found: Survey) -> list[str]:
    return [f"文件 / files: {found.files} ({found.size} bytes)",
            f"可接收 / can be adopted: {told['adoptable']} ({told['adoptable_bytes']} bytes)",
            f"表格行 / rows of the sheet: {told['rows']} ({told['encoding']}, {told['sheet']})",
            "已与档案比对 / compared with the archive" if found.compared
            else "未与档案比对 / not compared with an archive: there is none at --data",
            f"哈希清单 / hash list: {told['list']}"]


def _go(chosen: argparse.Namespace, untrusted_sheet: bytes, pace: Pace) -> int:
    signed = open_signed(_bytes(chosen.signed_list), read_key(chosen.holder_key))
    settings = load_settings(chosen.data)
    try:
        with (adopting.adopting(chosen.data), adopting.at_work(chosen.data, settings) as archive,
              Steps("adopt") as steps):
            sheet = read_sheet(untrusted_sheet, archive.site.ports.clock.now())
            done = adopting.adopt(archive, chosen.folder, signed, sheet, chosen.holder, pace,
                                  lambda at, total, size: steps.show(f"{size >> 20} MiB, file", at, total))
            if not chosen.no_wait:
                adopting.wait_for_accession(archive, done.account, lambda left: steps.show("to accession:", left, 0))
    except Unavailable as fault:
        print(f"liuhen: {fault.code}: {fault.message}\n已停止，未丢失任何内容，请再次运行 / stopped, nothing is lost: "
              "run the same command again", file=sys.stderr)
        return INCOMPLETE
    except KeyboardInterrupt:
        print("已中断，再次运行即可继续 / broken off; the same command goes on", file=sys.stderr)
        return 130
    found = done.outcome
    told = {"adoption": done.adoption, "account": done.account, "listed": len(signed.listed.files),
            "taken": found.taken, "new": found.new, "already_held": found.already_held, "skipped": len(found.findings)}
    words = [f"批次 / batch: {done.adoption}", f"清单文件 / listed: {told['listed']}",
             f"已接收 / taken in: {found.taken} (本次 / now: {found.new})",
             f"此前已在档 / held before: {found.already_held}", f"未接收 / left out: {told['skipped']}"]
    _tell(chosen.json, told, words, found.findings)
    return int(bool(found.findings))


def _tell(as_json: bool, told: dict[str, Any], words: list[str], findings: tuple[Finding, ...]) -> None:
    if as_json:
        held = [{"code": one.code, "stops": one.stops, "line": one.line, "path": one.path, "detail": one.detail,
                 "zh": WORDS[one.code][1], "en": WORDS[one.code][2]} for one in findings]
        print(json.dumps({**told, "findings": held}, ensure_ascii=False, indent=1))
        return
    print("\n".join(words))
    for code, (weight, zh, en) in WORDS.items():
        some = [one for one in findings if one.code == code]
        if some:
            print(f"{'✗' if weight == 'stops' else '·'} {code}: {len(some)}  {zh} / {en}")
        for one in some[:SHOWN]:
            where = "" if one.line is None else f"第 {one.line} 行 / line {one.line} "
            print(f"    {where}{one.path or ''}" + (f"  ({one.detail})" if one.detail else ""))
        if len(some) > SHOWN:
            print(f"    … 另有 / and {len(some) - SHOWN} more (--json)")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SHEET * 8 + 1)
    except OSError as fault:
        raise Refused("adopt.file", f"{path} cannot be read: {fault.strerror}") from fault


def _write(path: Path, data: bytes) -> None:
    try:
        replace_file(path, data, 0o644)
    except OSError as fault:
        raise Refused("adopt.file", f"{path} cannot be written: {fault.strerror}") from fault
