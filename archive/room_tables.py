"""Rows of rooms, their names, sessions in them, what these are labelled and looked at, interruptions told of."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class Room(Row, table=True):
    """A registered room; ``channels``: recorders with spaces between, channel 1 first."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "room"
    id: str = key_column()
    purpose: str = text_column()
    station: str | None = text_column(index=True)
    clock: str = text_column()
    channels: str = text_column()
    registered_at: datetime = when_column()
    closed_at: datetime | None = when_column()
    leaf: int = number_column(index=True)


class RoomName(Row, table=True):
    """What people call a room (``id``) now; ``channels``: their names, a line each, as far as they have any."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "room_name"
    id: str = key_column()
    name: str | None = text_column()
    place: str | None = text_column()
    channels: str | None = text_column()
    leaf: int = number_column(index=True)


class RoomSession(Row, table=True):
    """A session in a room; ``stated_start`` and ``stated_end`` are the written record's."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "room_session"
    id: str = key_column()
    room: str = text_column(index=True)
    station: str | None = text_column(index=True)
    channels: str = text_column()
    matter: str | None = text_column(index=True)
    questioned: str | None = text_column()
    officer_1: str | None = text_column()
    officer_1_no: str | None = text_column()
    officer_2: str | None = text_column()
    officer_2_no: str | None = text_column()
    opened_by: str = text_column()
    opened_at: datetime = when_column()
    rights_at: datetime | None = when_column()
    ended_by: str | None = text_column()
    ended_at: datetime | None = when_column()
    stated_start: datetime | None = when_column()
    stated_end: datetime | None = when_column()
    leaf: int = number_column(index=True)


class RoomInterruption(Row, table=True):
    """A while in which a channel was not recorded, as the box says."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "room_interruption"
    id: str = key_column()
    session: str = text_column(index=True)
    channel: int = number_column()
    reason: str = text_column()
    since: datetime = when_column()
    until: datetime = when_column()
    told_by: str = text_column()
    told_at: datetime = when_column()
    leaf: int = number_column(index=True)


class RoomLabel(Row, table=True):
    """What a person said of a session, for all its segments; ``assigned``: the matter it was given by it."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "room_label"
    id: str = key_column()
    session: str = text_column(index=True)
    case_no: str | None = text_column()
    matter: str | None = text_column()
    party: str | None = text_column()
    handling_officer: str | None = text_column()
    assigned: str | None = text_column()
    labelled_by: str = text_column()
    labelled_at: datetime = when_column()
    leaf: int = number_column(index=True)


class RoomPlayback(Row, table=True):
    """One look at a session's segments by one person; ``copies``: derivatives with spaces between."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "room_playback"
    id: str = key_column()
    session: str = text_column(index=True)
    actor: str = text_column()
    copies: str = text_column()
    opened_at: datetime = when_column()
    leaf: int = number_column()
