"""``liuhen lock-probe``: try to break the store's lock, and say in the log what came of it."""

import argparse

from api.commands.options import command, with_data
from api.settings import load_settings
from api.wiring import lock_breakers, with_store
from archive.event_values import LockAttempt
from archive.log_events import LockProbed
from retention.lockprobe import broken, probe

KNOWN = "known; detected by `liuhen reconcile` and `liuhen log check`"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    probing = with_data(command(commands, "lock-probe", "Try to break the store's lock on a canary, as the service "
                                "does on a rota; the outcome is a custody event.", _probe))
    probing.add_argument("--everything", action="store_true", help="with the store's root credential and through its "
                         "side doors too: for administrators, on the machine of an embedded store")


def _probe(chosen: argparse.Namespace) -> int:
    with with_store(chosen.data, load_settings(chosen.data)) as archive:
        outcomes = [probe(archive.site, breaker) for breaker in lock_breakers(archive, chosen.everything)]
    for outcome in outcomes:
        _show(outcome)
    held = all(outcome.held for outcome in outcomes)
    print("the lock held" if held else "THE LOCK DID NOT HOLD: accession stops until a probe holds again")
    return 0 if held else 1


def _show(outcome: LockProbed) -> None:
    print(f"as {outcome.identity}, store {outcome.store}:")
    grave = set(broken(outcome.attempts))
    for attempt in outcome.attempts:
        print(f"  {attempt.name:26} {attempt.outcome:10} {_said(attempt, attempt in grave)}")


def _said(attempt: LockAttempt, grave: bool) -> str:
    if grave:
        return "MUST BE REFUSED"
    return KNOWN if attempt.expected == "done" and attempt.outcome == "done" else ""
