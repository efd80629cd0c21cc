"""``liuhen search | reconcile``."""

import argparse

from api.commands.options import command, with_data
from api.settings import load_settings
from api.wiring import beside, with_store
from archive import recording_search
from archive.actors import SYSTEM
from archive.finding import find
from archive.recordings import RecordingRow
from archive.site import Site
from ingest.reconcile import reconcile


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    searching = with_data(command(commands, "search", "Find recordings by case number, name, place, file, recorder or "
                                  "day, however it is typed.", _search))
    searching.add_argument("words", nargs="*", help="what they are known by; nothing lists the newest")
    with_data(command(commands, "reconcile", "Compare the store with the rows: orphans, second versions, markers, "
                      "losses. Changes nothing.", _reconcile))


def _search(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        rows, more = _found(archive.site, " ".join(chosen.words))
    for row, why in rows:
        print(f"{row.id}  {row.case_no or '-'}  {row.file_name or '-'}  {row.size} bytes  {row.accessioned_at:%F %T}Z"
              f"{why}")
    print(f"{len(rows)} recordings" + (" and more" if more else "") if rows else "nothing found")
    return 0


def _found(site: Site, words: str) -> tuple[list[tuple[RecordingRow, str]], bool]:
    """Rows, each with why it was found; the newest without words."""
    if not words.strip():
        rows, more = recording_search.search(site, SYSTEM)
        return [(row, "") for row in rows], more
    found = find(site, SYSTEM, words)
    return ([(one.row, f"  {one.why}: {', '.join(mark.field for mark in one.marks) or '-'}") for one in found.found],
            found.beyond or found.cut)


def _reconcile(chosen: argparse.Namespace) -> int:
    with with_store(chosen.data, load_settings(chosen.data)) as archive:
        findings = reconcile(archive.intake)
    for finding in findings:
        print(f"{'GRAVE' if finding.grave else 'note '}  {finding.kind:15} {finding.key}\n       {finding.detail}")
    print("clean: store and rows agree" if not findings else f"{len(findings)} findings")
    return 1 if any(f.grave for f in findings) else 0
