"""A room beside a real service: its box as a process of its own, enrolled by a code, its channels real clips."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from service_fixture import ROOT, SAMPLES, LiveService, live_service, wait_for

from api.settings import load_settings
from api.station_home import enrol_home
from api.wiring import beside
from archive import room_sessions, rooms
from archive.actors import Actor
from archive.room_sessions import People
from archive.rooms import Means
from ingest.enrolment import issue_code
from ingest.room_sets import RoomSet, room_set

CLIP = SAMPLES / "bodycam_h264_aac.mp4"
NAMES = ("全景", "特写", "主机")


@dataclass
class LiveRoom:
    """A room, its handler, its box's home and the box while it runs."""

    service: LiveService
    home: Path
    room: str
    handler: Actor
    sources: Sequence[str]
    segment_s: float = 2.0
    box: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """As the system's service manager does."""
        command = [sys.executable, "-m", "api.cli", "room", "run", "--home", str(self.home), "--room", self.room,
                   "--segment", str(self.segment_s), "--json", *(part for one in self.sources for part in
                                                                 ("--source", one))]
        with (self.home.parent / "box.log").open("ab") as log:
            self.box = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        env=dict(os.environ))

    def kill(self) -> None:
        """As a power cut does, less the page cache."""
        assert self.box is not None
        self.box.kill()
        self.box.wait()

    def stop(self) -> None:
        """In order."""
        if self.box is not None and self.box.poll() is None:
            self.box.send_signal(signal.SIGTERM)
            try:
                self.box.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def log(self) -> str:
        return (self.home.parent / "box.log").read_text()

    def open(self) -> str:
        with beside(self.service.data, load_settings(self.service.data)) as archive:
            return room_sessions.open_session(archive.site, self.handler, self.room, People("某甲", "王强", "李萍"))

    def end(self, session: str, started: datetime, ended: datetime) -> None:
        with beside(self.service.data, load_settings(self.service.data)) as archive:
            room_sessions.end_session(archive.site, self.handler, session, started, ended)

    def found(self, session: str) -> RoomSet:
        with beside(self.service.data, load_settings(self.service.data)) as archive:
            return room_set(archive.site, self.handler, session)

    def wait_for_parts(self, session: str, count: int, patience_s: float = 240.0) -> RoomSet:
        """Until every channel has that many parts."""
        try:
            wait_for(lambda: all(len(c.parts) >= count for c in self.found(session).channels), patience_s)
        except TimeoutError:
            raise TimeoutError(self.log()[-4000:]) from None
        return self.found(session)

    def spooled(self, channel: int) -> set[int]:
        """Numbers of the segments on the box's disk."""
        return {int(path.stem) for path in (self.home / "channels" / str(channel)).rglob("*.mp4")}


@contextmanager
def live_room(folder: Path, channels: int = 3) -> Iterator[LiveRoom]:
    """A room whose box is enrolled and not running yet."""
    with live_service(folder / "archive") as service:
        handler = Actor(service.add_person("guli", "古丽"))
        home = folder / "box"
        with beside(service.data, load_settings(service.data)) as archive:
            code = issue_code(archive.intake, "询问室主机", "room", timedelta(hours=1))
            enrolled, _ = enrol_home(home, service.address, code, None)
            means = Means(enrolled.key.key.name, "box", NAMES[:channels])
            room = rooms.register(archive.site, handler, "interview", "询问室一", "", means)
        made = LiveRoom(service, home, room, handler, [f"file:{CLIP}"] * channels)
        try:
            yield made
        finally:
            made.stop()
