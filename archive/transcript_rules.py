"""What events about transcripts make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.row_changes import Applied, Changes
from archive.search_rows import kind_mark, say, transcript_said
from archive.transcript_events import TranscriptAdded, TranscriptWithdrawn
from archive.transcript_tables import Transcript

SOURCE = "said"


def _added(changes: Changes, leaf: Applied, body: TranscriptAdded) -> None:
    transcript, said = leaf.event.subject, leaf.text("cues")
    changes.add(Transcript, transcript, id=transcript, of=body.of, form=body.form, encoding=body.encoding,
                language=body.language, size=body.size, cues=body.cues, zero=body.zero, starts=body.starts,
                ends=body.ends, said=said, digest=leaf.text("digest"), added_by=leaf.event.actor, added_at=leaf.at,
                replaced_by=None, withdrawn_by=None, withdrawn_at=None, leaf=leaf.index)
    say(changes, transcript, SOURCE, transcript_said(said), (kind_mark("tsc"),), leaf=leaf.index)
    if body.replaces is not None:
        changes.change(Transcript, body.replaces, replaced_by=transcript)
        say(changes, body.replaces, SOURCE, ())


def _withdrawn(changes: Changes, leaf: Applied, body: TranscriptWithdrawn) -> None:
    changes.change(Transcript, leaf.event.subject, withdrawn_by=leaf.event.actor, withdrawn_at=leaf.at)
    say(changes, leaf.event.subject, SOURCE, ())


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    TranscriptAdded: _added, TranscriptWithdrawn: _withdrawn}
