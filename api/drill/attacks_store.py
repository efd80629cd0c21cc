"""Attacks on what is stored: through S3 as its root, and past it by whoever owns the store's machine."""

from datetime import timedelta

from api.drill import looks
from api.drill.attack import Attack, Outcome, Verdict, found, prevented, refusal, told
from api.drill.box import Box
from api.wiring import lock_breakers, store_owner
from archive.log_store import log_prefix, oldest_of
from archive.ports import ObjectVersion
from retention.lockprobe import broken

ROOT, OWNER = "the store's root credential", "the store's machine: its disk, shell and inner keys"
REFUSING = frozenset({401, 403, 404, 405})


def _try_doors(box: Box) -> Outcome:
    """All that ``liuhen lock-probe --everything`` tries, on its canaries; what a door is known to let through is an
    attack of its own here."""
    breakers = lock_breakers(box.archive, everything=True)
    box.struck()
    held = [one.identity for one in breakers if not broken(one.attempts())]
    return prevented(*told("lock-probe", [f"held as {one}" for one in held])) if len(held) == len(breakers) else found()


def _delete(box: Box) -> Outcome:
    """A locked version, through S3, with every right that S3 has."""
    deposited = box.deposit()
    box.struck()
    if store_owner(box.data).delete(deposited.version) or looks.read_back(box, deposited) != deposited.data:
        return found(*looks.reconciled(box.archive, deposited.version.key))
    return prevented("store: lock held")


def _add_version(box: Box) -> Outcome:
    """A newer version on an original's key: the pinned one is served all the same."""
    deposited = box.deposit()
    store_owner(box.data).add_version(deposited.version.key, b"something else")
    box.struck()
    served = looks.read_back(box, deposited) == deposited.data
    return found(*looks.reconciled(box.archive, deposited.version.key), "read: pinned version" if served else "")


def _hide(box: Box) -> Outcome:
    """A delete marker on an original's key: the pinned version is served all the same."""
    deposited = box.deposit()
    store_owner(box.data).hide(deposited.version.key)
    box.struck()
    served = looks.read_back(box, deposited) == deposited.data
    return found(*looks.reconciled(box.archive, deposited.version.key), "read: pinned version" if served else "")


def _knock(box: Box) -> Outcome:
    """The filer's HTTP door, with the filer's own key."""
    deposited = box.deposit()
    box.struck()
    status = store_owner(box.data).knock(deposited.version, deposited.data[::-1])
    if status in REFUSING and looks.read_back(box, deposited) == deposited.data:
        return prevented("filer: door shut")
    return found(*looks.verified(box, deposited.receipt, looks.read_back(box, deposited)))


def _overwrite(box: Box) -> Outcome:
    """Other bytes of the same length under the very same version: listings see nothing, whoever reads does."""
    deposited = box.deposit()
    store_owner(box.data).overwrite(deposited.version, deposited.data[::-1])
    box.struck()
    return found(*looks.reconciled(box.archive, deposited.version.key),
                 *looks.verified(box, deposited.receipt, looks.read_back(box, deposited)))


def _swap(box: Box) -> Outcome:
    one, other = box.deposit(), box.deposit()
    store_owner(box.data).overwrite(one.version, other.data)
    store_owner(box.data).overwrite(other.version, one.data)
    box.struck()
    return found(*looks.reconciled(box.archive, one.version.key), *looks.reconciled(box.archive, other.version.key),
                 *looks.verified(box, one.receipt, looks.read_back(box, one)),
                 *looks.verified(box, other.receipt, looks.read_back(box, other)))


def _flip_bit(box: Box) -> Outcome:
    deposited = box.deposit()
    store_owner(box.data).flip_bit(deposited.data[:4096])
    box.struck()
    code = refusal(lambda: looks.read_back(box, deposited))
    return found(*told("read", [code] if code else []))


def _remove(box: Box) -> Outcome:
    """The weed shell removes a locked original: known, for it asks for no key."""
    deposited = box.deposit()
    store_owner(box.data).remove(deposited.version)
    box.struck()
    return found(*looks.reconciled(box.archive, deposited.version.key))


def _rewrite_retention(box: Box) -> Outcome:
    """The date is put into the past, past S3; then S3 itself deletes the version."""
    deposited, owner = box.deposit(), store_owner(box.data)
    owner.rewrite_retention(deposited.version, box.archive.site.ports.store.date() - timedelta(hours=1))
    weak = looks.reconciled(box.archive, deposited.version.key)
    owner.delete(deposited.version)
    box.struck()
    return found(*weak, *looks.reconciled(box.archive, deposited.version.key))


def _replace_tile(box: Box) -> Outcome:
    """A hash tile in locked storage, bytes and all; put back afterwards, for the others' sake."""
    site, owner = box.archive.site, store_owner(box.data)
    key = log_prefix(site.log_id) + "tile/0/000"
    version: ObjectVersion = oldest_of(site.ports.store.versions(key))[key]
    data, aside = box.copy(), owner.overwrite(version, site.log_tiles.full("tile/0/000")[::-1])
    box.struck()
    try:
        return found(*looks.log_check(box, data, deep=True), *looks.start(box, data))
    finally:
        owner.put_back(version, aside)


ATTACKS = (
    Attack("try-every-door", "the service's and root's S3 credentials, the store's ports without keys",
           Verdict.PREVENTED,
           ("lock-probe: held as root", "lock-probe: held as service", "lock-probe: held as side_door"), "at once",
           _try_doors),
    Attack("delete-locked-version", ROOT, Verdict.PREVENTED, ("store: lock held",), "at once", _delete),
    Attack("add-newer-version", ROOT, Verdict.DETECTED, ("read: pinned version", "reconcile: second_version"),
           "at the next reconcile; the pinned version is served meanwhile", _add_version),
    Attack("add-delete-marker", ROOT, Verdict.DETECTED, ("read: pinned version", "reconcile: delete_marker"),
           "at the next reconcile; the pinned version is served meanwhile", _hide),
    Attack("overwrite-through-filer-http", OWNER, Verdict.PREVENTED, ("filer: door shut",), "at once", _knock),
    Attack("overwrite-through-filer-shell", OWNER, Verdict.DETECTED, ("verifier: file",),
           "when the original is next read and compared with a receipt", _overwrite),
    Attack("swap-originals", OWNER, Verdict.DETECTED, ("verifier: file",),
           "when one of them is next read and compared with a receipt", _swap),
    Attack("flip-bit-on-volume", OWNER, Verdict.DETECTED, ("read: store.unavailable",),
           "when the original is next read; no wrong byte is handed out", _flip_bit),
    Attack("remove-through-filer-shell", OWNER, Verdict.DETECTED, ("reconcile: missing",), "at the next reconcile",
           _remove),
    Attack("rewrite-retention-and-delete", OWNER, Verdict.DETECTED, ("reconcile: lock_weak", "reconcile: missing"),
           "at the next reconcile", _rewrite_retention),
    Attack("replace-tile", OWNER, Verdict.DETECTED, ("log check --deep: tile.differs",),
           "at the next log check --deep", _replace_tile),
)
