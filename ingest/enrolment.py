"""Enrolment by a one-time code, and a change of keys: the archive's side of both."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.identifiers import StationId, new_id
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.publication import Act, require
from archive.site import Site
from archive.station_events import StationCodeIssued, StationEnrolled2, StationKeyChanged
from archive.station_tables import StationCode as CodeRow
from archive.tables import table
from ingest.intake import Intake
from ingest.station_code import LOOKUP, StationCode, read_letters
from ingest.stations import (
    STATION,
    EnrolledStation,
    check_described,
    enrolment,
    parse_station_key,
    require_active,
    station_by_id,
)

CODE = table(CodeRow)
MOST_TRIES = 5
LONGEST_LIFE = timedelta(days=7)
FORGOTTEN_AFTER = timedelta(days=30)
_DRAWS = 64


@dataclass(frozen=True)
class Offer:
    """What the archive says of itself to a new station: its log key and its own cosigner policy ("" for none).

    Claims, until the code's fingerprint or another channel confirms them.
    """

    log_key: VerificationKey
    policy: str


@dataclass(frozen=True)
class _Found:
    """A code that may be redeemed, or was by this very key (then ``station`` is there)."""

    id: str
    title: str
    kind: str
    station: str | None


def offer(site: Site) -> Offer:
    """The log key and the text of the policy in force."""
    return Offer(site.ports.signer.key, "" if site.policy is None else site.policy.text)


def enrolment_text(origin: str, secret: str, key: VerificationKey) -> bytes:
    """What a new station signs with the key it asks to be enrolled under: proof that it holds it."""
    return f"liuhen/station-enrolment/1\n{origin}\n{secret}\n{key.text()}\n".encode()


def key_change_text(origin: str, old: VerificationKey, new: VerificationKey) -> bytes:
    """What both the old and the new key of a station sign."""
    return f"liuhen/station-key-change/1\n{origin}\n{old.text()}\n{new.text()}\n".encode()


def issue_code(intake: Intake, title: str, kind: str, lasts: timedelta, by: Actor = SYSTEM) -> StationCode:
    """A one-time code for a station of this title; the only time its text is known here: a keyed hash is kept.

    ``Refused station.code_life | station.bad_title | station.bad_kind``.
    """
    check_described(title, kind)
    if not timedelta(minutes=1) <= lasts <= LONGEST_LIFE:
        raise Refused("station.code_life", "a code lasts between a minute and seven days")
    site, offered = intake.site, offer(intake.site)
    require(site, Act.ORDINARY)
    code, now = _undrawn(intake, offered), site.ports.clock.now()
    issued = new_id("cod")
    sealed = particulars.seal(site.ports.vault, site.log_id, issued, particulars.salted({"title": title}))
    event = CustodyEvent.committed(by.id, issued, StationCodeIssued(kind, now + lasts), sealed.commitment)

    def record(tx: Tx) -> None:
        tx.execute(delete(CODE).where(CODE.c.expires_at < now - FORGOTTEN_AFTER))
        tx.execute(insert(CODE).values(
            id=issued, lookup=code.secret[:LOOKUP], code_hash=_hash(intake, code.secret), title=title, kind=kind,
            expires_at=now + lasts, tries=0, station=None, station_key=None))
        custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)
    return code


def redeem(intake: Intake, untrusted_secret: str, untrusted_key: str, untrusted_proof: bytes) -> EnrolledStation:
    """Enrol the station that holds a code and the private half of its key; once, and the same answer when the same key
    asks again (its answer was lost).

    ``Refused station.bad_key | station.bad_proof | station.code_refused | station.code_void | station.code_used |
    station.code_expired | station.revoked``; ``Conflict station.enrolled`` when that id is enrolled otherwise.
    """
    secret, key, site = read_letters(untrusted_secret), parse_station_key(untrusted_key), intake.site
    _require_signed(key, enrolment_text(site.origin, secret, key), untrusted_proof)
    require(site, Act.ORDINARY)
    found = site.db.write(lambda tx: _look(tx, intake, secret, key))
    if isinstance(found, Refused):
        raise found
    if found.station is None:
        body = StationEnrolled2(key.text(), "code", found.id, found.kind)
        event, sealed = enrolment(site, key, found.title, body, key.name)

        def record(tx: Tx) -> None:
            if isinstance(again := _look(tx, intake, secret, key), Refused):
                raise again
            if again.station is not None:
                return
            if tx.execute(select(STATION.c.id).where(STATION.c.id == key.name)).first() is not None:
                raise Conflict("station.enrolled", "a station of this id is enrolled already; make a new key")
            custody.append(tx, site.ports.clock, event, sealed)
            tx.execute(update(CODE).where(CODE.c.id == again.id).values(station=key.name, station_key=key.text()))

        site.db.write(record)  # commit point: the code is used up and the station enrolled, both or neither
    site.db.read(lambda c: require_active(c, key.name))
    return station_by_id(site, StationId(key.name))


def change_key(site: Site, untrusted_new_key: str, untrusted_old_signature: bytes,
               untrusted_new_signature: bytes) -> EnrolledStation:
    """From now on the station signs with its new key; both keys have signed ``key_change_text``. Uploads that are open
    stay open. The same request again is answered alike.

    ``Refused station.bad_key | station.bad_proof | station.revoked``, ``NotFound station.unknown``.
    """
    new = parse_station_key(untrusted_new_key)
    station = station_by_id(site, StationId(new.name))
    repeated = new == station.key and station.previous_key is not None
    old = station.previous_key if repeated and station.previous_key is not None else station.key
    text = key_change_text(site.origin, old, new)
    _require_signed(old, text, untrusted_old_signature)
    _require_signed(new, text, untrusted_new_signature)
    site.db.read(lambda c: require_active(c, station.id))
    if repeated:
        return station
    if new == old:
        raise Refused("station.bad_key", "the new key is the one the station has")
    require(site, Act.ORDINARY)
    event = CustodyEvent.plain(station.id, station.id, StationKeyChanged(
        old.text(), new.text(), untrusted_old_signature.hex(), untrusted_new_signature.hex()))

    def record(tx: Tx) -> None:
        require_active(tx, station.id)
        if tx.execute(select(STATION.c.station_key).where(STATION.c.id == station.id)).scalar() != old.text():
            raise Conflict("station.key_changed", "the station's key has just been changed by another request")
        custody.append(tx, site.ports.clock, event)

    site.db.write(record)
    return station_by_id(site, station.id)


def _look(tx: Tx, intake: Intake, secret: str, key: VerificationKey) -> _Found | Refused:
    """What this secret opens to this key. A wrong try is counted, so a refusal is answered and not raised: raising
    would undo the count."""
    row: Any = tx.execute(select(CODE).where(CODE.c.lookup == secret[:LOOKUP])).first()
    if row is None:
        return _unknown()
    if row.tries >= MOST_TRIES:
        return Refused("station.code_void", "this code was tried wrongly too often and is void; ask for a new one")
    if not hmac.compare_digest(bytes(row.code_hash), _hash(intake, secret)):
        tx.execute(update(CODE).where(CODE.c.id == row.id).values(tries=row.tries + 1))
        return _unknown()
    if row.station is not None and row.station_key != key.text():
        return Refused("station.code_used", "this code was used for another key; ask for a new one, and tell the "
                       "administrator if that was not you")
    if row.station is None and row.expires_at < intake.site.ports.clock.now():
        return Refused("station.code_expired", "this code has expired; ask for a new one")
    return _Found(row.id, row.title, row.kind, row.station)


def _undrawn(intake: Intake, offered: Offer) -> StationCode:
    """A code whose first characters no other one has that is still kept."""
    for _ in range(_DRAWS):
        code = StationCode.issue(offered.log_key, offered.policy)
        if not intake.site.db.read(partial(_is_kept, code)):
            return code
    raise Conflict("station.codes_crowded", "far too many codes are kept; wait until some are forgotten")


def _is_kept(code: StationCode, connection: Connection) -> bool:
    return connection.execute(select(CODE.c.id).where(CODE.c.lookup == code.secret[:LOOKUP])).first() is not None


def _hash(intake: Intake, secret: str) -> bytes:
    """Under a key that is not in the database: who reads rows alone cannot try codes at leisure."""
    return hmac.digest(intake.token_key, f"liuhen/station-code/1\n{secret}".encode(), "sha256")


def _require_signed(key: VerificationKey, text: bytes, untrusted_signature: bytes) -> None:
    try:
        key.verify(text, untrusted_signature)
    except VerificationError as fault:
        raise Refused("station.bad_proof", "the request is not signed with the key it speaks of") from fault


def _unknown() -> Refused:
    return Refused("station.code_refused", "no such code; check what was typed, or ask for a new one")
