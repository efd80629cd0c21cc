"""What matters make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.case_numbers import case_key
from archive.event_body import Body
from archive.matter_events import (
    ActEnded,
    ActEndWithdrawn,
    AssignmentWithdrawn,
    CaseFiled,
    CaseNumberGiven,
    MatterMerged,
    MatterOpened,
    MatterRetitled,
    MatterShown,
    MemberAdded,
    MemberRemoved,
    RecordingAssigned,
)
from archive.matter_tables import Matter, MatterMember, MatterRecording, MatterSaid, ShownMatter, own_number
from archive.row_changes import Applied, Changes
from archive.search_rows import kind_mark, say


def _shown(changes: Changes, leaf: Applied, body: MatterShown) -> None:
    recording = leaf.event.subject
    changes.add(ShownMatter, recording, id=recording, matter=leaf.text("matter"), at_us=body.at_us, leaf=leaf.index)


def _opened(changes: Changes, leaf: Applied, body: MatterOpened) -> None:
    matter = leaf.event.subject
    changes.add(Matter, matter, id=matter, kind=body.kind, year=body.year, number=body.number,
                split_from=body.split_from, merged_into=None, filed_on=None, basis=None, ended_on=None,
                opened_by=leaf.event.actor, opened_at=leaf.at, leaf=leaf.index)
    say(changes, matter, "number", [("text", own_number(body.year, body.number))], (kind_mark("mat"),))
    _titled(changes, leaf, body)


def _titled(changes: Changes, leaf: Applied, body: MatterOpened | MatterRetitled) -> None:
    changes.add(MatterSaid, str(leaf.index), leaf=leaf.index, matter=leaf.event.subject, what="title",
                text=leaf.text("title"), case_key=None)
    say(changes, leaf.event.subject, "title", [("text", leaf.text("title"))], (kind_mark("mat"),), leaf=leaf.index)


def _numbered(changes: Changes, leaf: Applied, body: CaseNumberGiven) -> None:
    case_no = leaf.text("case_no")
    changes.add(MatterSaid, str(leaf.index), leaf=leaf.index, matter=leaf.event.subject, what="case_no", text=case_no,
                case_key=None if case_no is None else case_key(case_no))
    say(changes, leaf.event.subject, "case_no", [("case", case_no)], (kind_mark("mat"),), leaf=leaf.index)


def _filed(changes: Changes, leaf: Applied, body: CaseFiled) -> None:
    changes.change(Matter, leaf.event.subject, kind="case", filed_on=body.decided_on)


def _ended(changes: Changes, leaf: Applied, body: ActEnded) -> None:
    changes.change(Matter, leaf.event.subject, basis=body.basis, ended_on=body.ended_on)


def _end_withdrawn(changes: Changes, leaf: Applied, body: ActEndWithdrawn) -> None:
    changes.change(Matter, leaf.event.subject, basis=None, ended_on=None)


def _merged(changes: Changes, leaf: Applied, body: MatterMerged) -> None:
    changes.change(Matter, leaf.event.subject, merged_into=body.into)


def _member(changes: Changes, leaf: Applied, body: MemberAdded) -> None:
    changes.add(MatterMember, body.membership, id=body.membership, matter=leaf.event.subject, person=body.person,
                relation=body.relation, added_by=leaf.event.actor, added_at=leaf.at, removed_by=None, removed_at=None,
                leaf=leaf.index)


def _member_gone(changes: Changes, leaf: Applied, body: MemberRemoved) -> None:
    changes.change(MatterMember, body.membership, removed_by=leaf.event.actor, removed_at=leaf.at)


def _assigned(changes: Changes, leaf: Applied, body: RecordingAssigned) -> None:
    changes.add(MatterRecording, body.assignment, id=body.assignment, recording=leaf.event.subject, matter=body.matter,
                from_us=body.from_us, to_us=body.to_us, corrects=body.corrects, assigned_by=leaf.event.actor,
                assigned_at=leaf.at, withdrawn_by=None, withdrawn_at=None, leaf=leaf.index)


def _withdrawn(changes: Changes, leaf: Applied, body: AssignmentWithdrawn) -> None:
    changes.change(MatterRecording, body.assignment, withdrawn_by=leaf.event.actor, withdrawn_at=leaf.at)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    MatterShown: _shown, MatterOpened: _opened, MatterRetitled: _titled, CaseNumberGiven: _numbered,
    CaseFiled: _filed, ActEnded: _ended, ActEndWithdrawn: _end_withdrawn, MatterMerged: _merged,
    MemberAdded: _member, MemberRemoved: _member_gone, RecordingAssigned: _assigned, AssignmentWithdrawn: _withdrawn,
}
