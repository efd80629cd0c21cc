"""What a recording is by its container as probed: footage, a photograph or a document. Pure.

A document is text (R3): no term of recordings runs for it. What was not probed counts as footage, the stricter of both.
"""

from typing import Literal

Medium = Literal["footage", "photograph", "document"]
STILLS = frozenset({"jpeg_pipe", "png_pipe", "heif"})
DOCUMENTS = frozenset({"pdf", "docx", "ofd"})


def medium_of(container: str | None) -> Medium:
    """The medium of a recording whose probe named this container; None where it was not probed or refused."""
    if container in STILLS:
        return "photograph"
    return "document" if container in DOCUMENTS else "footage"
