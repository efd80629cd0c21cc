"""Adopt an old share into a data folder: the batch's account and key, the archive at work meanwhile, the pace."""

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.drop import key_path
from api.settings import Settings
from api.wiring import Archive, beside, running, write_private_text
from api.worker import Worker
from archive.errors import Conflict, Contradiction, Refused
from archive.identifiers import AdoptionId, new_id
from archive.proof.keys import VerificationKey
from archive.proof.signing import SigningKey
from ingest.adoption import Outcome, Run, Show, batch_of, begin, end, waiting
from ingest.adoption_list import SignedList
from ingest.adoption_sheet import Sheet
from ingest.drop_deposit import Pace

LOOK_S = 0.2
_UNITS = {"B/s": 1, "KiB/s": 1 << 10, "MiB/s": 1 << 20, "GiB/s": 1 << 30}


@dataclass(frozen=True)
class Adopted:
    """A run's outcome and its batch; ``said``: it was logged, for it came to something new."""

    adoption: AdoptionId
    account: str
    outcome: Outcome
    said: bool


class Pacer:
    """Called with every chunk that was read, by any thread: sleeps until so many bytes a second are not exceeded on the
    whole."""

    def __init__(self, rate: int, now: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self._rate, self._now, self._sleep = rate, now, sleep
        self._due, self._lock = now(), threading.Lock()

    def __call__(self, read: int) -> None:
        with self._lock:
            now = self._now()
            self._due = due = max(self._due, now) + read / self._rate  # time elsewhere is not made up for in a burst
        self._sleep(due - now)


def parse_rate(untrusted_text: str) -> int:
    """Bytes a second of ``20MiB/s``; ``ValueError``."""
    unit = next((unit for unit in reversed(_UNITS) if untrusted_text.endswith(unit)), "")
    number = untrusted_text.removesuffix(unit)
    if not unit or not number.isascii() or not number.isdigit() or int(number) == 0:
        raise ValueError(f"a rate is a whole number and one of {', '.join(_UNITS)}, such as 20MiB/s")
    return int(number) * _UNITS[unit]


@contextmanager
def at_work(data: Path, settings: Settings) -> Iterator[Archive]:
    """The archive beside its serving process; where nobody serves, this process logs and accessions meanwhile."""
    try:
        with running(data, settings) as archive:
            worker = Worker(archive.intake)
            worker.start()
            try:
                yield archive
            finally:
                worker.stop()
            return
    except Conflict as fault:
        if fault.code != "serve.running":
            raise
    with beside(data, settings) as archive:
        yield archive


@contextmanager
def adopting(data: Path) -> Iterator[None]:
    """One adoption at a time: holds ``run/adopt.lock``; ``Conflict adopt.running``."""
    (data / "run").mkdir(exist_ok=True)
    with (data / "run" / "adopt.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise Conflict("adopt.running", "an adoption is running in this data folder; wait until it ends") from fault
        yield


def adopt(archive: Archive, root: Path, signed: SignedList, sheet: Sheet, holder: str, pace: Pace,
          show: Show) -> Adopted:
    """One run over a signed list, begun if it was not. ``Refused adopt.folder | adopt.sheet_differs | adopt.holder |
    adopt.no_key``, ``Conflict adopt.begun | adopt.running``, ``Unavailable`` as any deposit: a further run goes on."""
    if sheet.digest != signed.listed.sheet:
        raise Refused("adopt.sheet_differs", "the sheet is not the one the list was made with; give that one, or make "
                                             "and have signed a new list")
    require_apart(archive.data, root)
    key = _account_key(archive, signed, holder)
    outcome = Run(archive.intake, key, root, signed, sheet.rows, pace).go(show)
    batch = batch_of(archive.site, signed)
    if batch is None:
        raise Contradiction("adopt.vanished", "the batch that was begun is not in the database any more")
    return Adopted(batch.id, batch.account, outcome, end(archive.site, batch, outcome))


def require_apart(data: Path, untrusted_folder: Path) -> None:
    """``Refused adopt.folder`` unless it is a folder, neither within the data folder nor around it."""
    folder, own = untrusted_folder.resolve(), data.resolve()
    if not folder.is_dir() or folder == own or folder in own.parents or own in folder.parents:
        raise Refused("adopt.folder", f"{folder} is no folder, or holds or lies in the data folder; name the share")


def wait_for_accession(archive: Archive, account: str, show: Callable[[int], None]) -> None:
    """Until every deposit of the batch is accessioned or given up; ``show`` is told how many are not."""
    while left := waiting(archive.site, account):
        show(left)
        time.sleep(LOOK_S)


def make_holder_key(path: Path, name: str) -> VerificationKey:
    """A new key for an old holder: ``path`` (mode 0600) and ``path``.vkey. ``Conflict key.exists``, ``Refused
    key.malformed`` for a name no note key can have."""
    try:
        key = SigningKey.generate(name)
        VerificationKey.parse(key.key.text())
    except ValueError as fault:
        raise Refused("key.malformed", f"no key can have that name: {fault}") from fault
    write_private_text(path, key.to_pem().decode())
    path.with_name(f"{path.name}.vkey").write_text(key.key.text() + "\n", "utf-8")
    return key.key


def read_holder_key(path: Path) -> SigningKey:
    """The key of ``make_holder_key``; ``Refused key.malformed``."""
    try:
        public = VerificationKey.parse(path.with_name(f"{path.name}.vkey").read_text("utf-8").strip())
        key = SigningKey.from_pem(path.read_bytes(), public.name)
    except (OSError, ValueError) as fault:
        raise Refused("key.malformed", "the holder's key, or the .vkey file beside it, cannot be read") from fault
    if key.key != public:
        raise Refused("key.malformed", "the .vkey file beside the key is of another key")
    return key


def _account_key(archive: Archive, signed: SignedList, holder: str) -> SigningKey:
    """The key of the batch's account: file first, then the event; a crash between leaves a file that nobody uses."""
    batch = batch_of(archive.site, signed)
    if batch is None:
        if not holder.strip() or len(holder) > 200 or not holder.isprintable():
            raise Refused("adopt.holder", "say with --holder who kept the share, in at most 200 characters")
        key = SigningKey.generate(new_id("sta"))
        write_private_text(key_path(archive.data, key.key.name), key.to_pem().decode())
        begin(archive.site, key.key, signed, holder.strip())
        return key
    try:
        return SigningKey.from_pem(key_path(archive.data, batch.account).read_bytes(), batch.account)
    except (OSError, ValueError) as fault:
        raise Refused("adopt.no_key", f"the key of the batch's account {batch.account} cannot be read from "
                      "keys/import; put it back, or have a new list signed") from fault
