"""A recorder's own key: registered and revoked in the ledger, and its signature beside a station's on a manifest."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from archive import custody
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import RecorderId
from archive.proof.base64strict import decode_base64
from archive.proof.errors import VerificationError
from archive.proof.keys import ED25519, VerificationKey
from archive.proof.note import open_note
from archive.publication import Act, require
from archive.recorder_key_events import (
    KEY_REASONS,
    RecorderKeyRegistered,
    RecorderKeyRevoked,
    UploadRecorderSigned,
    key_id,
)
from archive.recorder_key_tables import RecorderKey, RecorderSignature
from archive.recorder_ledger import resolve
from archive.site import Site
from archive.tables import table

KEY, SIGNATURE = table(RecorderKey), table(RecorderSignature)
RECORDER_SIGNED = "recorder_signed"
_LINE = re.compile(r"^— (rcd_\S+) (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class HeldKey:
    """A recorder's newest key; ``revoked_at`` None: it counts."""

    text: str
    registered_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class RecorderSigned:
    """A signature of a recorder on a manifest, verified with the key registered for it."""

    recorder: str
    key: str
    signature: bytes

    def event(self) -> UploadRecorderSigned:
        """What is logged of it beside the upload it opens."""
        return UploadRecorderSigned(self.recorder, self.key, self.signature.hex())

    def require_holds(self, tx: Tx, recorder: str | None) -> None:
        """In the transaction that relies on it: ``Refused recorder_key.revoked`` where that was committed meanwhile,
        ``recorder_key.other_recorder`` unless the manifest names the recorder that signed."""
        if recorder != self.recorder:
            raise Refused("recorder_key.other_recorder", "the manifest names another recorder than the one that signed "
                          "it; register the recorder with the vendor and serial it gives")
        _require_counts(tx.execute(select(KEY).where(KEY.c.id == self.key)).one())


def register_key(site: Site, untrusted_recorder: str, untrusted_key: str, by: Actor = SYSTEM) -> VerificationKey:
    """From the commit on this key's signatures on manifests count; the private half is made and stays on the recorder.

    The key is Ed25519 and named by the recorder's id; the same key again is fine. ``NotFound recorder.unknown``,
    ``Refused recorder_key.malformed``, ``Conflict recorder_key.registered | recorder_key.spent``.
    """
    recorder = resolve(site, untrusted_recorder)
    try:
        key = VerificationKey.parse(untrusted_key.strip())
    except ValueError as fault:
        raise Refused("recorder_key.malformed", f"the verification key does not read: {fault}") from fault
    if key.kind != ED25519 or key.name != recorder:
        raise Refused("recorder_key.malformed", f"the key of this recorder is an Ed25519 key named {recorder}")
    require(site, Act.ORDINARY)
    event = CustodyEvent.plain(by.id, recorder, RecorderKeyRegistered(key.text()))

    def record(tx: Tx) -> None:
        rows: Any = tx.execute(select(KEY).where(KEY.c.recorder == recorder)).all()
        if any(row.id == key_id(key.text()) and row.revoked_at is not None for row in rows):
            raise Conflict("recorder_key.spent", "this key was revoked, which is for good; make another")
        active = next((row.recorder_key for row in rows if row.revoked_at is None), None)
        if active is None:
            custody.append(tx, site.ports.clock, event)
        elif active != key.text():
            raise Conflict("recorder_key.registered", "the recorder has another key; revoke that one first")

    site.db.write(record)
    return key


def revoke_key(site: Site, untrusted_recorder: str, reason: str, by: Actor = SYSTEM) -> None:
    """From the commit on nothing the recorder's key signed is taken; what was opened before goes on, as it was graded.

    ``NotFound recorder.unknown | recorder_key.none``, ``Refused recorder_key.reason``.
    """
    if reason not in KEY_REASONS:
        raise Refused("recorder_key.reason", "the reason is one of " + ", ".join(KEY_REASONS))
    recorder = resolve(site, untrusted_recorder)
    require(site, Act.ORDINARY)

    def record(tx: Tx) -> None:
        active = tx.execute(select(KEY.c.id).where(
            KEY.c.recorder == recorder, KEY.c.revoked_at.is_(None))).scalar()
        if active is None:
            raise NotFound("recorder_key.none", "this recorder has no key that counts")
        custody.append(tx, site.ports.clock, CustodyEvent.plain(by.id, recorder, RecorderKeyRevoked(active, reason)))

    site.db.write(record)


def held_key(site: Site, recorder: RecorderId | str) -> HeldKey | None:
    """The key registered last for a recorder; None where it never had one."""
    row: Any = site.db.read(lambda c: c.execute(
        select(KEY).where(KEY.c.recorder == recorder).order_by(KEY.c.leaf.desc())).first())
    return None if row is None else HeldKey(row.recorder_key, row.registered_at, row.revoked_at)


def signed_by_recorder(site: Site, untrusted_note: bytes) -> RecorderSigned | None:
    """The recorder's signature on a note, verified; None where there is no line of a recorder.

    A line that is there must hold: ``Refused recorder_key.unknown | recorder_key.signature | recorder_key.revoked``. It
    is never passed over, for a manifest would then count for less than it says. The line is read first only to choose
    the key to check with.
    """
    untrusted_lines = _LINE.findall(untrusted_note.decode("utf-8", "replace"))
    if not untrusted_lines:
        return None
    untrusted_name, untrusted_text = untrusted_lines[0]
    try:
        untrusted_blob = decode_base64(untrusted_text)
    except ValueError as fault:
        raise Refused("recorder_key.signature", "the recorder's signature on the manifest does not read") from fault
    row: Any = site.db.read(lambda c: c.execute(select(KEY).where(
        KEY.c.id == f"{untrusted_name}+{untrusted_blob[:4].hex()}")).first())
    if row is None:
        raise Refused("recorder_key.unknown", "the manifest is signed with a recorder's key that is not registered; "
                      "register it, or let the station sign alone")
    try:
        open_note(untrusted_note, [VerificationKey.parse(row.recorder_key)])
    except VerificationError as fault:
        raise Refused("recorder_key.signature", f"the recorder's signature on the manifest does not hold: "
                      f"{fault.reason}") from fault
    _require_counts(row)
    return RecorderSigned(row.recorder, row.id, untrusted_blob[4:])


def is_recorder_signed(connection: Connection, upload: str) -> bool:
    """Whether the manifest this upload was opened with is signed by its recorder too."""
    return connection.execute(select(SIGNATURE.c.id).where(SIGNATURE.c.id == upload)).first() is not None


def _require_counts(row: Any) -> None:
    if row.revoked_at is not None:
        raise Refused("recorder_key.revoked", "the recorder's key was revoked; make another on it and register that")
