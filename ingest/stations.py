"""Docking stations: registering the key they made themselves, finding it again, and whether it still counts."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import LeafIndex, StationId, parse_id
from archive.particulars import Sealed
from archive.proof.errors import VerificationError
from archive.proof.keys import ED25519, VerificationKey
from archive.proof.note import VerifiedText, open_note
from archive.publication import Act, require
from archive.site import Site
from archive.station_events import StationEnrolled2
from archive.tables import Station, table

STATION = table(Station)
KINDS = ("dock", "import", "room", "feed")
LONGEST_TITLE = 200
_SIGNER = re.compile(r"^— (\S+) \S+$", re.MULTILINE)


@dataclass(frozen=True)
class EnrolledStation:
    """A station as the archive knows it; ``kind`` None: enrolled before stations had one. ``previous_key`` is the one
    it had before its last change of keys."""

    id: StationId
    title: str | None
    key: VerificationKey
    enrolled_at: datetime
    kind: str | None = None
    previous_key: VerificationKey | None = None
    revoked_at: datetime | None = None
    revoked_reason: str | None = None


def enrol(site: Site, untrusted_key: str, title: str, by: Actor = SYSTEM, kind: str = "dock") -> EnrolledStation:
    """Register a station by hand, by its verification key (C2SP vkey whose name is the station id, Ed25519).

    The private key is made and stays on the station. ``Conflict station.enrolled`` when that id has another key;
    the same key again is fine. ``Refused station.bad_key | station.bad_kind | station.bad_title``.
    """
    key = parse_station_key(untrusted_key)
    check_described(title, kind)
    require(site, Act.ORDINARY)
    event, sealed = enrolment(site, key, title, StationEnrolled2(key.text(), "by_hand", None, kind), by.id)

    def record(tx: Tx) -> LeafIndex | None:
        known = tx.execute(select(STATION.c.station_key).where(STATION.c.id == key.name)).scalar()
        if known is None:
            return custody.append(tx, site.ports.clock, event, sealed)
        if known != key.text():
            raise Conflict("station.enrolled", "this station is enrolled with another key")
        return None

    site.db.write(record)
    return station_by_id(site, StationId(key.name))


def enrolment(site: Site, key: VerificationKey, title: str, body: StationEnrolled2,
              actor: str) -> tuple[CustodyEvent, Sealed]:
    """The event of an enrolment and its sealed particulars."""
    sealed = particulars.seal(site.ports.vault, site.log_id, key.name, particulars.salted({"title": title}))
    return CustodyEvent.committed(actor, key.name, body, sealed.commitment), sealed


def parse_station_key(untrusted_key: str) -> VerificationKey:
    """An Ed25519 key whose name is a station id; ``Refused station.bad_key | id.malformed``."""
    try:
        key = VerificationKey.parse(untrusted_key.strip())
    except ValueError as fault:
        raise Refused("station.bad_key", f"the verification key does not read: {fault}") from fault
    parse_id("sta", key.name)
    if key.kind != ED25519:
        raise Refused("station.bad_key", "a station signs with Ed25519")
    return key


def check_described(title: str, kind: str) -> None:
    """``Refused station.bad_title | station.bad_kind`` unless people can tell this station by it."""
    if not 0 < len(title) <= LONGEST_TITLE or not title.isprintable():
        raise Refused("station.bad_title", f"a title is 1 to {LONGEST_TITLE} printable characters")
    if kind not in KINDS:
        raise Refused("station.bad_kind", "a station's kind is one of " + ", ".join(KINDS))


def station_by_id(site: Site, station: StationId) -> EnrolledStation:
    """``NotFound station.unknown`` when it is not enrolled."""
    row = site.db.read(lambda c: c.execute(select(STATION).where(STATION.c.id == station)).first())
    if row is None:
        raise NotFound("station.unknown", "this station is not enrolled with this archive; enrol it first")
    return _station(row)


def all_stations(site: Site) -> tuple[EnrolledStation, ...]:
    """Every station ever enrolled, the newest last."""
    rows = site.db.read(lambda c: c.execute(select(STATION).order_by(STATION.c.leaf)).all())
    return tuple(_station(row) for row in rows)


def require_active(connection: Any, station: str) -> None:
    """``Refused station.revoked`` unless the station counts still. ``connection``: a read, or the transaction of an
    act, which then has no effect after the revocation's commit."""
    revoked = connection.execute(select(STATION.c.revoked_at).where(STATION.c.id == station)).scalar()
    if revoked is not None:
        raise Refused("station.revoked", "this station was revoked: it can open and send nothing more; ask the "
                      "archive's administrator, and enrol again with a new key")


def open_station_note(site: Site, untrusted_note: bytes, beside_recorder: bool = False) -> tuple[
        EnrolledStation, VerifiedText]:
    """Verify, then parse: the note of an enrolled station, or ``Refused station.unknown | station.revoked |
    manifest.signature``.

    The signer's name is read first only to choose which key to check with; nothing else of the note is used before.
    ``beside_recorder``: one line of a recorder may stand there too, which whoever asks checks by
    ``ingest.recorder_keys.signed_by_recorder``.
    """
    untrusted_names = _SIGNER.findall(untrusted_note.decode("utf-8", "replace"))
    if beside_recorder and len(untrusted_names) == 2:
        untrusted_names = [name for name in untrusted_names if not name.startswith("rcd_")]
    if len(untrusted_names) != 1:
        raise Refused("manifest.signature", "a manifest carries its station's signature, beside it at most its "
                      "recorder's, and no other")
    try:
        station = station_by_id(site, StationId(parse_id("sta", untrusted_names[0])))
        verified = open_note(untrusted_note, [station.key])
    except (NotFound, Refused) as fault:
        raise Refused("station.unknown", "this station is not enrolled with this archive; enrol it first") from fault
    except VerificationError as fault:
        raise Refused("manifest.signature", f"the manifest's signature does not hold: {fault.reason}") from fault
    site.db.read(lambda c: require_active(c, station.id))
    return station, verified


def _station(row: Any) -> EnrolledStation:
    previous = None if row.previous_key is None else VerificationKey.parse(row.previous_key)
    return EnrolledStation(StationId(row.id), row.title, VerificationKey.parse(row.station_key), row.enrolled_at,
                           row.kind, previous, row.revoked_at, row.revoked_reason)
