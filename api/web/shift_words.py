"""Words about wearers and their recordings, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "person.numbered/1": _("An account was given its officer's number."),
}
