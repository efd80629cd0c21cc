"""Import accounts: stations whose key the archive keeps, which attest for what was found in a drop folder."""

from dataclasses import dataclass

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.adoption_events import ADOPTED, ADOPTION
from archive.entries import CustodyEvent
from archive.identifiers import StationId, parse_id
from archive.import_events import ImportAccountAdded
from archive.import_tables import ImportAccount
from archive.proof.keys import VerificationKey
from archive.publication import Act, require
from archive.site import Site
from archive.tables import Station, table
from ingest.recorder_keys import RECORDER_SIGNED, is_recorder_signed

ACCOUNT, STATION = table(ImportAccount), table(Station)
MANIFEST = "manifest"
"""The profile of accounts that take in what a ``<name>.manifest.json`` vouches for."""
DOCK_SIGNED, NAMED_ONLY = "dock_signed", "named_only"


@dataclass(frozen=True)
class Account:
    """An import account; ``title`` is None when its particulars were erased."""

    id: StationId
    title: str | None
    profile: str


def add_account(site: Site, key: VerificationKey, title: str, profile: str, by: Actor = SYSTEM) -> StationId:
    """Enrol a fresh key (its name a new station id) as an import account that reads by ``profile``."""
    require(site, Act.ORDINARY)
    station = parse_id("sta", key.name)
    sealed = particulars.seal(site.ports.vault, site.log_id, station, particulars.salted({"title": title}))
    body = ImportAccountAdded(station_key=key.text(), profile=profile)
    event = CustodyEvent.committed(by.id, station, body, sealed.commitment)
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event, sealed))
    return StationId(station)


def accounts(site: Site) -> dict[str, Account]:
    """Every import account by its id."""
    query = select(ACCOUNT.c.id, ACCOUNT.c.profile, STATION.c.title).join_from(
        ACCOUNT, STATION, STATION.c.id == ACCOUNT.c.id).order_by(ACCOUNT.c.leaf)
    return {row.id: Account(StationId(row.id), row.title, row.profile)
            for row in site.db.read(lambda c: c.execute(query).all())}


def trust_grade(site: Site, station: str, upload: str) -> str:
    """How far back a signature reaches of what this upload delivered: an import account's own says only what lay in a
    folder, or in a share that is adopted; ``recorder_signed``: its manifest is signed by the recorder's registered key
    too, when it was opened."""
    if site.db.read(lambda c: is_recorder_signed(c, upload)):
        return RECORDER_SIGNED
    profile = site.db.read(lambda c: c.execute(select(ACCOUNT.c.profile).where(ACCOUNT.c.id == station)).scalar())
    if profile == ADOPTION:
        return ADOPTED
    return DOCK_SIGNED if profile is None else NAMED_ONLY
