"""How an upload's bytes came: every request signed by its station, or at least one on the upload's token alone."""

from sqlalchemy import select, update

from archive.db import Tx
from archive.tables import UploadProgress, table
from ingest.intake import Intake

PROGRESS = table(UploadProgress)
SIGNED, TOKEN = "signed_requests", "upload_token"


def note_unsigned(intake: Intake, upload: str) -> None:
    """Remember, before its first byte is read, that a request without a signature brings bytes to this upload.

    For good: the grade never rises again, whatever becomes of that request.
    """
    marked = intake.site.db.read(
        lambda c: c.execute(select(PROGRESS.c.unsigned).where(PROGRESS.c.upload == upload)).scalar())
    if marked is False:
        intake.site.db.write(lambda tx: tx.execute(
            update(PROGRESS).where(PROGRESS.c.upload == upload).values(unsigned=True)).rowcount)


def carried(tx: Tx, upload: str) -> str:
    """What ``upload.finished`` says of it; the lower grade where the rows that would tell are gone."""
    unsigned = tx.execute(select(PROGRESS.c.unsigned).where(PROGRESS.c.upload == upload)).scalar()
    return SIGNED if unsigned is False else TOKEN
