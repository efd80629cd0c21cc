"""Bodies of the JSON API of links. Times are UTC, spans microseconds from the original's beginning."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas import Body

Microseconds = Annotated[int, Field(ge=0, le=2**53 - 1)]
Counted = Annotated[int, Field(ge=1, le=100_000)]


class LinkRequest(Body):
    """A paragraph or a page, one of the two, and what shows it; without a span all of the recording."""

    recording: str
    paragraph: Counted | None = None
    page: Counted | None = None
    from_us: Microseconds | None = None
    to_us: Microseconds | None = None


class LinkMadeBody(Body):
    """The link that was made."""

    link: str


class LinkRemark(Body):
    """Why a link does not hold."""

    remark: Annotated[str, Field(max_length=1000)]


class LinkBody(Body):
    """A link in force."""

    link: str
    document: str
    paragraph: int | None
    page: int | None
    recording: str
    from_us: int | None
    to_us: int | None
    by: str
    at: datetime
