"""The tasks of a serving archive: locks kept ahead, batches and keys collected, silent uploads expired,
the lock probed."""

from datetime import timedelta

from sqlalchemy import func, select

from api.wiring import Archive, lock_breakers
from archive.collecting import collect_staged, extend_locks
from archive.key_locks import extend_key_locks
from archive.tables import LockState, table
from ingest.closing import expire_due
from retention.lockprobe import probe
from retention.schedules import Rota, Task

LOCK = table(LockState)
PROBE_EVERY = timedelta(days=1)
LOOK_EVERY = timedelta(hours=1)


def rota(archive: Archive) -> Rota:
    """All tasks; locks are extended often enough that a few missed runs do no harm."""
    site, log = archive.site, archive.settings.log
    now = site.ports.clock.now
    return Rota((
        Task("extend_locks", log.lock / 12, lambda: extend_locks(site, now(), log.lock)),
        Task("extend_key_locks", log.key_lock / 4, lambda: extend_key_locks(site, now(), log.key_lock)),
        Task("collect_staged", LOOK_EVERY, lambda: collect_staged(site)),
        Task("expire_uploads", min(LOOK_EVERY, archive.settings.deposit.expire_after / 4),
             lambda: expire_due(archive.intake)),
        Task("lock_probe", LOOK_EVERY, lambda: probe_if_due(archive)),
    ), now)


def probe_if_due(archive: Archive) -> str:
    """Probe with the service's own credentials when nobody has for a day, or when the last probe found a fault."""
    site = archive.site
    row = site.db.read(lambda c: c.execute(
        select(func.max(LOCK.c.probed_at), func.min(LOCK.c.held)).where(LOCK.c.identity == "service")).one())
    if row[0] is not None and row[1] and site.ports.clock.now() - row[0] < PROBE_EVERY:
        return "not due"
    held = [probe(site, breaker).held for breaker in lock_breakers(archive)]
    return "held" if all(held) else "did not hold"
