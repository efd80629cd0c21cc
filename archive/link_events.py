"""Links between a paragraph or page of a document and a recording or a span of it (R11): made, and withdrawn."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body


@dataclass(frozen=True)
class LinkMade(Body):
    """A person says that a span of a recording shows what a paragraph tells. Subject: the document's recording.
    Particulars: paragraph_digest, ``sha256:`` of the paragraph's text; none where a page is linked.

    ``derivative``: the document's paragraphs that ``paragraph`` counts in, from 1; or ``page``, from 1. ``from_us`` and
    ``to_us``: microseconds from the original's first picture or sound; absent: all of it.
    """

    KIND: ClassVar[str] = "link.made/1"
    link: str
    derivative: str
    paragraph: int | None
    page: int | None
    recording: str
    from_us: int | None
    to_us: int | None


@dataclass(frozen=True)
class LinkWithdrawn(Body):
    """A link does not hold after all. Subject: the document's recording. Particulars: remark, under the key of the id
    ``remark``."""

    KIND: ClassVar[str] = "link.withdrawn/1"
    link: str
    remark: str


LINK_BODIES: tuple[type[Body], ...] = (LinkMade, LinkWithdrawn)
