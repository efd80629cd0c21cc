"""Attacks on the history itself, most of them with the log's own key: what outsiders and locked storage know of it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from api.drill import looks
from api.drill.attack import Attack, Outcome, Verdict, found, refusal
from api.drill.attacks_database import DATABASE, attack_database
from api.drill.box import Box
from api.settings import Settings
from api.wiring import beside, running, store_owner
from archive import custody
from archive.batches import BatchLeaf, encode_batch
from archive.custody import CUSTODY
from archive.entries import CustodyEvent
from archive.kept_checkpoints import compare
from archive.log import SIGNED
from archive.log_events import KeyRevoked, LockProbed
from archive.outside_ports import Cosigner, CosignerConflict
from archive.ports import ObjectVersion
from archive.proof.checkpoint import Checkpoint
from archive.proof.merkle import Frontier
from archive.proof.note import sign_note
from archive.proof.policy import Policy
from archive.published import Published
from archive.site import Site

KEY = "the log's key and the database"
ALONE = ("The operator with the log key can fork the log or roll it back, if nobody outside kept a checkpoint and no "
         "cosigner is asked.")
FALSE_EVENT = ("Whoever can write the database can append a false event in anybody's name: actors do not sign their "
               "own events.")


@dataclass(frozen=True)
class _Forked:
    """A copy whose last leaf is another than was signed, with checkpoint and published file to match. ``first``: of
    the last staged batch, which is not touched; ``leaves``: what it would have to hold."""

    data: Path
    note: bytes
    staged: ObjectVersion
    first: int
    leaves: Sequence[BatchLeaf]


def _fork(box: Box) -> _Forked:
    """Two leaves are logged; in the copy the second becomes the first one's twin, and all is signed again."""
    tree = box.grow(2)
    data, size = box.copy(), tree.size
    with beside(data, box.settings) as archive:
        hashes = archive.site.db.read(lambda c: c.scalars(select(CUSTODY.c.leaf_hash).order_by(CUSTODY.c.idx)).all())
        signed = archive.site.db.read(lambda c: c.execute(select(SIGNED).where(SIGNED.c.size == size)).one())
        edge = Frontier()
        edge.extend([*hashes[:-1], hashes[-2]])
        text = Checkpoint(box.log_key.name, size, edge.root()).text()
        note = sign_note(text, [archive.site.ports.signer])
        leaf = archive.site.log_tiles.leaves(size - 2, size - 1)
    attack_database(
        data, *(f"UPDATE custody SET {column} = (SELECT {column} FROM custody WHERE idx = {size - 2}) "
                f"WHERE idx = {size - 1}" for column in ("entry", "leaf_hash", "at", "subject")),
        f"UPDATE signed_checkpoint SET root = x'{edge.root().hex()}', note = x'{note.hex()}' WHERE size = {size}",
        f"DELETE FROM cosigned_checkpoint WHERE size >= {size}", f"DELETE FROM anchor WHERE size >= {size}")
    Published(data / "log").put(note)
    return _Forked(data, note, ObjectVersion(signed.staged_key, signed.staged_version), size - 2, [*leaf, *leaf])


def _fork_with_key(box: Box) -> Outcome:
    """The rewritten database is started; its checkpoint is shown to cosigners, to an auditor, and to a dock."""
    forked, monitor, site = _fork(box), looks.Monitor(box), box.archive.site
    honest = box.settled()
    monitor.look(looks.served(site, lambda: honest.note))
    box.struck()
    compared = compare(honest.note, forked.note, box.policy)
    refused = all(_refuses(one, site, forked.note, honest.size) for one in site.ports.cosigners)
    return found(*looks.start(box, forked.data), *monitor.look(looks.served(site, lambda: forked.note)),
                 f"log compare: {compared.outcome}" if compared.evidence else "",
                 "cosigners: refuse to sign" if refused else "")


def _refuses(cosigner: Cosigner, site: Site, note: bytes, size: int) -> bool:
    try:
        cosigner.add_checkpoint(size, (), note)
    except CosignerConflict:
        return True
    return False


def _rewrite_alone(box: Box) -> Outcome:
    """The same where nobody outside is asked or looks, and the staged batch in locked storage rewritten as well."""
    forked, owner = _fork(box), store_owner(box.data)
    staged = encode_batch(box.archive.site.log_id, forked.first, forked.leaves)
    aside = owner.overwrite(forked.staged, staged)
    box.struck()
    try:
        return found(*looks.start(box, forked.data, _alone(box.settings)),
                     *looks.log_check(box, forked.data, deep=True))
    finally:
        owner.put_back(forked.staged, aside)


def _restore_alone(box: Box) -> Outcome:
    """The whole box as it was yesterday, and no cosigner who knows more."""
    data = shutil.copytree(box.yesterday, box.scratch() / "archive")
    box.struck()
    code = refusal(lambda: _begun(data, _alone(box.settings)))
    return found(f"start: {code}" if code else "")


def _begun(data: Path, settings: Settings) -> None:
    with running(data, settings):
        return


def _alone(settings: Settings) -> Settings:
    return settings.model_copy(update={"log": settings.log.model_copy(update={"policy": ""})})


def _replay(box: Box) -> Outcome:
    """The server shows yesterday's checkpoint, rightly signed, to an auditor who has seen a newer one."""
    monitor, site = looks.Monitor(box), box.archive.site
    monitor.look(looks.served(site, lambda: box.settled().note))
    old = (box.yesterday / "log" / "checkpoint").read_bytes()
    box.struck()
    return found(*monitor.look(looks.served(site, lambda: old)))


def _use_revoked_key(box: Box) -> Outcome:
    """The log says that its key is revoked, and the key goes on signing; what no cosigner signs is shown."""
    site = box.archive.site
    event = CustodyEvent.plain("system", site.log_id, KeyRevoked(box.log_key.text(), "exposed", None))
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event))
    box.settled()
    signed = site.sequencer.signed
    assert signed is not None, "settled"
    box.struck()
    by_key, by_policy = looks.Monitor(box, Policy.of_log(box.log_key)), looks.Monitor(box)
    return found(*by_key.look(looks.served(site, lambda: signed.note)),
                 *by_policy.look(looks.served(site, lambda: signed.note)))


def _false_event(box: Box) -> Outcome:
    """An event in a person's name, appended as the service appends: in order, whole, and untrue."""
    data = box.copy()
    with beside(data, box.settings) as archive:
        site = archive.site
        event = CustodyEvent.plain("usr_somebody", site.log_id, LockProbed(site.ports.store.name, "service", True, ()))
        site.db.write(lambda tx: custody.append(tx, site.ports.clock, event))
    box.struck()
    return found(*looks.start(box, data), *looks.log_check(box, data, deep=True), *looks.compare(box, data))


ATTACKS = (
    Attack("fork-with-real-key", KEY, Verdict.DETECTED,
           ("cosigners: refuse to sign", "log compare: fork", "log follow: fork", "start: log.forked"),
           "at once by cosigners, else when two who kept checkpoints compare them", _fork_with_key),
    Attack("replay-old-checkpoint", "the server", Verdict.DETECTED, ("log follow: rollback",),
           "at an auditor's next look", _replay),
    Attack("use-revoked-key", "the log's key after its revocation", Verdict.DETECTED,
           ("log follow: cosigners", "log follow: revoked"), "at an auditor's next look", _use_revoked_key),
    Attack("append-false-event", DATABASE, Verdict.NOT_DETECTED, (), "–", _false_event, FALSE_EVENT),
    Attack("rewrite-everything-alone", "the log's key, the database and the store's machine; nobody outside",
           Verdict.NOT_DETECTED, (), "–", _rewrite_alone, ALONE),
    Attack("restore-whole-box-alone", "the machine with the store in it; nobody outside", Verdict.NOT_DETECTED, (), "–",
           _restore_alone, ALONE),
)
