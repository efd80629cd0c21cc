"""One test authority per process, and a log to anchor."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ledger
import pytest
from anchoring.anchor_site import AnchorSite
from contracts.memory_store import MemoryStore
from log_site import FaultyDatabase

from api import test_authority
from archive import custody
from archive.adapters.timestamper import HttpAuthority


@dataclass(frozen=True)
class Authority:
    """A running test authority."""

    folder: Path
    address: str
    pem: bytes

    def named(self, name: str = "test") -> HttpAuthority:
        return HttpAuthority(name, self.address, self.pem)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    folder = tmp_path_factory.mktemp("authority")
    with test_authority.serving(folder) as address:
        yield Authority(folder, address, (folder / "certificate.pem").read_bytes())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AnchorSite]:
    db = FaultyDatabase(ledger.migrated(tmp_path), custody.flush)
    made = AnchorSite(db, MemoryStore())
    yield made
    made.stop()
    db.close()
