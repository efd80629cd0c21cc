"""A person says what a recording is: a provisional label, which satisfies R25 before there is a case number."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from archive.actors import Actor
from archive.errors import Conflict, NotFound, Refused
from archive.events import RecordingLabelled
from archive.identifiers import LabelId, MatterId, new_id
from archive.matter_entry import Step, enter, works_on
from archive.matter_names import named
from archive.matter_recordings import belongs
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
    """The same said of several recordings, each with a label of its own: all of them or none. Errors as above.

    Where the label names a matter, by own number, case number or title, that whoever labels works on, the recordings
    are assigned to it in the same act.
    """
    recordings = [require_visible(site, actor, one) for one in untrusted_recordings]
    said = what_is_said(untrusted_fields)
    labels = tuple(LabelId(new_id("lbl")) for _ in recordings)
    steps = [Step(one, RecordingLabelled(label, "person"), one, {**_latest(site, one), **said})
             for one, label in zip(recordings, labels, strict=True)]
    matter = matter_named(site, actor, said)
    if matter is None:
        enter(site, actor, steps, lambda tx: None)
    else:
        belonging, fits = belongs(site, actor, recordings, matter)
        enter(site, actor, [*steps, *belonging], fits)
    return labels


def what_is_said(untrusted_fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of a label that say something; ``Refused label.empty | label.too_long``."""
    said = {name: text for name in FIELDS if (text := untrusted_fields.get(name, "").strip())}
    if not said:
        raise Refused("label.empty", "name at least one of matter, case number, party and handling officer")
    if any(len(text) > LONGEST for text in said.values()):
        raise Refused("label.too_long", f"each part of a label has at most {LONGEST} characters")
    return said


def matter_named(site: Site, actor: Actor, said: Mapping[str, str]) -> MatterId | None:
    """The matter a label names, if whoever labels works on it; else the label is what it says and nothing more."""
    for name in ("matter", "case_no"):
        if name in said:
            with contextlib.suppress(NotFound, Conflict):
                matter = named(site, actor, said[name])
                return matter if works_on(site, actor, matter) else None
    return None


def _latest(site: Site, recording: str) -> dict[str, str]:
    """What the latest label says; two people who label at once may each miss what the other said."""
    newest = select(LABEL).where(LABEL.c.recording == recording).order_by(LABEL.c.leaf.desc()).limit(1)
    row: Any = site.db.read(lambda c: c.execute(newest).first())
    return {} if row is None else {n: getattr(row, n) for n in CARRIED if getattr(row, n) is not None}
