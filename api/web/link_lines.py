"""Links between documents and recordings on a recording's page, as plain values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LinkLine:
    """A link in force. ``outward``: this page is the document's; ``other``: the recording at its other end;
    ``start_s``: where its span begins, for the address; "" for all of it."""

    link: str
    outward: bool
    document: str
    other: str
    paragraph: int | None
    page: int | None
    from_us: int | None
    to_us: int | None
    start_s: str
    by: str
    at: datetime
