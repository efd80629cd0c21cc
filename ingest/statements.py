"""A station's signed statement that a file on a recorder cannot be deposited: a manifest with a reason and no upload.

Limit: it is the station's word; nobody can check a file that was never deposited.
"""

from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.columns import table
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.identifiers import LedgerId, new_id
from archive.proof.digest import Digest, sha256
from archive.publication import Act, require
from archive.recorder_events import RecordingUnreadable
from archive.recorder_ledger import known_recorder
from archive.recorder_tables import UnreadableFile
from archive.site import Site
from ingest.manifest import MAX_MANIFEST, Manifest, parse_openings
from ingest.recorder_keys import signed_by_recorder
from ingest.stations import EnrolledStation, open_station_note
from ingest.uploads import beside, require_addressed

FILES = table(UnreadableFile)


def state_unreadable(site: Site, untrusted_note: bytes, untrusted_openings: bytes) -> LedgerId:
    """Log a station's statement; the event ``recording.unreadable`` is committed when this returns.

    Errors as ``open_upload`` gives them for a manifest, and ``Refused manifest.readable`` when it gives no reason. The
    same statement again answers the same entry.
    """
    if len(untrusted_note) > MAX_MANIFEST:
        raise Refused("manifest.too_large", f"a manifest has at most {MAX_MANIFEST} bytes")
    station, verified = open_station_note(site, untrusted_note, beside_recorder=True)
    signed = signed_by_recorder(site, untrusted_note)
    manifest = Manifest.parse(verified)
    if manifest.unreadable is None:
        raise Refused("manifest.readable", "this manifest gives no reason why its file cannot be deposited; upload it")
    fields, digest = parse_openings(untrusted_openings, manifest), sha256(untrusted_note)
    require_addressed(site, manifest)
    require(site, Act.DEPOSIT)
    entry = LedgerId(new_id("led"))
    sealed = particulars.seal(site.ports.vault, site.log_id, entry, (*fields, *beside(manifest, untrusted_note)))

    def record(tx: Tx) -> LedgerId:
        known: Any = tx.execute(select(FILES.c.id, FILES.c.manifest_digest)
                                .where(FILES.c.nonce == manifest.nonce)).first()
        if known is not None:
            if known.manifest_digest != str(digest):
                raise Conflict("manifest.replayed", "this nonce was used for another manifest; sign a new one")
            return LedgerId(known.id)
        named = known_recorder(tx, manifest.recorder.vendor, manifest.recorder.serial)
        if signed is not None:
            signed.require_holds(tx, named)
        recorder = named or new_id("rcd")
        body = _body(station, manifest, entry, digest, manifest.unreadable or "")
        custody.append(tx, site.ports.clock,
                       CustodyEvent.committed(station.id, recorder, body, sealed.commitment), sealed)
        return entry

    return site.db.write(record)


def _body(station: EnrolledStation, manifest: Manifest, entry: str, digest: Digest, reason: str) -> RecordingUnreadable:
    return RecordingUnreadable(
        entry=entry, station_key=station.key.hex_id, manifest=(digest,), manifest_nonce=manifest.nonce, reason=reason,
        size=manifest.size, digests=manifest.digests, session=manifest.session, sequence=manifest.sequence,
        previous=manifest.previous)
