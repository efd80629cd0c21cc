"""What became of an upload: the bytes of its receipt, what it waits for, or the differences that quarantined it."""

import json
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive.errors import Conflict
from archive.log import SignedTree
from archive.receipts import receipt
from archive.site import Site
from archive.tables import Upload, table
from ingest.manifest import LABELS

UPLOAD = table(Upload)


@dataclass(frozen=True)
class Waiting:
    """Not there yet: ``state`` of the upload, and the future of its signature once it has its outcome."""

    state: str
    signed: "Future[SignedTree] | None" = None


def receipt_of_upload(site: Site, upload: str) -> bytes | Waiting:
    """The encoded receipt once accession (or a repeat) is signed and staged; its station knows the labels it sent.

    ``Conflict receipt.quarantined`` with what differed, ``Conflict receipt.aborted``.
    """
    row: Any = site.db.read(lambda c: c.execute(select(UPLOAD).where(UPLOAD.c.id == upload)).one())
    if row.state == "quarantined":
        told = json.loads(row.differences)
        raise Conflict("receipt.quarantined", "what arrived contradicts the manifest in: " + ", ".join(told["reasons"]),
                       **told)
    if row.state == "aborted":
        raise Conflict("receipt.aborted", "this upload was given up; deposit the recording again")
    if row.outcome_leaf is None:
        return Waiting(row.state)
    signed = site.sequencer.wait_signed(row.outcome_leaf)
    if not signed.done():
        return Waiting(row.state, signed)
    return receipt(site, row.outcome_leaf, signed.result(), LABELS).encode()
