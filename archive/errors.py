"""What can go wrong in the archive: one family, each with a stable code (documented in docs/errors.md)."""


class ArchiveError(Exception):
    """A failure with a stable ``code`` (``area.noun``) and a sentence that says what to do.

    ``details`` holds plain JSON values that help the caller; never secrets or particulars.
    """

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class NotFound(ArchiveError):
    """Absent, or hidden from this actor: the two look the same on purpose."""


class Refused(ArchiveError):
    """The caller may not do this, or what was sent is not acceptable; repeating it will not help."""


class Conflict(ArchiveError):
    """The act contradicts the present state (a wrong offset, a replayed nonce, a second writer)."""


class Unavailable(ArchiveError):
    """A part we depend on does not answer now; nothing is lost, try again after ``retry_after`` seconds."""

    def __init__(self, code: str, message: str, retry_after: int = 5, **details: object) -> None:
        super().__init__(code, message, **details)
        self.retry_after = retry_after


class Contradiction(ArchiveError):
    """Two things that must agree do not (rows, signed checkpoint, store): stop, say which side is behind."""
