"""A live service beside which a test looks into drop folders of its own, look by look."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.dock import noise
from service_fixture import SAMPLES

from api.drop import add_folder, folders
from api.settings import load_settings, settings_path
from api.setup import init
from api.wiring import Archive, running
from api.worker import Worker
from ingest import drop_records
from ingest.drop_settling import After
from ingest.dropfolder import Look, Watch

QUIET_S = 0.3
RECORDER = {"vendor": "unnamed", "serial": "DSJ-7", "kind": "body_camera"}


@dataclass
class Dropped:
    """A drop folder with its watch. ``look`` is one look; ``settled`` looks until nothing is on its way."""

    archive: Archive
    root: Path
    watch: Watch

    @property
    def account(self) -> str:
        return self.watch.folder.account.id

    def look(self) -> Look:
        return self.watch.look()

    def again(self) -> None:
        """A scanner that knows only what is in the database, as after a restart."""
        self.watch = Watch(self.archive.intake, self.watch.folder)

    def settled(self, patience_s: float = 30.0) -> Look:
        deadline = time.monotonic() + patience_s
        while (seen := self.look()).taken or seen.waiting:
            assert time.monotonic() < deadline, (seen, self.reasons())
            time.sleep(0.1)
        return seen

    def reasons(self) -> dict[str, str]:
        return {line.path: line.reason for line in drop_records.unclaimed(self.archive.site, self.account)}

    def write(self, name: str, data: bytes = b"") -> bytes:
        """A file of this content, of its own otherwise."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = data or recording_bytes()
        path.write_bytes(data)
        return data

    def vouch(self, name: str, data: bytes, **changed: Any) -> None:
        """Its manifest, renamed into place last."""
        place = self.root / f"{name}.manifest.json"
        unfinished = place.with_name("unfinished.tmp")
        unfinished.write_text(manifest(Path(name).name, data, **changed), "utf-8")
        unfinished.rename(place)

    def recordings(self) -> list[tuple[str, str]]:
        """(trust grade, file name) of everything this account has deposited."""
        with sqlite3.connect(f"file:{self.archive.data / 'liuhen.db'}?mode=ro", uri=True) as connection:
            return connection.execute(
                "SELECT r.trust, l.file_name FROM recording r JOIN label l ON l.recording = r.id WHERE r.station = ?"
                " ORDER BY l.file_name", (self.account,)).fetchall()


def recording_bytes() -> bytes:
    """A short real recording nobody else has."""
    return (SAMPLES / "interview_pcm.wav").read_bytes() + noise(64)


def manifest(name: str, data: bytes, **changed: Any) -> str:
    """The text of a manifest for these bytes."""
    held = {"v": 1, "file": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "recorder": RECORDER, "started": "2026-03-05T09:30:00+08:00", "ended": "2026-03-05T09:32:00+08:00",
            "labels": {"wearer_no": "310217"}}
    return json.dumps({**held, **changed}, ensure_ascii=False)


@contextmanager
def archive_at_work(folder: Path, policy: str = "") -> Iterator[Archive]:
    """A new archive as the serving process has it, without the web: store, sequencer and worker, in this process.
    ``policy``: lines of a cosigner policy below the log's own."""
    log_key = init(folder / "data", "test.example", short_locks=True)
    if policy:
        (folder / "data" / "policy").write_text(f"log {log_key.text()}\n{policy}")
        toml = settings_path(folder / "data")
        toml.write_text(toml.read_text().replace("[log]\n", '[log]\npolicy = "policy"\n'))
    with running(folder / "data", load_settings(folder / "data")) as archive:
        worker = Worker(archive.intake)
        worker.start()
        try:
            yield archive
        finally:
            worker.stop()


@contextmanager
def dropped(archive: Archive, root: Path, profile: str = "manifest", after: After = "keep",
            quiet_s: float = QUIET_S) -> Iterator[Dropped]:
    """A new account for ``root``, and a watch of the test's own on it."""
    root.mkdir(parents=True, exist_ok=True)
    account = add_folder(archive, root, "城北所旧采集站", profile, after)
    opened = next(one for one in folders(replace(archive, settings=load_settings(archive.data)))
                  if one.account == account)
    yield Dropped(archive, root, Watch(archive.intake, replace(opened, quiet_s=quiet_s)))
