"""Values that stand inside events: intervals, tools, streams. Their fields are part of the leaf and never change."""

from dataclasses import dataclass
from datetime import datetime

from archive.proof.digest import Digest


@dataclass(frozen=True)
class Interval:
    """A moment known to lie between two times, both UTC; a device clock is never exact."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True)
class ToolUsed:
    """A program that read or made bytes: its name, version line and the digest of its executable."""

    name: str
    version: str
    digest: Digest


@dataclass(frozen=True)
class StreamSeen:
    """One stream as the probe saw it; sizes in pixels, rates in Hz, strings reduced to tokens."""

    index: int
    kind: str
    codec: str
    profile: str
    width: int
    height: int
    sample_rate: int
    channels: int


@dataclass(frozen=True)
class StreamIndexed:
    """Essence of one stream: digest over its packets, count, first and last timestamp in ticks of ``time_base``."""

    index: int
    kind: str
    essence: Digest
    packets: int
    first_pts: int | None
    last_pts: int | None
    time_base: str


@dataclass(frozen=True)
class StreamChecked:
    """A derivative's stream as compared with the original's; times in µs from the earliest stream's first packet.

    ``treatment``: copied (then ``essence`` equals the original's) or encoded. ``essence`` is over the derivative's
    packets. ``hidden_original``: packets of the original that its edit list shows to nobody; the derivative lacks them.
    """

    index: int
    kind: str
    treatment: str
    packets: int
    packets_original: int
    hidden_original: int
    first_us: int
    last_us: int
    essence: Digest


@dataclass(frozen=True)
class LockAttempt:
    """One attempt to break a lock. ``expected`` and ``outcome``: refused | done | not_tried."""

    name: str
    expected: str
    outcome: str
