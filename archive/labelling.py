"""A person says what a recording is: a provisional label, which satisfies R25 before there is a case number."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
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
    return put_labels(site, actor, [untrusted_recording], untrusted_fields)[0]


def put_labels(site: Site, actor: Actor, untrusted_recordings: Sequence[str],
               untrusted_fields: Mapping[str, str]) -> tuple[LabelId, ...]:
    """The same said of several recordings, each with a label of its own: all of them or none. Errors as above."""
    recordings = [require_visible(site, actor, one) for one in untrusted_recordings]
    said = {name: text for name in FIELDS if (text := untrusted_fields.get(name, "").strip())}
    if not said:
        raise Refused("label.empty", "name at least one of matter, case number, party and handling officer")
    if any(len(text) > LONGEST for text in said.values()):
        raise Refused("label.too_long", f"each part of a label has at most {LONGEST} characters")
    require(site, Act.ORDINARY)
    labels = tuple(LabelId(new_id("lbl")) for _ in recordings)
    made = [_sealed(site, actor, *one, said) for one in zip(recordings, labels, strict=True)]

    def record(tx: Tx) -> None:
        for event, sealed in made:
            custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)
    return labels


def _sealed(site: Site, actor: Actor, recording: str, label: str,
            said: Mapping[str, str]) -> tuple[CustodyEvent, particulars.Sealed]:
    fields = particulars.salted({**_latest(site, recording), **said})
    sealed = particulars.seal(site.ports.vault, site.log_id, recording, fields)
    return CustodyEvent.committed(actor.id, recording, RecordingLabelled(label, "person"), sealed.commitment), sealed


def _latest(site: Site, recording: str) -> dict[str, str]:
    """What the latest label says; two people who label at once may each miss what the other said."""
    newest = select(LABEL).where(LABEL.c.recording == recording).order_by(LABEL.c.leaf.desc()).limit(1)
    row: Any = site.db.read(lambda c: c.execute(newest).first())
    return {} if row is None else {n: getattr(row, n) for n in CARRIED if getattr(row, n) is not None}
