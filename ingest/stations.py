"""Docking stations: enrolment with the key they made themselves, and finding that key again."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.events import StationEnrolled
from archive.identifiers import LeafIndex, StationId, parse_id
from archive.proof.errors import VerificationError
from archive.proof.keys import ED25519, VerificationKey
from archive.proof.note import VerifiedText, open_note
from archive.publication import Act, require
from archive.site import Site
from archive.tables import Station, table

STATION = table(Station)
_SIGNER = re.compile(r"^— (\S+) \S+$", re.MULTILINE)


@dataclass(frozen=True)
class EnrolledStation:
    """A station as the archive knows it."""

    id: StationId
    title: str | None
    key: VerificationKey
    enrolled_at: datetime


def enrol(site: Site, untrusted_key: str, title: str, by: Actor = SYSTEM) -> EnrolledStation:
    """Register a station by its verification key (C2SP vkey whose name is the station id, Ed25519).

    The private key is made and stays on the station. ``Conflict station.enrolled`` when that id has another key;
    the same key again is fine.
    """
    try:
        key = VerificationKey.parse(untrusted_key.strip())
    except ValueError as fault:
        raise Refused("station.bad_key", f"the verification key does not read: {fault}") from fault
    require(site, Act.ORDINARY)
    station = parse_id("sta", key.name)
    if key.kind != ED25519:
        raise Refused("station.bad_key", "a station signs with Ed25519")
    sealed = particulars.seal(site.ports.vault, site.log_id, station, particulars.salted({"title": title}))
    event = CustodyEvent.committed(by.id, station, StationEnrolled(key.text()), sealed.commitment)

    def record(tx: Tx) -> LeafIndex | None:
        known = tx.execute(select(STATION.c.station_key).where(STATION.c.id == station)).scalar()
        if known is None:
            return custody.append(tx, site.ports.clock, event, sealed)
        if known != key.text():
            raise Conflict("station.enrolled", "this station is enrolled with another key")
        return None

    site.db.write(record)
    return station_by_id(site, StationId(station))


def station_by_id(site: Site, station: StationId) -> EnrolledStation:
    """``NotFound station.unknown`` when it is not enrolled."""
    row = site.db.read(lambda c: c.execute(select(STATION).where(STATION.c.id == station)).first())
    if row is None:
        raise NotFound("station.unknown", "this station is not enrolled with this archive; enrol it first")
    return EnrolledStation(StationId(row.id), row.title, VerificationKey.parse(row.station_key), row.enrolled_at)


def open_station_note(site: Site, untrusted_note: bytes) -> tuple[EnrolledStation, VerifiedText]:
    """Verify, then parse: the note of an enrolled station, or ``Refused station.unknown | manifest.signature``.

    The signer's name is read first only to choose which key to check with; nothing else of the note is used before.
    """
    untrusted_names = _SIGNER.findall(untrusted_note.decode("utf-8", "replace"))
    if len(untrusted_names) != 1:
        raise Refused("manifest.signature", "a manifest carries exactly one signature, its station's")
    try:
        station = station_by_id(site, StationId(parse_id("sta", untrusted_names[0])))
        return station, open_note(untrusted_note, [station.key])
    except (NotFound, Refused) as fault:
        raise Refused("station.unknown", "this station is not enrolled with this archive; enrol it first") from fault
    except VerificationError as fault:
        raise Refused("manifest.signature", f"the manifest's signature does not hold: {fault.reason}") from fault
