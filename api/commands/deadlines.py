"""``liuhen deadlines``."""

import argparse
from collections.abc import Iterable
from itertools import chain

from api.commands.options import command, with_data
from api.settings import load_settings
from api.wiring import beside
from archive.actors import SYSTEM
from retention.announced import Announced, announced
from retention.clauses import load_pack
from retention.deadline_list import RecordingDeadline, needing_attention


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    with_data(command(commands, "deadlines", "List what was announced and is not here, and deadlines of all recordings "
                      "that are not on time; exit 1 when one is late without a confirmed explanation.", _deadlines))


def _deadlines(chosen: argparse.Namespace) -> int:
    settings, unexplained, listed = load_settings(chosen.data), 0, 0
    pack = load_pack(settings.rules.pack)
    with beside(chosen.data, settings) as archive:
        owed: Iterable[RecordingDeadline | Announced] = announced(archive.site, SYSTEM, pack)
        for one in chain(owed, needing_attention(archive.site, SYSTEM, pack)):
            print(_line(one))
            unexplained, listed = unexplained + one.unexplained, listed + 1
    print(f"{listed} deadlines not on time, {unexplained} late and unexplained")
    return 1 if unexplained else 0


def _line(one: RecordingDeadline | Announced) -> str:
    """Ids, states and times; no names, so that it may go into mail or a journal."""
    found = one.deadline
    due = "after the return" if found.due[1] is None else f"due {found.due[1]:%F %T}Z"
    missing = f"  lacks {','.join(found.missing)}" if found.missing else ""
    named, stands = (one.recording or one.entry, f"  {one.how}") if isinstance(one, Announced) else (one.recording, "")
    explained = "" if one.explanation is None else "  confirmed" if one.settled else "  explained"
    return (f"{found.state:11}  {named}  {found.clause_id}  {due}{missing}{stands}"
            f"  maker by {one.named_by}{explained}")
