"""Which officer an account belongs to: the number by which the device ledger and labels name who wore a recorder."""

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.publication import Act, require
from archive.recorder_ledger import plain_text
from archive.shift_events import PersonNumbered
from archive.shift_tables import PersonNumber
from archive.site import Site
from archive.tables import Person, table

PERSON, NUMBER = table(Person), table(PersonNumber)
LONGEST = 64


def set_number(site: Site, login: str, untrusted_number: str, by: Actor = SYSTEM) -> None:
    """Give an account its officer's number, or another one. ``Refused person.unknown | recorder.text``, ``Conflict
    person.number_taken``. The number is a particular under the person's own key.

    Limit: the archive believes whoever may run the command; who gave which account a number stands in its log.
    """
    number = plain_text(untrusted_number, "the officer's number", LONGEST)
    person = site.db.read(lambda c: c.execute(select(PERSON.c.id).where(PERSON.c.login == login)).scalar())
    if person is None:
        raise Refused("person.unknown", "there is no account with this login")
    require(site, Act.ORDINARY)
    sealed = particulars.seal(site.ports.vault, site.log_id, person, particulars.salted({"officer_no": number}))
    event = CustodyEvent.committed(by.id, person, PersonNumbered(), sealed.commitment)

    def record(tx: Tx) -> None:
        taken = select(NUMBER.c.id).where(NUMBER.c.officer_no == number, NUMBER.c.id != person)
        if tx.execute(taken).first() is not None:
            raise Conflict("person.number_taken", "another account has this officer's number")
        custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)


def number_of(site: Site, actor: Actor) -> str | None:
    """The officer's number of a signed-in person; None where none was given or it was erased."""
    query = select(NUMBER.c.officer_no).where(NUMBER.c.id == actor.id)
    return site.db.read(lambda c: c.execute(query).scalar())
