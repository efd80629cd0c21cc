"""Words about adopted shares, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "adoption.began/1": _("The adoption of an old share began, by a hash list its old holder signed."),
    "adoption.ended/1": _("A run of the adoption came to the end of its list."),
}
FIELDS: Mapping[str, str] = {
    "account": _("Import account"),
    "already_held": _("Held by the archive before"),
    "files": _("Files"),
    "holder": _("Old holder"),
    "holder_key": _("Key of the old holder"),
    "listed": _("Digest of the hash list"),
    "sheet": _("Digest of the sheet"),
    "skipped": _("Left out"),
    "taken": _("Taken in"),
}
