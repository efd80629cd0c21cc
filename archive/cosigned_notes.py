"""Checkpoints with the cosignatures they have so far, kept in the table ``cosigned_checkpoint``."""

import threading
from dataclasses import dataclass

import structlog
from sqlalchemy import delete, insert, select, update

from archive.columns import table
from archive.db import Database, Tx
from archive.log import SignedTree
from archive.log_tables import CosignedCheckpoint
from archive.ports import Clock
from archive.proof.base64strict import decode_base64
from archive.proof.checkpoint import Checkpoint
from archive.proof.cosignature import Cosignature
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.note import VerifiedText, open_note, with_signatures
from archive.proof.policy import Policy

COSIGNED = table(CosignedCheckpoint)
KEPT = 1024
"""Rows kept; older ones go, but never the latest that meets the policy. Anchors keep theirs for good."""
OPEN = 8
"""Checkpoints that may still gain cosignatures at once."""
_journal = structlog.get_logger("cosigning")


@dataclass(frozen=True)
class Shown:
    """A checkpoint as it stands after one more cosignature, and whether it meets the policy."""

    tree: SignedTree
    met: bool


class CosignedNotes:
    """Thread-safe. ``cosigned``: the latest that meets the policy; ``latest``: the latest with any cosignature."""

    def __init__(self, db: Database, clock: Clock, policy: Policy) -> None:
        self._db, self._clock, self._policy = db, clock, policy
        self._gate = threading.Lock()
        self._open: dict[int, bytes] = {}
        self.cosigned: SignedTree | None = None
        self.latest: SignedTree | None = None

    def load(self) -> list[tuple[Cosignature, int]]:
        """What earlier runs kept, judged by today's policy: each cosigner's latest cosignature and its size."""
        query = select(COSIGNED.c.size, COSIGNED.c.note).order_by(COSIGNED.c.size.desc())
        found: dict[VerificationKey, tuple[Cosignature, int]] = {}
        for row in self._db.read(lambda c: c.execute(query).all()):
            note = bytes(row.note)
            try:
                verified = open_note(note, self._policy.keys)
            except VerificationError as fault:  # of cosigners no longer in the policy: it counts for nothing
                _journal.warning("cosigned.passed_over", size=row.size, reason=fault.reason)
                continue
            if not verified.cosignatures:
                continue
            tree = SignedTree(_checkpoint(verified), note)
            self._show(Shown(tree, self._policy.is_met(verified.signers)))
            if len(self._open) < OPEN:
                self._open[tree.size] = note  # others may sign it still
            for one in verified.cosignatures:
                found.setdefault(one.key, (one, tree.size))
        return list(found.values())

    def signers(self, note: bytes) -> tuple[VerificationKey, ...]:
        """Keys of the policy that signed this note."""
        try:
            return open_note(note, self._policy.keys).signers
        except VerificationError:
            return ()  # under `quorum none` without a log line, nobody of the policy has

    def add(self, tree: SignedTree, cosignature: Cosignature) -> Shown:
        """One more verified cosignature over ``tree``; durable when this returns, and shown only then."""
        with self._gate:  # the order of the writes is the order in which notes grew
            note = with_signatures(self._open.get(tree.size, tree.note), [(cosignature.key, cosignature.signature)])
            met = self._policy.is_met(self.signers(note))
            self._open[tree.size] = note
            for size in sorted(self._open)[:-OPEN]:
                del self._open[size]
            written = self._db.submit(lambda tx: _keep(tx, tree.size, note, met, self._clock))
        written.result()
        shown = Shown(SignedTree(tree.checkpoint, note), met)
        with self._gate:
            self._show(shown)
        return shown

    def _show(self, shown: Shown) -> None:
        if self.latest is None or _is_more(shown.tree, self.latest):
            self.latest = shown.tree
        if shown.met and (self.cosigned is None or _is_more(shown.tree, self.cosigned)):
            self.cosigned = shown.tree


def _is_more(tree: SignedTree, than: SignedTree) -> bool:
    """Larger, or of the same size with more lines (which only grow)."""
    return (tree.size, len(tree.note)) > (than.size, len(than.note))


def _keep(tx: Tx, size: int, note: bytes, met: bool, clock: Clock) -> None:
    now = clock.now()
    row = tx.execute(select(COSIGNED.c.met).where(COSIGNED.c.size == size)).first()
    if row is None:
        tx.execute(insert(COSIGNED).values(size=size, note=note, at=now, met=met))
    elif met and not row.met:
        tx.execute(update(COSIGNED).where(COSIGNED.c.size == size).values(note=note, at=now, met=True))
    else:
        tx.execute(update(COSIGNED).where(COSIGNED.c.size == size).values(note=note))
    oldest = tx.execute(select(COSIGNED.c.size).order_by(COSIGNED.c.size.desc()).offset(KEPT).limit(1)).scalar()
    if oldest is not None:
        newest_met = tx.execute(select(COSIGNED.c.size).where(COSIGNED.c.met).order_by(COSIGNED.c.size.desc())
                                .limit(1)).scalar()
        tx.execute(delete(COSIGNED).where(COSIGNED.c.size <= oldest, COSIGNED.c.size != (newest_met or -1)))


def _checkpoint(verified: VerifiedText) -> Checkpoint:
    """Of a note of our own log; its cosigners' signatures are checked, the log's own key may be in no policy."""
    origin, size, root = verified.text.split("\n")[:3]
    return Checkpoint(origin, int(size), decode_base64(root))

