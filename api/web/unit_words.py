"""Words about units and registers, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "unit.registered/1": _("A unit was put into the register."),
    "unit.changed/1": _("Number, name or place of a unit was changed."),
    "unit.closed/1": _("A unit was closed."),
    "person.unit_set/1": _("It was stated which unit a person belongs to and which they head."),
}
FIELDS: Mapping[str, str] = {
    "heads": _("Heads the unit"),
    "name": _("Name"),
    "number": _("Number"),
    "parent": _("Unit above"),
}
