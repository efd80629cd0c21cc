"""What became of an upload: the bytes of its receipt, what it waits for, or the differences that quarantined it."""

import json
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive.errors import Conflict
from archive.log import SignedTree
from archive.proof.receipt import GRADES
from archive.publication import Act, settled
from archive.receipts import best_evidence, receipt
from archive.site import Site
from archive.tables import Upload, table
from ingest.manifest import LABELS
from ingest.uploads import ENDED

UPLOAD = table(Upload)


@dataclass(frozen=True)
class Waiting:
    """Not there yet: ``state`` of the upload, and what completes when its receipt may have reached the grade asked for
    (None: ask again later)."""

    state: str
    coming: "Future[SignedTree] | None" = None


def receipt_of_upload(site: Site, upload: str, grade: str = "signed") -> bytes | Waiting:
    """The encoded receipt once accession (or a repeat) is signed and staged, and has reached ``grade``; it is of the
    best grade there is. Its station knows the labels it sent. Without a cosigner policy nothing is cosigned: then a
    signed receipt answers any wish, and the station's own policy decides what it is worth.

    ``Conflict receipt.quarantined`` with what differed, ``Conflict receipt.aborted``.
    """
    row: Any = site.db.read(lambda c: c.execute(select(UPLOAD).where(UPLOAD.c.id == upload)).one())
    if row.state == "quarantined":
        told = json.loads(row.differences)
        raise Conflict("receipt.quarantined", "what arrived contradicts the manifest in: " + ", ".join(told["reasons"]),
                       **told)
    if row.state in ENDED:
        raise Conflict("receipt.aborted", "this upload was ended or has expired; deposit the recording again")
    if row.outcome_leaf is None:
        return Waiting(row.state)
    evidence = best_evidence(site, row.outcome_leaf)
    if evidence is None or not _reached(site, evidence.grade, grade):
        act = Act.PLAYBACK if evidence is None else Act.WIPE_RECEIPT
        coming = settled(site, act, row.outcome_leaf)
        return Waiting(row.state, None if coming is None or coming.done() else coming)
    return receipt(site, row.outcome_leaf, evidence, LABELS).encode()


def _reached(site: Site, found: str, wanted: str) -> bool:
    reachable = wanted if site.cosigning is not None else "signed"
    return GRADES.index(found) >= GRADES.index(reachable)
