"""The fixed events of rooms and sessions in them."""

from collections.abc import Callable
from datetime import timedelta

from specimen_names import AT, STATION

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


def room_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: a room's whole life."""
    room, session = ident("rom", n), ident("ses", 900_000 + n)
    channels = (ident("rcd", 900_000 + 2 * n), ident("rcd", 900_001 + 2 * n))
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    return [(room, RoomRegistered("interview", None, "ntp", channels[:1]), {}),
            (room, RoomNamed(ident("rmk", 900_000 + n)),
             {"name": "询问室一", "place": "城东所一楼", "channel_1": "全景", "channel_2": "特写"}),
            (room, RoomChanged(STATION, "gnss", channels), {}),
            (session, RoomSessionOpened(room, STATION, channels, ident("mat", n) if n % 2 else None),
             {"questioned": "古丽·艾合买提", "officer_1": "王强", "officer_1_no": "650101", "officer_2": "李萍"}),
            (session, RightsNotified(AT - hour), {}),
            (session, RoomInterrupted(ident("led", 900_000 + n), 2, "source_lost", AT - hour, AT - hour + minute), {}),
            (session, RoomSessionEnded(AT - hour, AT - minute), {}),
            (session, RoomSessionLabelled(ident("lbl", 900_000 + n), ident("mat", n) if n % 2 else None),
             {"party": "某公司", "handling_officer": "王强", "matter": "某公司日常检查"}),
            (ident("pbk", 900_000 + n), RoomPlaybackOpened(session, (ident("der", n), ident("der", n + 1))), {}),
            (room, RoomClosed(), {})]
