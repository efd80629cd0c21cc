"""What a cosigner's page shows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CosignedLog:
    """One log on a cosigner's page; ``at`` and ``since``: its latest and its first cosignature, None before any.

    ``followed``: still listed in its settings; ``convicted``: it showed another history, signed with its key.
    """

    origin: str
    followed: bool
    convicted: bool
    size: int = 0
    at: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class CosignerView:
    """A cosigner's page: who it is and what it last signed."""

    name: str
    vkey: str
    logs: tuple[CosignedLog, ...]
