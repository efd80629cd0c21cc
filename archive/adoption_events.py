"""An old share taken into the archive: a batch begun on a hash list its old holder signed, and what came of it."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body
from archive.proof.digest import Digest

ADOPTION = "adoption"
"""The profile of import accounts that adopt: one for each batch, so that what a recording came by names its batch."""
ADOPTED = "adopted"
"""The trust grade of what they deliver: integrity is known only since adoption."""


@dataclass(frozen=True)
class AdoptionBegan(Body):
    """Files of a share are about to be adopted. Subject: the adoption. Particulars: holder, note (what was signed).

    ``account``: the import account made for this batch, the station of each of its recordings. ``holder_key``: whose
    signature on the list was checked. ``listed``: SHA-256 of the hash list; ``sheet``: of the old share's spreadsheet.
    ``files`` and ``size`` (bytes) are the list's.
    """

    KIND: ClassVar[str] = "adoption.began/1"
    account: str
    holder_key: str
    listed: Digest
    sheet: Digest
    files: int
    size: int


@dataclass(frozen=True)
class AdoptionEnded(Body):
    """A run came to the end of the list. Subject: the adoption; said again when a later run came to another result.

    Counts of the list's files: ``taken`` in by this batch, all bytes under lock; ``already_held`` by the archive
    before; ``skipped``, which the run named.
    """

    KIND: ClassVar[str] = "adoption.ended/1"
    taken: int
    already_held: int
    skipped: int


ADOPTION_BODIES: tuple[type[Body], ...] = (AdoptionBegan, AdoptionEnded)
