"""What events about rooms make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archive import tables
from archive.event_body import Body
from archive.room_events import (
    RightsNotified,
    RoomChanged,
    RoomClosed,
    RoomInterrupted,
    RoomNamed,
    RoomPlaybackOpened,
    RoomRegistered,
    RoomSessionEnded,
    RoomSessionLabelled,
    RoomSessionOpened,
)
from archive.room_names import ROOM_VENDOR, channel_serial
from archive.room_tables import Room, RoomInterruption, RoomLabel, RoomName, RoomPlayback, RoomSession
from archive.row_changes import Applied, Changes
from archive.search_rows import recorder_said, say_first
from archive.search_tables import REFERRED


def _registered(changes: Changes, leaf: Applied, body: RoomRegistered) -> None:
    changes.add(Room, leaf.event.subject, id=leaf.event.subject, purpose=body.purpose, station=body.station,
                clock=body.clock, channels=" ".join(body.channels), registered_at=leaf.at, closed_at=None,
                leaf=leaf.index)
    _channels(changes, leaf, body.channels)


def _channels(changes: Changes, leaf: Applied, channels: Sequence[str]) -> None:
    """Each channel is a recorder whose name follows from the room's id: none of it is personal, nothing erases it."""
    for number, recorder in enumerate(channels, 1):
        known = {"vendor": ROOM_VENDOR, "kind": ROOM_VENDOR, "serial": channel_serial(leaf.event.subject, number)}
        changes.add_unless_there(tables.Recorder, recorder, id=recorder, leaf=leaf.index, **known)
        say_first(changes, recorder, "recorder", recorder_said(known.get), (REFERRED,), leaf=leaf.index)


def _named(changes: Changes, leaf: Applied, body: RoomNamed) -> None:
    lines, number = list[str](), 1
    while (name := leaf.text(f"channel_{number}")) is not None:
        lines, number = [*lines, name], number + 1
    columns = {"name": leaf.text("name"), "place": leaf.text("place"), "channels": "\n".join(lines) or None,
               "leaf": leaf.index}
    changes.add_unless_there(RoomName, leaf.event.subject, id=leaf.event.subject, **columns)
    changes.change(RoomName, leaf.event.subject, **columns)


def _changed(changes: Changes, leaf: Applied, body: RoomChanged) -> None:
    changes.change(Room, leaf.event.subject, station=body.station, clock=body.clock, channels=" ".join(body.channels))
    _channels(changes, leaf, body.channels)


def _closed(changes: Changes, leaf: Applied, body: RoomClosed) -> None:
    changes.change(Room, leaf.event.subject, closed_at=leaf.at)


def _opened(changes: Changes, leaf: Applied, body: RoomSessionOpened) -> None:
    people = {name: leaf.text(name) for name in
              ("questioned", "officer_1", "officer_1_no", "officer_2", "officer_2_no")}
    changes.add(RoomSession, leaf.event.subject, id=leaf.event.subject, room=body.room, station=body.station,
                channels=" ".join(body.channels), matter=body.matter, opened_by=leaf.event.actor, opened_at=leaf.at,
                rights_at=None, ended_by=None, ended_at=None, stated_start=None, stated_end=None, leaf=leaf.index,
                **people)


def _rights(changes: Changes, leaf: Applied, body: RightsNotified) -> None:
    changes.change(RoomSession, leaf.event.subject, rights_at=body.notified_at)


def _ended(changes: Changes, leaf: Applied, body: RoomSessionEnded) -> None:
    changes.change(RoomSession, leaf.event.subject, ended_by=leaf.event.actor, ended_at=leaf.at,
                   stated_start=body.started, stated_end=body.ended)


def _interrupted(changes: Changes, leaf: Applied, body: RoomInterrupted) -> None:
    changes.add(RoomInterruption, body.entry, id=body.entry, session=leaf.event.subject, channel=body.channel,
                reason=body.reason, since=body.stopped_at, until=body.resumed_at, told_by=leaf.event.actor,
                told_at=leaf.at, leaf=leaf.index)


def _labelled(changes: Changes, leaf: Applied, body: RoomSessionLabelled) -> None:
    said = {name: leaf.text(name) for name in ("case_no", "matter", "party", "handling_officer")}
    changes.add(RoomLabel, body.label, id=body.label, session=leaf.event.subject, assigned=body.matter,
                labelled_by=leaf.event.actor, labelled_at=leaf.at, leaf=leaf.index, **said)
    if body.matter is not None:
        changes.change(RoomSession, leaf.event.subject, matter=body.matter)


def _played(changes: Changes, leaf: Applied, body: RoomPlaybackOpened) -> None:
    changes.add(RoomPlayback, leaf.event.subject, id=leaf.event.subject, session=body.session, actor=leaf.event.actor,
                copies=" ".join(body.copies), opened_at=leaf.at, leaf=leaf.index)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    RoomRegistered: _registered, RoomNamed: _named, RoomChanged: _changed, RoomClosed: _closed,
    RoomSessionOpened: _opened, RightsNotified: _rights, RoomSessionEnded: _ended, RoomInterrupted: _interrupted,
    RoomSessionLabelled: _labelled, RoomPlaybackOpened: _played,
}
