"""Links from a document's paragraphs to recordings (R11): made and withdrawn by who works on a matter that has both.

Limit: that the span shows what the paragraph tells is the word of who linked them; nothing here compares the two.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Contradiction, NotFound, Refused
from archive.identifiers import LinkId, new_id, parse_id
from archive.link_events import LinkMade, LinkWithdrawn
from archive.link_tables import DocumentLink
from archive.matter_entry import Step, enter, remarked, require_may
from archive.mediums import medium_of
from archive.ports import ObjectVersion
from archive.proof.digest import sha256
from archive.recordings import DerivativeRow, RecordingDetail, find, require_visible, visible_to
from archive.sight import ASSIGNED
from archive.site import Site
from archive.tables import Person, table

LINK, PERSON = table(DocumentLink), table(Person)
LARGEST, MOST = 64 << 20, 1000
"""Bytes of a document's paragraphs that are read; links shown of one recording."""


@dataclass(frozen=True)
class Target:
    """What a link goes to: a recording, from and to in µs, both None for all of it."""

    untrusted_recording: str
    from_us: int | None = None
    to_us: int | None = None


@dataclass(frozen=True)
class LinkRow:
    """A link in force; ``by``: the name of who made it, else their id."""

    id: str
    document: str
    paragraph: int | None
    page: int | None
    recording: str
    from_us: int | None
    to_us: int | None
    by: str
    at: datetime


def make_link(site: Site, actor: Actor, untrusted_document: str, target: Target, *, paragraph: int | None = None,
              page: int | None = None) -> LinkId:
    """Say that a recording, or a span of it, shows what a paragraph tells; or a page, where a scan has no text.

    ``NotFound recording.unknown | link.no_text``, ``Refused link.ends | link.place | link.span | link.no_matter``.
    """
    document = find(site, actor, untrusted_document)
    recording = find(site, actor, target.untrusted_recording)
    _require_ends(document, recording)
    _require_span(target, recording.row.duration_us)
    text = document.derivative("paragraphs")
    if text is None:
        raise NotFound("link.no_text", "the text of this document is not read yet, or cannot be read")
    said = _place(site, text, paragraph, page)
    link, document_id, recording_id = LinkId(new_id("lnk")), document.row.id, recording.row.id
    body = LinkMade(link, text.id, paragraph, page, recording_id, target.from_us, target.to_us)
    enter(site, actor, [Step(document_id, body, document_id, said)],
          lambda tx: _require_both(tx, actor, document_id, recording_id))
    return link


def withdraw_link(site: Site, actor: Actor, untrusted_document: str, untrusted_link: str,
                  untrusted_remark: str) -> None:
    """Say that a link does not hold. ``NotFound recording.unknown | link.unknown``, ``Refused recorder.text |
    link.no_matter``."""
    document, link = require_visible(site, actor, untrusted_document), parse_id("lnk", untrusted_link)
    remark, said = remarked(untrusted_remark)

    def fits(tx: Tx) -> None:
        row: Any = tx.execute(select(LINK).where(LINK.c.id == link, LINK.c.document == document,
                                                 LINK.c.withdrawn_at.is_(None))).first()
        if row is None:
            raise NotFound("link.unknown", "this document has no such link, or not any more")
        _require_both(tx, actor, document, row.recording)

    enter(site, actor, [Step(document, LinkWithdrawn(link, remark), remark, said)], fits)


def links_of(site: Site, actor: Actor, untrusted_recording: str) -> tuple[LinkRow, ...]:
    """Links in force from or to a recording whose other end this actor may know of too, in the order of the document;
    at most 1000. ``NotFound recording.unknown``."""
    one = require_visible(site, actor, untrusted_recording)
    query = (select(LINK, PERSON.c.display_name).join_from(LINK, PERSON, PERSON.c.id == LINK.c.made_by, isouter=True)
             .where(or_(LINK.c.document == one, LINK.c.recording == one), LINK.c.withdrawn_at.is_(None),
                    LINK.c.document.in_(visible_to(actor)), LINK.c.recording.in_(visible_to(actor)))
             .order_by(LINK.c.document, LINK.c.page, LINK.c.paragraph, LINK.c.leaf).limit(MOST))
    rows: Any = site.db.read(lambda c: c.execute(query).all())
    return tuple(LinkRow(r.id, r.document, r.paragraph, r.page, r.recording, r.from_us, r.to_us,
                         r.display_name or r.made_by, r.made_at) for r in rows)


def _require_ends(document: RecordingDetail, recording: RecordingDetail) -> None:
    if (medium_of(document.container), medium_of(recording.container)).count("document") != 1 or medium_of(
            document.container) != "document":
        raise Refused("link.ends", "a link goes from a document to a recording that is none")


def _require_span(target: Target, duration_us: int | None) -> None:
    if target.from_us is None and target.to_us is None:
        return
    if (target.from_us is None or target.to_us is None or not 0 <= target.from_us < target.to_us
            or (duration_us is not None and target.to_us > duration_us)):
        raise Refused("link.span", "a span begins before it ends and lies inside the recording; name both or neither")


def _place(site: Site, text: DerivativeRow, paragraph: int | None, page: int | None) -> dict[str, str]:
    """The particulars of a link: what the paragraph said when it was linked; none of a page."""
    if (paragraph is None) == (page is None):
        raise Refused("link.place", "name a paragraph or a page of the document, one of the two")
    said = _paragraphs(site, text)
    if page is not None:
        if not 1 <= page <= said.get("pages", 0):
            raise Refused("link.place", "the document has no such page")
        return {}
    found = next((one["text"] for one in said["paragraphs"] if one["n"] == paragraph), None)
    if found is None:
        raise Refused("link.place", "the document has no such paragraph")
    return {"paragraph_digest": str(sha256(found.encode()))}


def _paragraphs(site: Site, text: DerivativeRow) -> dict[str, Any]:
    """The stored paragraphs, if they are the bytes that the log names."""
    if text.size > LARGEST:
        raise NotFound("link.no_text", "the text of this document is too large to be linked")
    data = b"".join(site.ports.store.get(ObjectVersion(text.object_key, text.version_id)))
    if str(sha256(data)) != text.digest:
        raise Contradiction("object.digest", "the store gives other paragraphs than were made; keep it as evidence",
                            key=text.object_key)
    said: dict[str, Any] = json.loads(data)
    return said


def _require_both(tx: Tx, actor: Actor, document: str, recording: str) -> None:
    """``Refused link.no_matter`` unless this person works on a matter to which both belong now."""
    for matter in _common(tx, document, recording):
        try:
            require_may(tx, actor, matter)
        except (Refused, NotFound):
            continue
        return
    raise Refused("link.no_matter", "document and recording must belong to one matter that you work on")


def _common(reading: Connection | Tx, document: str, recording: str) -> list[str]:
    other = ASSIGNED.alias()
    rows = reading.execute(select(ASSIGNED.c.matter).distinct().where(
        ASSIGNED.c.recording == document, ASSIGNED.c.withdrawn_at.is_(None), other.c.recording == recording,
        other.c.withdrawn_at.is_(None), other.c.matter == ASSIGNED.c.matter)).scalars().all()
    return [str(row) for row in rows]
