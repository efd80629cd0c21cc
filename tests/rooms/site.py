"""A site with two people, a room's box and a room of three channels; segments deposited as the box would."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from deadlines.takes import Takes
from rebuild.lived_site import Lived, over
from recorders.shelf import Shelf
from specimen_events import AT, PERSON, STATION, accessioned, beginning, finished, ident, opened

from archive import rooms
from archive.actors import Actor
from archive.event_values import Interval
from archive.room_sessions import People, SessionRow, session_row
from archive.rooms import Means
from archive.station_events import StationEnrolled2

HANDLER, BOX = Actor(PERSON), ident("sta", 77)
PEOPLE = People("古丽·艾合买提", "王强", "李萍", "650101", "650102")
CHANNELS = ("全景", "特写", "庭审主机")


@dataclass
class RoomSite:
    """The site, its room, and what a box does."""

    lived: Lived
    shelf: Shelf
    room: str
    segments: int = 0

    def segment(self, session: SessionRow, channel: int, started: datetime, ended: datetime,
                station: str = BOX, recorder: str = "") -> str:
        """A segment of one channel, taken in; answers the recording."""
        self.segments += 1
        n, takes = self.segments, Takes(self.lived)
        who = recorder or session.channels[channel - 1]
        span = {"started": Interval(started, started), "ended": Interval(ended, ended)}
        claim = replace(opened(n), recorder=who, station=station, session=session.id, sequence=n, **span)
        takes.say(self.lived.clock.at, claim, ident("upl", n), station, recorder_vendor="room")
        takes.say(self.lived.clock.at, finished(n), ident("upl", n))
        takes.say(self.lived.clock.at, replace(accessioned(n), recorder=who, station=station, **span), ident("rec", n))
        return ident("rec", n)

    def session(self, session: str) -> SessionRow:
        return session_row(self.lived.site, HANDLER, session)


@contextmanager
def room_site(folder: Path) -> Iterator[RoomSite]:
    """A fresh one; afterwards the tables must be what the store gives."""
    with over(folder / "rooms") as lived:
        lived.clock.at = AT
        lived.append(beginning())
        Takes(lived).say(AT, StationEnrolled2(f"{BOX}+00000000+AQ==", "by_hand", None, "room"), BOX, "system",
                         title="询问室主机")
        room = rooms.register(lived.site, HANDLER, "interview", "询问室一", "城东所一楼", Means(BOX, "ntp", CHANNELS))
        made = RoomSite(lived, Shelf(lived), room)
        yield made
        assert made.shelf.differences() == []


__all__ = ["BOX", "CHANNELS", "HANDLER", "PEOPLE", "STATION", "RoomSite", "room_site"]
