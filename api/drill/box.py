"""The throw-away archive: real store, database, cosigners and time authority, its state of yesterday, and copies of its
database to attack. Never anybody's own data."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api import test_authority
from api.drill.deposits import Deposited, deposit
from api.drill.neighbours import Neighbour
from api.policy_file import read_policy
from api.settings import AuthoritySettings, Settings, TimeSettings, load_settings
from api.setup import init
from api.wiring import Archive, new_station_key, running
from archive import custody
from archive.entries import CustodyEvent
from archive.log import SignedTree
from archive.log_events import LockProbed
from archive.proof.keys import VerificationKey
from archive.proof.policy import Policy
from archive.proof.signing import SigningKey
from archive.proof.trust import Trust
from ingest.stations import enrol

NAMES = ("drill-neighbour-a", "drill-neighbour-b")
POLICY, CERTIFICATE = Path("public") / "policy.txt", Path("public") / "test-authority.pem"
FILLING = 300
"""Leaves, so that there is a full tile and a bundle in locked storage."""
PATIENCE_S = 30.0


@dataclass
class Box:
    """What attacks work on. ``yesterday``: the whole data folder as it was, the store in it stopped properly.
    ``policy``: the one the drill's docks and auditors have pinned."""

    folder: Path
    settings: Settings
    archive: Archive
    policy: Policy
    station: SigningKey
    neighbours: tuple[Neighbour, ...]
    yesterday: Path
    earlier: Deposited
    later: Deposited
    _copies: int = 0
    _struck: float = 0.0

    @property
    def data(self) -> Path:
        """The data folder of the running archive."""
        return self.archive.data

    @property
    def log_key(self) -> VerificationKey:
        """The log's public key."""
        return self.archive.site.ports.signer.key

    @property
    def trust(self) -> Trust:
        """Whom a dock or auditor of this drill believes."""
        return Trust(self.policy)

    def struck(self) -> None:
        """The deed is done: from now on it counts how long it takes to be found."""
        self._struck = self.archive.site.ports.clock.monotonic()

    def since_struck(self) -> float:
        """Seconds since the deed."""
        return self.archive.site.ports.clock.monotonic() - self._struck

    def deposit(self) -> Deposited:
        """One more recording with a cosigned receipt, for one attack to spoil."""
        return deposit(self.archive, self.station)

    def grow(self, leaves: int = 1) -> SignedTree:
        """So many leaves more, signed and cosigned."""
        fill(self.archive, leaves)
        return cosigned(self.archive)

    def settled(self) -> SignedTree:
        """The newest tree once it covers every row and is cosigned."""
        return cosigned(self.archive)

    def wait(self, what: Callable[[], bool], patience_s: float) -> bool:
        """Until it holds, no longer than this; answers whether it does."""
        clock = self.archive.site.ports.clock
        until = clock.monotonic() + patience_s
        while not (holds := what()) and clock.monotonic() < until:
            time.sleep(0.02)
        return holds

    def scratch(self) -> Path:
        """An empty folder of its own."""
        self._copies += 1
        made = self.folder / f"scratch-{self._copies}"
        made.mkdir()
        return made

    def copy(self) -> Path:
        """A data folder of its own with this moment's database, keys and published file, over the same store."""
        self.settled()
        made = self.scratch()
        for name in ("keys", "public", "log"):
            shutil.copytree(self.data / name, made / name)
        for name in ("run", "staging", "spool"):
            (made / name).mkdir()
        for name in ("liuhen.toml", "run/store.json"):
            shutil.copy2(self.data / name, made / name)
        copy_database(self.data / "liuhen.db", made / "liuhen.db")
        return made


@contextmanager
def made_box(folder: Path) -> Iterator[Box]:
    """A whole archive in ``folder`` (absent or empty), running until the block ends, some hundred leaves long."""
    data, yesterday = folder / "archive", folder / "yesterday"
    with ExitStack() as stack:
        log_key = init(data, "drill.liuhen.local", short_locks=True)
        neighbours = tuple(Neighbour(folder / name, name) for name in NAMES)
        for one in neighbours:
            one.make(log_key)
            one.start()
            stack.callback(one.stop)
        authority = stack.enter_context(test_authority.serving(folder / "authority"))
        shutil.copy2(folder / "authority" / "certificate.pem", data / CERTIFICATE)
        settings = _settings(data, log_key, neighbours, authority)
        station = new_station_key(folder / "station.pem")
        with running(data, settings) as archive:
            enrol(archive.site, station.key.text(), "演练采集站 Drill station")
            earlier = deposit(archive, station)
            fill(archive, FILLING)
            cosigned(archive)
        shutil.copytree(data, yesterday, ignore=shutil.ignore_patterns("*.sock"))
        for one in neighbours:
            shutil.copy2(one.folder / "state.db", one.folder / "yesterday.db")
        archive = stack.enter_context(running(data, settings))
        box = Box(folder, settings, archive, read_policy(data / POLICY), station, neighbours, yesterday, earlier,
                  deposit(archive, station))
        box.grow()
        yield box


def cosigned(archive: Archive) -> SignedTree:
    """The newest tree once it covers every row and meets the policy."""
    size = archive.site.db.read(custody.size)
    assert archive.site.cosigning is not None, "made with a policy"
    return archive.site.cosigning.wait_cosigned(size - 1).result(PATIENCE_S)


def fill(archive: Archive, leaves: int) -> int:
    """Leaves that change no projection but one row; answers the last index."""
    site = archive.site
    body = LockProbed(site.ports.store.name, "service", True, ())
    event = [CustodyEvent.plain("system", site.log_id, body) for _ in range(leaves)]
    return site.db.write(lambda tx: [custody.append(tx, site.ports.clock, one) for one in event][-1])


def copy_database(source: Path, target: Path) -> None:
    """One state of a database in use, as a backup takes it."""
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as held:
        with closing(sqlite3.connect(target)) as made:
            held.backup(made)


def _settings(data: Path, log_key: VerificationKey, neighbours: tuple[Neighbour, ...], authority: str) -> Settings:
    lines = [f"log {log_key.text()}"]
    lines += [f"witness {one.name} {one.key.text()} {one.url}" for one in neighbours]
    lines += [f"group {one.name}-line all {one.name}" for one in neighbours]
    lines += ["group both all " + " ".join(f"{one.name}-line" for one in neighbours), "quorum both", ""]
    (data / POLICY).write_text("\n".join(lines))
    settings = load_settings(data)
    log = settings.log.model_copy(update={"policy": str(POLICY)})
    outside = TimeSettings(authorities=(
        AuthoritySettings(name=test_authority.NAME, url=authority, certificate=str(CERTIFICATE)),))
    return settings.model_copy(update={"log": log, "time": outside})
