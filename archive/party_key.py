"""The key under which id numbers of people become HMACs: made once, sealed in the log like particulars.

So it comes back by a rebuild, is wrapped by the vault's master key, and erasing it makes every HMAC worthless.
"""

import secrets
from typing import Any

from sqlalchemy import Connection, select

from archive import custody, entries, particulars
from archive.actors import SYSTEM
from archive.custody import CUSTODY, SEALED
from archive.db import Tx
from archive.errors import NotFound
from archive.identifiers import new_id
from archive.register_effects import sealed_event
from archive.register_events import PartyKeyMade
from archive.site import Site


def party_key(site: Site) -> bytes:
    """32 bytes; made at the first use. Limit: whoever can read the vault and the rows has it, and finds a person's
    number from its HMAC by trying all there are."""
    found = site.db.read(_row)
    if found is None:
        _make(site)
        found = site.db.read(_row)
    try:
        return _opened(site, found)
    except NotFound:  # erased: what was made under it matches nothing any more
        _make(site, instead_of=found.idx)
        return _opened(site, site.db.read(_row))


def _row(reading: Connection | Tx) -> Any:
    query = (select(CUSTODY.c.idx, CUSTODY.c.entry, SEALED.c.scope, SEALED.c.sealed)
             .join_from(CUSTODY, SEALED, SEALED.c.idx == CUSTODY.c.idx)
             .where(CUSTODY.c.kind == PartyKeyMade.KIND).order_by(CUSTODY.c.idx.desc()).limit(1))
    return reading.execute(query).first()


def _opened(site: Site, row: Any) -> bytes:
    _, event = entries.decode(row.entry)
    assert event.commitment is not None
    fields = particulars.unseal(site.ports.vault, site.log_id, row.scope, row.sealed, event.commitment)
    return bytes.fromhex(str(fields[0].value))


def _make(site: Site, instead_of: int | None = None) -> None:
    event, sealed = sealed_event(site, SYSTEM, new_id("mac"), PartyKeyMade(), {"secret": secrets.token_hex(32)})

    def record(tx: Tx) -> None:
        known = _row(tx)
        if (None if known is None else known.idx) == instead_of:
            custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)
