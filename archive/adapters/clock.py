"""The machine's clock. The only place that asks for the present."""

import time
from datetime import UTC, datetime


class SystemClock:
    """``Clock`` from the operating system. Limit: whoever administers the machine sets it; times are claims."""

    def now(self) -> datetime:
        """Wall-clock time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some start; never goes back."""
        return time.monotonic()
