"""Receipts: a leaf, its path to a signed checkpoint, and the particulars its holder may know."""

import contextlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive import anchors
from archive.columns import table
from archive.custody import CUSTODY
from archive.errors import NotFound, Unavailable
from archive.log import SignedTree
from archive.log_tables import SignedCheckpoint
from archive.opened import particulars_of
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import open_note
from archive.proof.policy import Policy
from archive.proof.receipt import GRADES, Receipt
from archive.proof.trust import Trust
from archive.site import Site

SIGNED = table(SignedCheckpoint)


@dataclass(frozen=True)
class Evidence:
    """A tree and the (authority, TimeStampResp) stamps over exactly its note; ``grade`` follows from both. ``lines``:
    the independent ones, by the archive's own policy, that cosigned it; none is the operator's word only."""

    tree: SignedTree
    stamps: tuple[tuple[str, bytes], ...]
    grade: str
    lines: tuple[str, ...] = ()


def best_evidence(site: Site, leaf: int) -> Evidence | None:
    """The highest grade there is for leaf ``leaf`` at this moment; None before it is signed.

    The earliest anchor that covers it, since that bounds its time best; else the latest cosigned tree; else the
    latest signed one. While the store is away anchors are not at hand, and the grade is the lower one.
    """
    made = [_evidence(site, tree, stamps) for tree, stamps in _candidates(site, leaf) if tree.size > leaf]
    return max(made, key=lambda one: GRADES.index(one.grade), default=None)


def _candidates(site: Site, leaf: int) -> Iterator[tuple[SignedTree, tuple[tuple[str, bytes], ...]]]:
    row = anchors.covering(site.db, leaf)
    if row is not None:
        with contextlib.suppress(Unavailable):
            anchor = anchors.read_anchor(site.ports.store, site.log_id, row.size, row.version)
            checkpoint = Checkpoint.parse(open_note(anchor.checkpoint, [site.ports.signer.key]))
            yield SignedTree(checkpoint, anchor.checkpoint), anchor.stamps
    if site.cosigning is not None and site.cosigning.cosigned is not None:
        yield site.cosigning.cosigned, ()
    if site.sequencer.signed is not None:
        yield site.sequencer.signed, ()


def _evidence(site: Site, tree: SignedTree, stamps: tuple[tuple[str, bytes], ...]) -> Evidence:
    return Evidence(tree, stamps, *grade_of(tree.note, site.policy, stamps))


def receipt(site: Site, leaf: int, evidence: Evidence, may_know: AbstractSet[str] | None = None) -> Receipt:
    """The receipt of leaf ``leaf`` by this evidence, whose tree must cover it. ``may_know``: names of the particulars
    to disclose, None for all; the rest is withheld, as commitments; so are all that were erased.

    Limit: evidence to hold the archive to account, not a promise that it will
    still have the recording; grade ``signed`` is the operator's word only.
    """
    row: Any = site.db.read(lambda c: c.execute(select(CUSTODY.c.entry).where(CUSTODY.c.idx == leaf)).first())
    tree = evidence.tree
    if row is None or leaf >= tree.checkpoint.size:
        raise NotFound("receipt.not_yet", "this leaf is not covered by a signed checkpoint yet")
    held = particulars_of(site, leaf)
    shown = tuple(f for f in held.fields if may_know is None or f.name in may_know)
    told = {f.name for f in shown}
    return Receipt(
        grade=evidence.grade, leaf=bytes(row.entry), index=leaf,
        proof=tuple(site.log_tiles.inclusion(leaf, tree.checkpoint.size)), checkpoint=tree.note.decode(),
        log_vkey=site.ports.signer.key.text(), disclosed=shown,
        withheld=tuple((name, commitment) for name, commitment in held.commitments if name not in told),
        policy=site.policy.text if site.policy else "", timestamps=evidence.stamps,
        erased_by=held.erased.by_leaf if held.erased else None)


def receipt_file(site: Site, leaf: int) -> bytes:
    """The receipt file of leaf ``leaf`` with everything disclosed, by the best evidence there is;
    ``NotFound receipt.not_yet``."""
    evidence = best_evidence(site, leaf)
    if evidence is None:
        raise NotFound("receipt.not_yet", "this leaf is not covered by a signed checkpoint yet")
    return receipt(site, leaf, evidence).encode()


def grade_of(note: bytes, policy: Policy | None, stamps: tuple[tuple[str, bytes], ...]) -> tuple[str, tuple[str, ...]]:
    """What a receipt with this note may claim, and the independent lines that cosigned it: ``cosigned`` when a cosigner
    has signed and the policy's quorum is met, ``anchored`` when it is time-stamped besides, else ``signed``.
    ``VerificationError`` for a note that does not hold."""
    if policy is None:
        return "signed", ()
    trust = Trust(policy)
    verified = trust.open_cosigned(note)
    if not trust.is_cosigned(verified):
        return "signed", ()
    return "anchored" if stamps else "cosigned", policy.lines(verified.signers)


def signed_at(site: Site, tree: SignedTree) -> datetime | None:
    """When the log says it signed this tree: a claim of its clock."""
    query = select(SIGNED.c.at).where(SIGNED.c.size == tree.checkpoint.size)
    at: datetime | None = site.db.read(lambda c: c.execute(query).scalar())
    return at
