"""What happens to import accounts: they attest for docks and video recorders that cannot sign themselves."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body


@dataclass(frozen=True)
class ImportAccountAdded(Body):
    """An import account: a station whose key the archive itself keeps. Subject: the station. Particulars: title.

    ``profile``: ``manifest``, or the name of the vendor profile by which it reads a drop folder. What it delivers is
    ``named_only``: its signature says what the archive found in the folder, not who made it.
    """

    KIND: ClassVar[str] = "import.account_added/1"
    station_key: str
    profile: str
