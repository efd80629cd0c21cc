"""A simulated recorder with the common dock interface: serial, officer, unit, battery, resolution, clock, wipe.

For trying a dock without hardware, and for tests: a folder whose clock runs wrong by as much as it is told.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from archive.errors import Refused
from archive.proof import canonical
from archive.proof.digest import measure_file
from archive.proof.keys import VerificationKey
from archive.proof.note import NoteSigner
from archive.proof.signing import SigningKey
from ingest.docking.folder_recorder import SIDECAR, FolderRecorder
from ingest.docking.recorders import Clip, Docked


@dataclass
class SimulatedRecorder:
    """``SigningDoor`` over a folder of its own. ``now`` is the true time, ``offset`` how far its clock is ahead; with a
    ``key`` it signs manifests."""

    folder: Path
    now: Callable[[], datetime]
    offset: timedelta = timedelta()
    key: SigningKey | None = None
    _inside: FolderRecorder = field(init=False)

    def __post_init__(self) -> None:
        self._inside = FolderRecorder(self.folder)

    @classmethod
    def made(cls, folder: Path, docked: Docked, now: Callable[[], datetime],
             offset: timedelta = timedelta()) -> "SimulatedRecorder":
        """A new recorder that introduces itself as ``docked``; field widths as the common interface has them."""
        folder.mkdir(parents=True)
        (folder / SIDECAR).write_text(json.dumps({
            "v": 1, "vendor": docked.name.vendor, "serial": docked.name.serial[:8], "kind": docked.name.kind,
            "wearer_no": docked.wearer_no[:7], "wearer": docked.wearer[:33], "unit_no": docked.unit_no[:13],
            "unit": docked.unit[:33], "battery": docked.battery, "resolution": docked.resolution}, ensure_ascii=False))
        return cls(folder, now, offset)

    def record(self, data: bytes, length: timedelta, sequence: int) -> Path:
        """A clip that ends now by the recorder's own clock."""
        ended = self.now() + self.offset
        path = self.folder / f"{ended:%Y%m%d%H%M%S}_{sequence:04}.mp4"
        path.write_bytes(data)
        path.with_name(path.name + ".json").write_text(json.dumps({
            "started": canonical.format_time(ended - length), "ended": canonical.format_time(ended),
            "sequence": sequence}))
        os.utime(path, (ended.timestamp(), ended.timestamp()))
        return path

    def identity(self) -> Docked:
        return self._inside.identity()

    def clock(self) -> datetime | None:
        return (self.now() + self.offset).replace(microsecond=0)

    def set_clock(self, to: datetime) -> None:
        self.offset = to - self.now()

    def clips(self) -> Sequence[Clip]:
        return self._inside.clips()

    def path(self, clip: Clip) -> Path:
        return self._inside.path(clip)

    def wipe(self, clip: Clip) -> None:
        self._inside.wipe(clip)

    def signer(self) -> NoteSigner | None:
        return None if self.key is None else _OwnBytes(self, self.key)


@dataclass(frozen=True)
class _OwnBytes:
    """Signs a manifest only if it names this recorder and bytes of a clip on it: a dock cannot have it sign others."""

    recorder: SimulatedRecorder
    signing: SigningKey

    @property
    def key(self) -> VerificationKey:
        return self.signing.key

    def sign(self, message: bytes) -> bytes:
        manifest: Any = canonical.decode(message.removesuffix(b"\n"))
        name, held = manifest["recorder"], [self.recorder.path(clip) for clip in self.recorder.clips()]
        mine = self.recorder.identity().name
        if (name["vendor"], name["serial"]) != (mine.vendor, mine.serial) or not any(
                str(measure_file(path, ("sha256",)).digests[0]) == manifest["digests"][0] for path in held):
            raise Refused("recorder.not_its_own", "the recorder signs only for itself and for bytes it holds")
        return self.signing.sign(message)
