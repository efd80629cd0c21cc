"""What a room's sessions ask of an NVR's folder is taken in; the rest is neither read, written to nor removed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from drop.drop_site import Dropped, archive_at_work, recording_bytes
from matters.office import code_of
from specimen_events import ident

from api.drop import add_folder, folders
from api.settings import load_settings
from api.wiring import Archive
from archive import room_sessions, rooms
from archive.actors import SYSTEM, Actor
from archive.room_segments import folded
from archive.room_sessions import People, SessionRow
from archive.rooms import Means
from archive.search_rows import BEIJING
from ingest.dropfolder import Watch
from ingest.room_pull import RoomChannels
from ingest.room_sets import RoomSet, room_set

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
CHANNELS = {"NVR-01/CH01": 1, "NVR-01/CH02": 2}
HANDLER = Actor(ident("usr", 5))


@dataclass
class Pulled:
    """An NVR's folder that belongs to a room of two channels."""

    dropped: Dropped
    room: str

    def write(self, channel: str, start: datetime, end: datetime) -> Path:
        """A file as the NVR names it, by its own clock."""
        name = "-".join(f"{at.astimezone(BEIJING):%Y%m%d%H%M%S}" for at in (start, end))
        where = f"NVR-01/{channel}/{start.astimezone(BEIJING):%Y%m%d}/{name}.mp4"
        self.dropped.write(where, recording_bytes())
        return self.dropped.root / where

    def open(self) -> SessionRow:
        site = self.dropped.archive.site
        session = room_sessions.open_session(site, HANDLER, self.room, People("某甲", "王强", "李萍"))
        return room_sessions.session_row(site, HANDLER, session)

    def found(self, session: SessionRow) -> RoomSet:
        return room_set(self.dropped.archive.site, HANDLER, session.id)


@contextmanager
def pulled(archive: Archive, root: Path) -> Iterator[Pulled]:
    root.mkdir(parents=True)
    room = rooms.register(archive.site, SYSTEM, "interview", "询问室一", "", Means("", "ntp", ("全景", "特写")))
    channels = RoomChannels(room, CHANNELS)
    account = add_folder(archive, root, "询问室一 NVR", "nvr-channel-time", "untouched", None, channels)
    opened = next(one for one in folders(replace(archive, settings=load_settings(archive.data)))
                  if one.account == account)
    yield Pulled(Dropped(archive, root, Watch(archive.intake, replace(opened, quiet_s=0.3))), room)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with archive_at_work(tmp_path_factory.mktemp("pull")) as made:
        yield made


@pytest.fixture
def nvr(archive: Archive, tmp_path: Path) -> Iterator[Pulled]:
    with pulled(archive, tmp_path / "nvr") as made:
        yield made


def untouched(root: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder with its times: what was written to or removed differs."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(root.rglob("*"))}


def test_a_file_no_session_asks_for_is_taken_or_one_asked_for_is_left_or_written_to(nvr: Pulled) -> None:
    session = nvr.open()
    at = session.opened_at.replace(microsecond=0)
    asked = [nvr.write(channel, at + start * MINUTE, at + (start + 5) * MINUTE)
             for channel in ("CH01", "CH02") for start in (-4, 1)]
    nvr.write("CH01", at - 60 * MINUTE, at - 55 * MINUTE)
    nvr.write("CH03", at - 4 * MINUTE, at + MINUTE)  # no channel of the room
    before = untouched(nvr.dropped.root)
    look = nvr.dropped.settled(120.0)
    assert (look.settled, look.unasked, look.unclaimed) == (len(asked), 2, 0)
    assert untouched(nvr.dropped.root) == before
    grades = nvr.dropped.recordings()
    assert sorted(name for _, name in grades) == sorted(path.name for path in asked)
    assert {grade for grade, _ in grades} == {"named_only"}
    found = nvr.found(session)
    assert [len(channel.parts) for channel in found.channels] == [2, 2]
    assert (found.strangers, [channel.missing for channel in found.channels]) == (0, [(), ()])
    parts = [part.recording for channel in found.channels for part in channel.parts]
    lines = nvr.dropped.archive.site.db.read(lambda c: folded(c, HANDLER, parts))
    assert {lines[part].session for part in parts} == {session.id}  # and so labelled with it


def test_a_missing_file_is_not_named_or_a_session_before_the_folder_is_served(nvr: Pulled) -> None:
    session = nvr.open()
    at = session.opened_at.replace(microsecond=0)
    nvr.write("CH01", at - 4 * MINUTE, at + MINUTE)
    nvr.write("CH01", at + 6 * MINUTE, at + 11 * MINUTE)
    nvr.dropped.settled(120.0)
    first, second = nvr.found(session).channels
    assert [(gap.since, gap.until, gap.reason) for gap in first.missing] == [(at + MINUTE, at + 6 * MINUTE, None)]
    assert second.parts == ()


def test_a_second_look_or_another_start_adds_a_recording(nvr: Pulled) -> None:
    session = nvr.open()
    at = session.opened_at.replace(microsecond=0)
    nvr.write("CH02", at - 4 * MINUTE, at + MINUTE)
    nvr.dropped.settled(120.0)
    nvr.dropped.again()
    assert (nvr.dropped.settled(120.0).settled, len(nvr.dropped.recordings())) == (1, 1)
    later = nvr.write("CH02", at + 30 * MINUTE, at + 35 * MINUTE)
    assert nvr.dropped.settled(120.0).settled == 2  # the session goes on
    room_sessions.end_session(nvr.dropped.archive.site, HANDLER, session.id, at, at)
    after = nvr.write("CH02", at + 40 * MINUTE, at + 45 * MINUTE)
    assert (nvr.dropped.settled(120.0).settled, nvr.dropped.settled(120.0).unasked) == (2, 1)
    names = {name for _, name in nvr.dropped.recordings()}
    assert (later.name in names, after.name in names) == (True, False)


def test_a_folder_is_set_up_for_channels_the_room_does_not_have(archive: Archive, tmp_path: Path) -> None:
    room = rooms.register(archive.site, SYSTEM, "interview", "询问室二", "", Means("", "ntp", ("全景",)))
    root = tmp_path / "other"
    root.mkdir()
    for named, channels, code in ((room, {}, "drop.channels"), (room, {"A": 2}, "drop.channels"),
                                  (room, {"A": 1, "B": 1}, "drop.channels"), (room, {"A": 0}, "drop.channels"),
                                  (ident("rom", 5), {"A": 1}, "room.unknown")):
        assert code_of(lambda named=named, channels=channels: add_folder(
            archive, root, "NVR", "nvr-channel-time", "untouched", None, RoomChannels(named, channels))) == code
    assert rooms.room_row(archive.site, room).station is None
