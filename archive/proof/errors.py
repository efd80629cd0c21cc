"""The one failure of a check: which step did not hold, and why, in plain words."""

from __future__ import annotations


class VerificationError(Exception):
    """Evidence did not hold: ``step`` names the check (``signature``, ``inclusion`` …), ``reason`` the fault.

    Malformed *arguments* (a key, a digest, a path) raise ``ValueError`` instead: those are the caller's.
    """

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
