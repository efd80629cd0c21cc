"""Try on a rota to break the lock that everything rests on, and say in the log what came of it."""

from archive import custody
from archive.actors import SYSTEM, Actor
from archive.entries import CustodyEvent
from archive.errors import NotFound
from archive.event_values import LockAttempt
from archive.log_events import LockProbed
from archive.outside_ports import LockBreaker
from archive.site import Site


def probe(site: Site, breaker: LockBreaker, by: Actor = SYSTEM) -> LockProbed:
    """Run every attempt on a canary and log the outcome, good or bad. A lock that did not hold stops accession.

    Raises what an absent store raises; nothing is logged then. Limit: a store that treats canaries better than
    recordings is not found out by this but by re-reading (reconcile, ``liuhen log check``).
    """
    attempts = breaker.attempts()
    outcome = LockProbed(site.ports.store.name, breaker.identity, not broken(attempts), attempts)
    event = CustodyEvent.plain(by.id, site.log_id, outcome)
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event))
    return outcome


def broken(attempts: tuple[LockAttempt, ...]) -> tuple[LockAttempt, ...]:
    """What was done though it must be refused; losing the canary is one such attempt. ``NotFound probe.empty``."""
    if not attempts:
        raise NotFound("probe.empty", "the probe tried nothing: it says nothing of the lock")
    return tuple(a for a in attempts if a.outcome == "done" and a.expected == "refused")
