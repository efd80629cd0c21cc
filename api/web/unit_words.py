"""Words about units and registers, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "unit.registered/1": _("A unit was put into the register."),
    "unit.changed/1": _("Number, name or place of a unit was changed."),
    "unit.closed/1": _("A unit was closed."),
    "person.unit_set/1": _("It was stated which unit a person belongs to and which they head."),
    "register.entry/1": _("A source said something of a thing in a register."),
    "person.renamed/1": _("A person got another name."),
    "certificate.stated/1": _("A certificate of enforcement was stated."),
    "person.suspended/1": _("A person who leaves or moves was suspended."),
    "person.open_handed_over/1": _("Something open in the name of somebody who leaves was handed over or done with."),
    "person.leaving_closed/1": _("The hand-over of somebody who leaves or moves was closed."),
    "party.stated/1": _("A party was stated."),
    "party.key_made/1": _("The key was made under which id numbers become codes that do not show them."),
}
FIELDS: Mapping[str, str] = {
    "leaving": _("Hand-over"),
    "outcome": _("Outcome"),
    "successor": _("Successor"),
    "thing": _("Thing"),
    "account": _("Account"),
    "fields": _("Fields"),
    "register_name": _("Register"),
    "holder": _("Holder"),
    "valid_from": _("Valid from"),
    "valid_until": _("Valid until"),
    "heads": _("Heads the unit"),
    "name": _("Name"),
    "number": _("Number"),
    "parent": _("Unit above"),
}
