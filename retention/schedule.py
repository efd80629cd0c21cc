"""How long originals are locked. One setting until rule packs decide: locks can grow later, never shrink."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Schedule:
    """``staging_lock`` from completion of an upload, ``keep_default`` from accession (R26 asks for 长期: no default
    deletion; the end of a lock deletes nothing by itself)."""

    staging_lock: timedelta
    keep_default: timedelta

    def staged_until(self, now: datetime) -> datetime:
        """Lock of bytes that are complete but not yet accessioned."""
        return now + self.staging_lock

    def keep_until(self, now: datetime) -> datetime:
        """Lock of an accessioned original and of its derivatives."""
        return now + max(self.keep_default, self.staging_lock)
