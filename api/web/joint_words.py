"""Words about joint matters, parties, owners of recordings and their consents, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "matter.unit_joined/1": _("A unit takes part in the matter."),
    "matter.unit_left/1": _("A unit takes part in the matter no more."),
    "recording.owned/1": _("It was stated which unit the recording is of."),
    "consent.asked/1": _("The unit that owns recordings was asked whether they may be given outside."),
    "consent.answered/1": _("A head of the owning unit answered whether recordings may be given outside."),
    "matter.party_involved/1": _("A party of the matter was named."),
    "matter.party_withdrawn/1": _("A party had been named wrongly."),
}
FIELDS: Mapping[str, str] = {
    "consent": _("Id of the question to the owner"),
    "given": _("Agreed"),
    "involvement": _("Id of the party's entry"),
    "part": _("Takes part as"),
    "participation": _("Id of the part"),
    "purpose": _("Purpose"),
    "recipient": _("Recipient"),
    "recordings": _("Recordings"),
}
PARTS: Mapping[str, str] = {
    "responsible": _("responsible unit"),
    "co_unit": _("co-unit"),
}
STATES: Mapping[str, str] = {
    "waiting": _("waits for the owner's answer"),
    "given": _("the owner agrees"),
    "refused": _("the owner does not agree"),
}
