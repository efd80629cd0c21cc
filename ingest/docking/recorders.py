"""What a dock needs of a recorder in a slot, whatever the vendor: who it is, its clock, its clips, and wiping one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from archive.proof.note import NoteSigner
from ingest.manifest import RecorderName


@dataclass(frozen=True)
class Docked:
    """A recorder as it introduces itself. ``battery``: per cent, None where it does not say. Its wearer is whoever it
    was last told: what the archive's ledger says of the time of recording goes before that (R9)."""

    name: RecorderName
    wearer_no: str = ""
    wearer: str = ""
    unit_no: str = ""
    unit: str = ""
    battery: int | None = None
    resolution: str = ""


@dataclass(frozen=True)
class Clip:
    """One file on a recorder. ``untrusted_name``: its path on the recorder with ``/``; ``started`` and ``ended`` are
    what the recorder's own clock said, UTC. ``session``: the one it belongs to, where the recorder knows it."""

    untrusted_name: str
    size: int
    modified_ns: int
    started: datetime
    ended: datetime
    sequence: int | None = None
    session: str | None = None


class RecorderDoor(Protocol):
    """A recorder that stands in a slot. Every call may raise ``OSError``: recorders are pulled out at any moment.

    ``wipe`` removes one clip for good and returns only when it is gone; it is called after a receipt was verified and
    at no other time. ``clock`` answers None where the recorder's clock cannot be read.
    """

    def identity(self) -> Docked: ...

    def clock(self) -> datetime | None: ...

    def set_clock(self, to: datetime) -> None: ...

    def clips(self) -> Sequence[Clip]: ...

    def path(self, clip: Clip) -> Path: ...

    def wipe(self, clip: Clip) -> None: ...


@runtime_checkable
class SigningDoor(RecorderDoor, Protocol):
    """A recorder that holds a key of its own and signs manifests beside the station (trust grade ``recorder_signed``).

    ``signer`` answers None where this one has no key. What it signs is a manifest's text; a recorder signs only what
    speaks of itself and of bytes it holds, ``Refused recorder.not_its_own`` otherwise.
    """

    def signer(self) -> NoteSigner | None: ...
