"""One file of a drop folder into the archive, by the same use cases a station's HTTP calls go through.

The import account signs a manifest for the bytes it hashed; they are read again for the upload and must be the same.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.events import UploadAborted
from archive.identifiers import UploadId
from archive.particulars import salted
from archive.proof.digest import SEGMENT_SIZE, Digest
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey
from ingest import closing, receive
from ingest.drop_claims import Claim
from ingest.drop_listing import Found, opened_file, require_unchanged
from ingest.drop_reasons import Unclaimed
from ingest.drop_records import TAKEN, TAKING, Remembered, forget, key_of, note_change, remember
from ingest.intake import Intake
from ingest.manifest import Manifest, manifest_text, openings_text
from ingest.receive import Receiver
from ingest.uploads import UPLOAD, open_upload, state_in, upload_state

GOOD_FOR = timedelta(days=7)
SOURCE_CHANGED = "source_changed"
Pace = Callable[[int], None]
"""Told of every chunk that was read, in bytes; it takes its time where reading must not go faster."""


def at_once(_read: int) -> None:
    """No pace."""


def take_in(intake: Intake, key: SigningKey, root: Path, found: Found, claim: Claim,
            pace: Pace = at_once) -> Remembered:
    """Hash, compare with what was claimed, sign, deposit. ``Unclaimed`` with the reason, and nothing was opened;
    ``Unavailable`` when the archive cannot take it now: the next look goes on where this one stopped."""
    with opened_file(root, found) as descriptor:
        digest = measured(descriptor, found, pace)
    if claim.digest is not None and claim.digest != digest:
        raise Unclaimed("digest", f"the manifest says {claim.digest}, the file has {digest}")
    try:
        held = _attested(intake, key, found, claim, digest)
    except ValueError as fault:
        raise Unclaimed("refused", f"no manifest can be made of what is said of it: {fault}") from fault
    remember(intake.site, key.key.name, held)
    return go_on(intake, key.key.name, root, found, held, pace)


def go_on(intake: Intake, account: str, root: Path, found: Found, held: Remembered,
          pace: Pace = at_once) -> Remembered:
    """From what is remembered to every byte in the store; safe to repeat after a crash anywhere in it."""
    try:
        upload = open_upload(intake, held.note.encode(), held.openings.encode(), found.size).upload
        note_change(intake.site, account, held.key, upload=upload)
        if upload_state(intake, upload).state == "open":
            _send(intake, upload, root, found, held, pace)
    except (Refused, Conflict) as fault:
        if fault.code in ("upload.busy", "upload.offset"):
            raise  # somebody else is at it: looked at again
        give_up(intake, account, held)
        raise Unclaimed("refused", f"{fault.code}: {fault.message}") from fault
    except Unclaimed:
        give_up(intake, account, held)
        raise
    note_change(intake.site, account, held.key, state=TAKEN, note="", openings="")
    return Remembered(*held.key, held.digest, "", "", upload, TAKEN)


def give_up(intake: Intake, account: str, held: Remembered) -> None:
    """Close the upload of a file that changed or went away before its bytes were in; the file is then seen as new."""
    upload = _opened(intake, held)
    if upload is not None:
        opened = UploadId(upload)

        def record(tx: Tx) -> None:
            state = state_in(tx, opened)
            if state.state == "open":
                closing.end(intake.site, tx, state, CustodyEvent.plain(
                    account, opened, UploadAborted(state.recording, SOURCE_CHANGED)))

        intake.site.db.write(record)
    forget(intake.site, account, held.key)


def _opened(intake: Intake, held: Remembered) -> str | None:
    """The upload, also when the crash came between its opening and our noting it."""
    if held.upload is not None or not held.note:
        return held.upload
    digest = f"sha256:{hashlib.sha256(held.note.encode()).hexdigest()}"
    found = intake.site.db.read(lambda c: c.execute(
        select(UPLOAD.c.id).where(UPLOAD.c.manifest_digest == digest)).scalar())
    return None if found is None else str(found)


def measured(descriptor: int, found: Found, pace: Pace = at_once) -> Digest:
    """SHA-256 of the open file; ``Unclaimed unreadable | changed``."""
    running, at = hashlib.sha256(), 0
    while chunk := _read(descriptor, at):
        running.update(chunk)
        at += len(chunk)
        pace(len(chunk))
    require_unchanged(descriptor, found)
    if at != found.size:
        raise Unclaimed("changed", f"{at} bytes were read of {found.size}")
    return Digest("sha256", running.digest())


def _read(descriptor: int, at: int) -> bytes:
    try:
        return os.pread(descriptor, SEGMENT_SIZE, at)
    except OSError as fault:
        raise Unclaimed("unreadable", fault.strerror or "") from fault


def _attested(intake: Intake, key: SigningKey, found: Found, claim: Claim, digest: Digest) -> Remembered:
    """The manifest, signed by the import account: its word is that these bytes lay in the folder under this name."""
    fields = salted({**claim.labels, "file_name": found.name})
    manifest = Manifest(
        station=key.key.name, log=intake.site.origin, nonce=secrets.token_hex(16),
        expires=intake.site.ports.clock.now() + GOOD_FOR, size=found.size, digests=(digest,), recorder=claim.recorder,
        started=claim.started, ended=claim.ended, session=claim.session, sequence=claim.sequence,
        labels={field.name: field.commitment for field in fields})
    note = sign_note(manifest_text(manifest), [key]).decode()
    return Remembered(*key_of(found), str(digest), note, openings_text(fields).decode(), None, TAKING)


def _send(intake: Intake, upload: UploadId, root: Path, found: Found, held: Remembered, pace: Pace) -> None:
    """Every byte from the durable offset on. The whole file is hashed again, and its last bytes are handed over only
    when it is still what the manifest says: what changes meanwhile is given up, never quarantined."""
    state = upload_state(intake, upload)
    receiver = receive.begin(intake, upload, state.offset, None, held=False)
    try:
        with opened_file(root, found) as descriptor:
            _pump(receiver, descriptor, found, held, pace)
        receiver.keep()
        receive.finish(intake, receiver.upload)
    finally:
        receiver.release()


def _pump(receiver: Receiver, descriptor: int, found: Found, held: Remembered, pace: Pace) -> None:
    start, running, at = receiver.position, hashlib.sha256(), 0
    while at < found.size:
        chunk = _read(descriptor, at)
        running.update(chunk)
        at += len(chunk)
        pace(len(chunk))
        if not chunk or (at == found.size and f"sha256:{running.hexdigest()}" != held.digest):
            raise Unclaimed("changed", "it changed while it was read")
        if at > start:
            _hand_over(receiver, chunk[max(0, start - (at - len(chunk))):])


def _hand_over(receiver: Receiver, chunk: bytes) -> None:
    receiver.take(chunk)
    while receiver.has_segment:
        receiver.arrived(*receiver.put(*receiver.next_segment()))
