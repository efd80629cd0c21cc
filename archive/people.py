"""People with accounts, their passwords' hashes and their signed-in browsers.

Credentials and sessions are *secret* rows: they are not in the log and do not come back by a rebuild.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from archive import custody, particulars
from archive.account_tables import Credential, LoginAttempt, WebSession
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused, Unavailable
from archive.events import PersonAdded
from archive.identifiers import UserId, new_id
from archive.publication import Act, require
from archive.site import Site
from archive.tables import Person, table

PERSON, CREDENTIAL, SESSION, ATTEMPT = table(Person), table(Credential), table(WebSession), table(LoginAttempt)
SESSION_LASTS = timedelta(hours=10)
FREE_FAILURES = 5
LONGEST_BLOCK_S = 900
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class SignedIn:
    """A browser session: who, under which name, and the token its forms must carry."""

    actor: Actor
    display_name: str
    csrf: str


def add_person(site: Site, login: str, display_name: str, roles: tuple[str, ...], password_hash: str,
               by: Actor = SYSTEM) -> UserId:
    """Add an account; ``Conflict person.login_taken``. Name and login are particulars under the person's own key."""
    require(site, Act.ORDINARY)
    person = UserId(new_id("usr"))
    sealed = particulars.seal(site.ports.vault, site.log_id, person,
                              particulars.salted({"login": login, "display_name": display_name}))
    event = CustodyEvent.committed(by.id, person, PersonAdded(roles), sealed.commitment)

    def record(tx: Tx) -> None:
        if tx.execute(select(PERSON.c.id).where(PERSON.c.login == login)).first() is not None:
            raise Conflict("person.login_taken", "there is an account with this login")
        custody.append(tx, site.ports.clock, event, sealed)
        tx.execute(insert(CREDENTIAL).values(person=person, password_hash=password_hash))

    site.db.write(record)
    return person


def set_password_hash(site: Site, login: str, password_hash: str) -> None:
    """A new password for an account; its browsers are signed out. ``Refused person.unknown``."""

    def change(tx: Tx) -> None:
        person = tx.execute(select(PERSON.c.id).where(PERSON.c.login == login)).scalar()
        if person is None:
            raise Refused("person.unknown", "there is no account with this login")
        row = insert_or_update(CREDENTIAL).values(person=person, password_hash=password_hash)
        tx.execute(row.on_conflict_do_update(index_elements=["person"], set_={"password_hash": password_hash}))
        tx.execute(delete(SESSION).where(SESSION.c.person == person))

    site.db.write(change)


def credential(site: Site, untrusted_login: str) -> tuple[UserId, str] | None:
    """Id and password hash of an active account, or None."""
    query = (select(PERSON.c.id, CREDENTIAL.c.password_hash).join_from(
        PERSON, CREDENTIAL, CREDENTIAL.c.person == PERSON.c.id)
        .where(PERSON.c.login == untrusted_login, PERSON.c.active))
    row = site.db.read(lambda c: c.execute(query).first())
    return None if row is None else (UserId(row.id), row.password_hash)


def require_not_blocked(site: Site, untrusted_login: str, now: datetime) -> None:
    """``Unavailable login.blocked`` while this login is blocked after failures."""
    blocked: datetime | None = site.db.read(lambda c: c.execute(
        select(ATTEMPT.c.blocked_until).where(ATTEMPT.c.login_hash == _hash(untrusted_login))).scalar())
    if blocked is not None and blocked > now:
        raise Unavailable("login.blocked", "too many failed attempts; wait before trying again",
                          retry_after=int((blocked - now).total_seconds()) + 1)


def count_failure(site: Site, untrusted_login: str, now: datetime) -> None:
    """After five failures each further one doubles a block of this login, up to 15 minutes."""

    def count(tx: Tx) -> None:
        key = _hash(untrusted_login)
        failures = (tx.execute(select(ATTEMPT.c.failures).where(ATTEMPT.c.login_hash == key)).scalar() or 0) + 1
        block = min(LONGEST_BLOCK_S, 2 ** (failures - FREE_FAILURES)) if failures > FREE_FAILURES else 0
        tx.execute(delete(ATTEMPT).where(ATTEMPT.c.last_at < now - FORGOTTEN_AFTER))
        until = now + timedelta(seconds=block) if block else None
        values = {"failures": failures, "last_at": now, "blocked_until": until}
        tx.execute(insert_or_update(ATTEMPT).values(login_hash=key, **values)
                   .on_conflict_do_update(index_elements=["login_hash"], set_=values))

    site.db.write(count)


def sign_in(site: Site, person: UserId, untrusted_login: str, now: datetime) -> str:
    """Open a browser session and forget earlier failures; answers the 256-bit token, of which only a hash is kept."""
    token = secrets.token_urlsafe(32)

    def record(tx: Tx) -> None:
        tx.execute(delete(SESSION).where(SESSION.c.expires_at < now))
        tx.execute(delete(ATTEMPT).where(ATTEMPT.c.login_hash == _hash(untrusted_login)))
        tx.execute(insert(SESSION).values(token_hash=_hash(token), person=person, csrf=secrets.token_urlsafe(32),
                                          opened_at=now, expires_at=now + SESSION_LASTS))

    site.db.write(record)
    return token


def signed_in(site: Site, untrusted_token: str, now: datetime) -> SignedIn | None:
    """Who this browser is, or None when the session is unknown, over, or the person no longer active."""
    query = (select(PERSON.c.id, PERSON.c.roles, PERSON.c.display_name, SESSION.c.csrf)
             .join_from(SESSION, PERSON, PERSON.c.id == SESSION.c.person)
             .where(SESSION.c.token_hash == _hash(untrusted_token), SESSION.c.expires_at > now, PERSON.c.active))
    row: Any = site.db.read(lambda c: c.execute(query).first())
    if row is None:
        return None
    return SignedIn(Actor(row.id, roles=frozenset(row.roles.split())), row.display_name or row.id, row.csrf)


def names_of(site: Site, people: Sequence[str]) -> dict[str, str]:
    """Names by id, of those that have one."""
    query = select(PERSON.c.id, PERSON.c.display_name).where(PERSON.c.id.in_(people))
    return {row.id: row.display_name for row in site.db.read(lambda c: c.execute(query).all()) if row.display_name}


def sign_out(site: Site, untrusted_token: str) -> None:
    """End a browser session; an unknown one is fine."""
    site.db.write(lambda tx: tx.execute(delete(SESSION).where(SESSION.c.token_hash == _hash(untrusted_token))).rowcount)


def _hash(untrusted_text: str) -> bytes:
    return sha256(untrusted_text.encode("utf-8", "surrogatepass")).digest()
