"""``liuhen search | reconcile``."""

import argparse

from api.commands.options import command, with_data
from api.settings import load_settings
from api.wiring import beside, with_store
from archive import recording_search
from archive.actors import SYSTEM
from ingest.reconcile import reconcile


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    searching = with_data(command(commands, "search", "Find recordings by case number, however it is typed.", _search))
    searching.add_argument("case", nargs="?", default="", help="case number or its beginning; nothing lists the newest")
    with_data(command(commands, "reconcile", "Compare the store with the rows: orphans, second versions, markers, "
                      "losses. Changes nothing.", _reconcile))


def _search(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        rows, more = recording_search.search(archive.site, SYSTEM, chosen.case)
    for row in rows:
        print(f"{row.id}  {row.case_no or '-'}  {row.file_name or '-'}  {row.size} bytes  {row.accessioned_at:%F %T}Z")
    print(f"{len(rows)} recordings" + (" and more" if more else "") if rows else "nothing found")
    return 0


def _reconcile(chosen: argparse.Namespace) -> int:
    with with_store(chosen.data, load_settings(chosen.data)) as archive:
        findings = reconcile(archive.intake)
    for finding in findings:
        print(f"{'GRAVE' if finding.grave else 'note '}  {finding.kind:15} {finding.key}\n       {finding.detail}")
    print("clean: store and rows agree" if not findings else f"{len(findings)} findings")
    return 1 if any(f.grave for f in findings) else 0
