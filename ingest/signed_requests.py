"""Which station signed a request: its key found, its signature checked, its nonce used up; before any body byte."""

from sqlalchemy import delete, insert, select

from archive.db import Tx
from archive.errors import NotFound, Refused
from archive.identifiers import StationId, parse_id
from archive.proof.keys import VerificationKey
from archive.site import Site
from archive.station_tables import RequestNonce
from archive.tables import table
from ingest.request_signatures import WINDOW, Request, key_id, verify
from ingest.stations import STATION, require_active, station_by_id

NONCE = table(RequestNonce)


def admit(site: Site, untrusted_request: Request) -> StationId:
    """The station whose signature holds for this request; each nonce passes once.

    ``Refused signature.* | station.revoked``. Limit: nonces are lost with the database; after a rebuild a request of
    the last minutes could be sent again, which no upload takes twice at the same offset.
    """
    now = site.ports.clock.now()
    signed = verify(untrusted_request, lambda untrusted_id: _key(site, untrusted_id), now)
    station = StationId(signed.key.name)
    row = {"station": station, "nonce": signed.nonce}

    def use_up(tx: Tx) -> None:
        require_active(tx, station)
        if tx.execute(select(STATION.c.station_key).where(STATION.c.id == station)).scalar() != signed.key.text():
            raise _unknown_key()
        tx.execute(delete(NONCE).where(NONCE.c.until < now - WINDOW))
        if tx.execute(select(NONCE.c.until).filter_by(**row)).first() is not None:
            raise Refused("signature.replayed", "this nonce was used already; sign every request anew")
        tx.execute(insert(NONCE).values(**row, until=signed.until))

    site.db.write(use_up)
    return station


def _key(site: Site, untrusted_key_id: str) -> VerificationKey:
    """The key a station signs with now, if it is the one named; ``Refused signature.unknown_key``."""
    try:
        station = station_by_id(site, StationId(parse_id("sta", untrusted_key_id.partition("+")[0])))
    except (NotFound, Refused) as fault:
        raise _unknown_key() from fault
    if key_id(station.key) != untrusted_key_id:
        raise _unknown_key()
    return station.key


def _unknown_key() -> Refused:
    return Refused("signature.unknown_key", "no enrolled station has this key, or not any more; if the key was being "
                   "changed, run `liuhen station rekey` again")
