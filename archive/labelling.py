"""A person says what a recording is: a provisional label, which satisfies R25 before there is a case number."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import Actor
from archive.entries import CustodyEvent
from archive.errors import Refused
from archive.events import RecordingLabelled
from archive.identifiers import LabelId, new_id
from archive.publication import Act, require
from archive.recordings import LABEL, require_visible
from archive.site import Site

FIELDS = ("matter", "case_no", "party", "handling_officer")
"""What a person may say; who wore the recorder, where and the file's name stay as they came."""
CARRIED = (*FIELDS, "wearer", "wearer_no", "place", "file_name")
LONGEST = 200


def put_label(site: Site, actor: Actor, untrusted_recording: str, untrusted_fields: Mapping[str, str]) -> LabelId:
    """Put a label on a recording and carry on what its latest label said besides; answers the label's id.

    ``NotFound recording.unknown``, ``Refused label.empty | label.too_long``. Limit: the archive does not know whether
    what a person says is true; it knows who said it and when.
    """
    recording = require_visible(site, actor, untrusted_recording)
    said = {name: text for name in FIELDS if (text := untrusted_fields.get(name, "").strip())}
    if not said:
        raise Refused("label.empty", "name at least one of matter, case number, party and handling officer")
    if any(len(text) > LONGEST for text in said.values()):
        raise Refused("label.too_long", f"each part of a label has at most {LONGEST} characters")
    require(site, Act.ORDINARY)
    label = LabelId(new_id("lbl"))
    fields = particulars.salted({**_latest(site, recording), **said})
    sealed = particulars.seal(site.ports.vault, site.log_id, recording, fields)
    event = CustodyEvent.committed(actor.id, recording, RecordingLabelled(label, "person"), sealed.commitment)
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event, sealed))
    return label


def _latest(site: Site, recording: str) -> dict[str, str]:
    """What the latest label says; two people who label at once may each miss what the other said."""
    newest = select(LABEL).where(LABEL.c.recording == recording).order_by(LABEL.c.leaf.desc()).limit(1)
    row: Any = site.db.read(lambda c: c.execute(newest).first())
    return {} if row is None else {n: getattr(row, n) for n in CARRIED if getattr(row, n) is not None}
