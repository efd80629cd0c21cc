"""How a channel of a room names itself in manifests: a recorder whose serial follows from the room's id. Pure."""

from datetime import timedelta

ROOM_VENDOR = "room"
MARGIN = timedelta(minutes=2)
"""Recorded before a session was opened and after it was ended."""
MOST_CHANNELS = 16


def channel_serial(room: str, number: int) -> str:
    """The serial of channel ``number``, from 1; vendor and kind are ``ROOM_VENDOR``."""
    return f"{room}-{number}"
