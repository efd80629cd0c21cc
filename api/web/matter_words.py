"""Words about matters shown to a camera, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "recording.matter_shown/1": _("A matter's code was shown to the camera at the start of the take; it is a proposal, "
                                  "no label."),
}
FIELDS: Mapping[str, str] = {
    "at_us": _("Where in the recording"),
}
