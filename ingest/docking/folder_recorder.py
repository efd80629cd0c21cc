"""A recorder that shows itself as a mounted folder: ``recorder.json`` says who it is, media files are its clips.

Beside a clip may lie ``<clip>.json`` with its start, end and number; without it a file's modification time is its end.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.durable import sync_folder
from archive.errors import Refused
from archive.proof import canonical
from ingest.docking.recorders import Clip, Docked
from ingest.manifest import RecorderName

SIDECAR = "recorder.json"
MAX_SIDECAR = 16 * 1024
MEDIA = frozenset(".mp4 .mov .mkv .avi .mpg .mpeg .ts .3gp .wav .mp3 .aac .g722 .jpg .jpeg".split())
_NAMES = frozenset({"v", "vendor", "serial", "kind", "wearer_no", "wearer", "unit_no", "unit", "battery", "resolution"})
_LONGEST_TAKE = timedelta(days=1)
"""A clip without a sidecar began at most this long before its end."""


class FolderRecorder:
    """``RecorderDoor`` over a mounted folder. Its clock cannot be read or set: the dock says so in the manifest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def identity(self) -> Docked:
        """``Refused recorder.sidecar`` when ``recorder.json`` does not say who this is."""
        held = read_sidecar(self._folder / SIDECAR, _NAMES)
        battery = held.get("battery")
        return Docked(
            RecorderName(_text(held, "vendor"), _text(held, "serial"), _text(held, "kind")),
            wearer_no=_text(held, "wearer_no", ""), wearer=_text(held, "wearer", ""),
            unit_no=_text(held, "unit_no", ""), unit=_text(held, "unit", ""),
            battery=battery if type(battery) is int else None, resolution=_text(held, "resolution", ""))

    def clock(self) -> datetime | None:
        return None

    def set_clock(self, to: datetime) -> None:
        """Nothing to set."""

    def clips(self) -> Sequence[Clip]:
        """Media files in order of their times; links are not followed, empty files are clips like others."""
        found = []
        for at, folders, files in os.walk(self._folder):
            folders.sort()
            found += [path for name in sorted(files) if (path := Path(at) / name).suffix.lower() in MEDIA
                      and not path.is_symlink() and path.is_file()]
        return sorted((self._clip(path) for path in found), key=lambda clip: (clip.started, clip.untrusted_name))

    def path(self, clip: Clip) -> Path:
        return self._folder / clip.untrusted_name

    def wipe(self, clip: Clip) -> None:
        """The file, then what lay beside it; the folder is synced, so that a power cut does not bring it back."""
        path = self.path(clip)
        path.unlink()
        _beside(path).unlink(missing_ok=True)
        sync_folder(path.parent)

    def _clip(self, path: Path) -> Clip:
        seen = path.stat()
        ended = datetime.fromtimestamp(seen.st_mtime_ns // 1_000_000_000, UTC)
        started, sequence = ended - _LONGEST_TAKE, None
        if _beside(path).is_file():
            held = read_sidecar(_beside(path), frozenset({"started", "ended", "sequence"}))
            try:
                started, ended = (canonical.parse_time(str(held[name])) for name in ("started", "ended"))
            except (KeyError, ValueError) as fault:
                raise Refused("recorder.sidecar", f"{_beside(path).name} gives no start and end: {fault}") from fault
            sequence = held.get("sequence") if type(held.get("sequence")) is int else None
        name = path.relative_to(self._folder).as_posix()
        return Clip(name, seen.st_size, seen.st_mtime_ns, started, ended, sequence)


def read_sidecar(path: Path, names: frozenset[str]) -> dict[str, Any]:
    """A small JSON object of known members; ``Refused recorder.sidecar`` for anything else, ``OSError``."""
    with path.open("rb") as file:
        untrusted = file.read(MAX_SIDECAR + 1)
    try:
        held = json.loads(untrusted.decode("utf-8-sig"))
    except ValueError as fault:
        raise Refused("recorder.sidecar", f"{path.name} does not read as JSON: {fault}") from fault
    if len(untrusted) > MAX_SIDECAR or not isinstance(held, dict) or not held.keys() <= names:
        raise Refused("recorder.sidecar", f"{path.name} may hold only {', '.join(sorted(names))}")
    return held


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _text(held: dict[str, Any], name: str, default: str | None = None) -> str:
    value = held.get(name, default)
    if not isinstance(value, str) or len(value) > 64 or (default is None and not value):
        raise Refused("recorder.sidecar", f"{SIDECAR} must give {name} as text of at most 64 characters")
    return value
