"""Words for photographs and documents: what their files say, what was made of them."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

CLAIMS: Mapping[str, str] = {
    "taken": _("Taken, by the camera's clock"),
    "taken_offset": _("Zone of the camera's clock"),
    "camera_make": _("Camera maker"),
    "camera_model": _("Camera"),
    "position": _("Position, degrees"),
}
"""What a photograph's file says of itself, in the order shown."""

FIELDS: Mapping[str, str] = {
    **CLAIMS,
    "link": _("Link"),
    "page": _("Page"),
    "paragraph": _("Paragraph"),
    "paragraph_digest": _("Digest of the paragraph"),
}

TEXT_WORDS: Mapping[str, str] = {
    "opening": _("Putting the look on record…"),
    "opened": _("On record as playback {playback}."),
    "refused": _("The playback was not opened: {detail}"),
    "unreachable": _("The service could not be reached. Nothing was shown."),
    "no_text": _("This document has no text: its pages are pictures."),
    "page": _("Page {page}"),
}
"""Sentences of the text panel's script."""

EVENTS: Mapping[str, str] = {
    "link.made/1": _("A paragraph or page of the document was linked to a recording"),
    "link.withdrawn/1": _("A link of the document was withdrawn"),
    "picture.described/1": _("What the photograph's file says of itself was noted, as a claim"),
}

CODES: Mapping[str, str] = {
    "document": _("it is a document; its text is shown instead"),
    "encrypted": _("it is encrypted"),
    "paragraphs": _("text in paragraphs"),
    "text": _("text"),
    "undecodable": _("nothing here can decode it: it is torn, or of a form not known here"),
}
