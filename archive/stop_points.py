"""Named places where a test may kill the process, to prove that a crash there loses and doubles nothing.

Armed only by ``arm``, which the composition root calls when the setting ``testing`` is on; otherwise ``reach`` is idle.
"""

import os
import signal

STOP_POINTS = frozenset({
    "mid_patch", "after_parts", "after_tail", "after_finish", "mid_readback", "before_commit", "after_commit",
    "mid_derivative", "after_stage", "after_sign", "after_opened", "after_tile", "after_entries", "after_particulars",
    "after_publish", "after_ended",
})
_armed: list[str] = []


def arm(point: str) -> None:
    """Kill this process with SIGKILL when ``point`` is reached."""
    if point not in STOP_POINTS:
        raise ValueError(f"unknown stop point {point!r}")
    _armed[:] = [point]


def reach(point: str) -> None:
    """Mark that the process is at ``point``."""
    if _armed and _armed[0] == point:
        os.kill(os.getpid(), signal.SIGKILL)
