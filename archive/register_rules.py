"""What events about registers make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.register_events import CertificateStated, PartyStated, PersonRenamed, RegisterEntry
from archive.register_tables import Certificate, Party, RegisterField
from archive.row_changes import Applied, Changes
from archive.tables import Person


def _entry(changes: Changes, leaf: Applied, body: RegisterEntry) -> None:
    for field in body.fields:
        key = f"{leaf.event.subject} {field} {body.source}"
        said = {"account": body.account, "value": leaf.text(field), "actor": leaf.event.actor, "at": leaf.at,
                "leaf": leaf.index}
        changes.add_unless_there(RegisterField, key, id=key, thing=leaf.event.subject,
                                 register_name=body.register_name, field=field, source=body.source, **said)
        changes.change(RegisterField, key, **said)


def _renamed(changes: Changes, leaf: Applied, body: PersonRenamed) -> None:
    """All particulars of a person lie under one key, so whatever clears this leaf's clears the login's as well."""
    changes.change(Person, leaf.event.subject, display_name=leaf.text("display_name"), leaf=leaf.index)


def _certificate(changes: Changes, leaf: Applied, body: CertificateStated) -> None:
    said = {"number": leaf.text("number"), "holder": body.holder, "valid_from": body.valid_from,
            "valid_until": body.valid_until, "leaf": leaf.index}
    changes.add_unless_there(Certificate, leaf.event.subject, id=leaf.event.subject, **said)
    changes.change(Certificate, leaf.event.subject, **said)


def _party(changes: Changes, leaf: Applied, body: PartyStated) -> None:
    said = {name: leaf.text(name) for name in ("name", "credit_code", "id_number")} | {"leaf": leaf.index}
    changes.add_unless_there(Party, leaf.event.subject, id=leaf.event.subject, **said)
    changes.change(Party, leaf.event.subject, **said)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    RegisterEntry: _entry, PersonRenamed: _renamed, CertificateStated: _certificate, PartyStated: _party,
}
