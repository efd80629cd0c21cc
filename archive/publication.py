"""What waits for what: the one place that says how far an act's event must be published before it takes effect, and
when an act is refused because it could not be (ARCHITECTURE "Rules of writing")."""

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from sqlalchemy import func, select, sql

from archive.errors import Unavailable
from archive.log import SIGNED, LogHealth, SignedTree
from archive.site import Site
from archive.tables import LockState, table

LOCK = table(LockState)
BEHIND_FOR_PUBLICATION = timedelta(seconds=10)
"""Acts that wait for publication are refused when the oldest unpublished event is older than this."""
BEHIND_FOR_ANYTHING = timedelta(minutes=5)
"""Beyond this everything but deposit is refused: a person's acts must not pile up where nobody can check them."""


class Act(Enum):
    """Every kind of act that makes an event, by what must hold before it takes effect."""

    DEPOSIT = "deposit"
    ACCESSION = "accession"
    ORDINARY = "ordinary"
    PLAYBACK = "playback"
    READ_ORIGINAL = "read_original"
    WIPE_RECEIPT = "wipe_receipt"
    RELEASE = "release"
    DESTRUCTION = "destruction"
    LIFT_HOLD = "lift_hold"
    LOWER_CONFIDENTIALITY = "lower_confidentiality"
    POLICY_CHANGE = "policy_change"
    KEY_CHANGE = "key_change"
    ERASE_PARTICULARS = "erase_particulars"


class Until(Enum):
    """How far an event must have come: its row is committed; signed and staged; cosigned per policy."""

    ROW = "row"
    SIGNED = "signed"
    COSIGNED = "cosigned"


@dataclass(frozen=True)
class Rule:
    """``until`` before it takes effect; ``behind``: refused beyond it (None: never); ``on_time``: refused while the
    clocks of this machine, the store and the time authorities disagree; ``on_lock``: while the store's lock is known
    not to hold."""

    until: Until
    behind: timedelta | None
    on_time: bool = False
    on_lock: bool = False


_COSIGNED = Rule(Until.COSIGNED, BEHIND_FOR_PUBLICATION)
_DISPOSITION = Rule(Until.COSIGNED, BEHIND_FOR_PUBLICATION, on_time=True)
RULES: dict[Act, Rule] = {
    Act.DEPOSIT: Rule(Until.ROW, None),
    Act.ACCESSION: Rule(Until.ROW, None, on_time=True, on_lock=True),
    Act.ORDINARY: Rule(Until.ROW, BEHIND_FOR_ANYTHING),
    Act.PLAYBACK: Rule(Until.SIGNED, BEHIND_FOR_PUBLICATION),
    Act.READ_ORIGINAL: Rule(Until.SIGNED, BEHIND_FOR_PUBLICATION),
    Act.WIPE_RECEIPT: _COSIGNED,
    Act.RELEASE: _COSIGNED,
    Act.DESTRUCTION: _DISPOSITION,
    Act.LIFT_HOLD: _COSIGNED,
    Act.LOWER_CONFIDENTIALITY: _COSIGNED,
    Act.POLICY_CHANGE: _COSIGNED,
    Act.KEY_CHANGE: _COSIGNED,
    Act.ERASE_PARTICULARS: _DISPOSITION,
}


def require(site: Site, act: Act) -> None:
    """Ask before acting: ``Unavailable`` when the act could not take effect soon, with the reason.

    ``log.unconfirmed`` (for every act: nobody can say whether this log is whole), ``clock.disagrees``,
    ``store.lock_broken``, ``log.stopped``, ``log.behind``, ``log.alarm``, ``log.not_cosigned``.
    Limit: what is granted here may still wait, or fail, if the log stops the moment after: see ``settled``.
    """
    rule, health = RULES[act], site.sequencer.health
    if health.unconfirmed:
        raise Unavailable("log.unconfirmed", "no cosigner answers: whether this log is whole cannot be told, so "
                          "nothing is written; try again later", retry_after=30)
    if rule.on_time and site.anchoring is not None and (fault := site.anchoring.clock_fault) is not None:
        raise Unavailable("clock.disagrees", f"the clocks disagree ({fault}); this waits until they are right",
                          retry_after=60)
    if rule.on_lock:
        _require_lock(site)
    if rule.behind is not None:
        _require_publishing(health, rule.behind)
    if rule.until is Until.COSIGNED:
        _require_cosigning(site)


def settled(site: Site, act: Act, index: int) -> "Future[SignedTree] | None":
    """To be waited for after the act's event was committed at ``index``: its effect counts only from then on.
    None for acts that take effect with their row.

    Limit: without a cosigner policy a signature is all there is to wait for: the operator's word only.
    """
    until = RULES[act].until
    if until is Until.ROW:
        return None
    if until is Until.COSIGNED and site.cosigning is not None:
        return site.cosigning.wait_cosigned(index)
    return site.sequencer.wait_signed(index)


def _require_lock(site: Site) -> None:
    """The last probe of each kind counts: one that held again, or an administrator's, opens accession again."""
    broken = site.db.read(lambda c: c.execute(
        select(LOCK.c.identity, LOCK.c.leaf)
        .where(LOCK.c.held == sql.false(), LOCK.c.store == site.ports.store.name)).first())
    if broken is not None:
        raise Unavailable("store.lock_broken", f"the store's lock did not hold when it was tried as {broken.identity} "
                          f"(leaf {broken.leaf}): nothing is accessioned until a probe holds", retry_after=600)


def _require_publishing(health: LogHealth, limit: timedelta) -> None:
    if health.stopped_by is not None:
        raise Unavailable("log.stopped", f"the log has stopped: {health.stopped_by.message}", retry_after=60)
    if health.behind_s > limit.total_seconds():
        raise Unavailable("log.behind", "the log cannot be published now; nothing is lost, try again later")


def _require_cosigning(site: Site) -> None:
    if site.cosigning is None:
        return
    if (alarm := site.cosigning.alarm) is not None:
        raise Unavailable("log.alarm", f"a cosigner raised an alarm: {alarm.message}", retry_after=600)
    if _cosigners_behind(site):
        raise Unavailable("log.not_cosigned", "too few cosigners answer; what needs them waits until they do",
                          retry_after=30)


def shown(site: Site) -> SignedTree | None:
    """The checkpoint outsiders are shown: the newest cosigned one while the cosigners keep up, else the newest signed
    one; None before the first. Limit: what is signed beyond a cosigned one is seen some moments later."""
    signed, cosigning = site.sequencer.signed, site.cosigning
    if signed is None or cosigning is None or cosigning.cosigned is None or _cosigners_behind(site):
        return signed
    return cosigning.cosigned


def _cosigners_behind(site: Site) -> bool:
    cosigned = site.cosigning.cosigned if site.cosigning else None
    size = 0 if cosigned is None else cosigned.size
    since = site.db.read(lambda c: c.execute(select(func.min(SIGNED.c.at)).where(SIGNED.c.size > size)).scalar())
    return since is not None and site.ports.clock.now() - since > BEHIND_FOR_PUBLICATION
