"""Who has not docked since yesterday: by the archive's device ledger where the dock has asked it, else by its journal.

Pure. Limit: the archive sees deposits, not dockings: a recorder docked elsewhere with nothing on it counts as absent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from ingest.docking.journal import LastDocked

LISTED_FOR = timedelta(days=31)
"""A recorder no ledger knows and not seen for longer is left out: it may have been withdrawn."""
LedgerState = Literal["available", "issued", "lost", "damaged"]


@dataclass(frozen=True)
class Known:
    """What the archive says of a recorder: its place in the ledger since when (None: nothing is entered), who has it,
    its last deposit at any dock."""

    state: LedgerState
    since: datetime | None
    wearer: str
    last_seen: datetime | None


@dataclass(frozen=True)
class Absent:
    """A recorder that is out: whoever has it or wore it last, else its own name; seen last, or issued, ``at``."""

    recorder: str
    name: str
    at: datetime


def absent(journal: Sequence[LastDocked], ledger: Mapping[str, Known] | None, here: Collection[str], now: datetime,
           zone: tzinfo) -> list[Absent]:
    """The latest first; ``here`` are the recorders in slots, ``ledger`` None when the archive was not asked. Yesterday
    begins at midnight in ``zone``."""
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    begins = datetime(yesterday.year, yesterday.month, yesterday.day, tzinfo=zone)
    seen, known = {one.recorder: one for one in journal}, ledger or {}
    found = (_last(name, seen.get(name), known.get(name), now) for name in (seen.keys() | known.keys()) - set(here))
    return sorted((one for one in found if one is not None and one.at < begins),
                  key=lambda one: (one.at, one.recorder), reverse=True)


def _last(recorder: str, docked: LastDocked | None, known: Known | None, now: datetime) -> Absent | None:
    """When it was last seen, as far as it is out at all."""
    times = [at for at in (docked.at if docked else None, known.last_seen if known else None) if at is not None]
    if known is not None and known.since is not None:
        wearer = known.wearer or recorder
        return Absent(recorder, wearer, max([known.since, *times])) if known.state == "issued" else None
    if docked is None or max(times) < now - LISTED_FOR:
        return None
    return Absent(recorder, docked.wearer or docked.wearer_no or recorder, max(times))
