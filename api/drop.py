"""Drop folders as they are set up: accounts made, folders opened with their keys, and the thread that looks."""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from api.settings import DropFolderSettings, load_settings, settings_path
from api.wiring import Archive, write_private_text
from archive.actors import SYSTEM
from archive.durable import replace_file
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import new_id, parse_id
from archive.proof.signing import SigningKey
from archive.rooms import Means, change, room_row
from ingest.drop_settling import After
from ingest.dropfolder import DropFolder, Look, Watch, looked
from ingest.import_accounts import MANIFEST, Account, accounts, add_account
from ingest.profiles import find_profile
from ingest.room_pull import RoomChannels

PATIENCE_S = 30.0
DEFAULT_QUIET_S = 120.0
"""For accounts that go by manifests: how long before a file without one is listed as unclaimed."""
_journal = structlog.get_logger("drop")


def add_folder(archive: Archive, untrusted_folder: Path, title: str, profile: str, after: After,
               quiet_s: int | None = None, room: RoomChannels | None = None) -> Account:
    """Make an import account for a folder: key file, then the event, then the settings file. ``room``: it becomes that
    room's box, for sessions opened from now on, and nothing but what they ask for is taken in.

    ``Refused drop.bad_folder | drop.channels``, ``Conflict drop.folder_taken``, ``NotFound drop.no_profile |
    room.unknown``. A crash before the
    settings are written leaves an account that no folder uses; run it again.
    """
    folder = _usable(archive, untrusted_folder)
    if profile != MANIFEST:
        find_profile(own_profiles(archive.data), profile)
    if room is not None:
        _require_channels(archive, room)
    key = SigningKey.generate(new_id("sta"))
    write_private_text(key_path(archive.data, key.key.name), key.to_pem().decode())
    account = add_account(archive.site, key.key, title, profile)
    if room is not None:
        row = room_row(archive.site, room.room)
        change(archive.site, SYSTEM, row.id, row.name or row.id, row.place or "",
               Means(account, "recorder", [name or str(n) for n, name in enumerate(row.channel_names, 1)]))
    _write_settings(archive.data, folder, account, after, quiet_s, room)
    return accounts(archive.site)[account]


def key_path(data: Path, account: str) -> Path:
    """``keys/import/<id>.pem``."""
    return data / "keys" / "import" / f"{parse_id('sta', account)}.pem"


def own_profiles(data: Path) -> Path:
    """``DATA/profiles``: profiles of this archive's own, looked at before those that ship."""
    return data / "profiles"


def folders(archive: Archive) -> tuple[DropFolder, ...]:
    """Every drop folder of the settings, ready to be looked into; ``NotFound drop.no_account``, ``drop.no_profile``,
    ``Refused drop.profile | drop.no_key``."""
    known = accounts(archive.site)
    return tuple(_opened(archive, one, known) for one in archive.settings.drop.folders)


@contextmanager
def looking(data: Path) -> Iterator[None]:
    """One look at a time, over all processes: holds ``run/drop.lock``."""
    with (data / "run" / "drop.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def look_once(data: Path, watches: list[Watch], stopping: Callable[[], bool] = lambda: False) -> list[Look | None]:
    """One look into each folder."""
    with looking(data):
        return [looked(watch, stopping) for watch in watches]


class DropThread(threading.Thread):
    """Looks into the drop folders every so often until told to stop; without folders it ends at once."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(name="drop", daemon=True)
        self._archive = archive
        self._stopping = threading.Event()
        self._watches = [Watch(archive.intake, folder) for folder in folders(archive)]

    def run(self) -> None:
        every = self._archive.settings.drop.look_every.total_seconds()
        while self._watches and not self._stopping.is_set():
            try:
                look_once(self._archive.data, self._watches, self._stopping.is_set)
            except Exception as fault:
                # Whatever lies in a folder must not end the looking: the next look sees it again.
                _journal.error("drop.look_failed", exc_info=fault)
            self._stopping.wait(every)

    def stop(self) -> None:
        """End after the file at hand; what it leaves half done goes on at the next start."""
        self._stopping.set()
        if self.is_alive():
            self.join(PATIENCE_S)


def _opened(archive: Archive, one: DropFolderSettings, known: dict[str, Account]) -> DropFolder:
    account = known.get(one.account)
    if account is None:
        raise NotFound("drop.no_account", f"{one.account[:40]} is no import account of this archive; make one with "
                       "`liuhen drop add`, or take its drop.folders entry out of the settings")
    try:
        key = SigningKey.from_pem(key_path(archive.data, account.id).read_bytes(), account.id)
    except (OSError, ValueError) as fault:
        raise Refused("drop.no_key", f"the key of import account {account.id} cannot be read from keys/import; "
                      "put it back, or make another account") from fault
    profile = None if account.profile == MANIFEST else find_profile(own_profiles(archive.data), account.profile)
    quiet = DEFAULT_QUIET_S if profile is None else float(profile.quiet_s)
    room = None if one.room is None else RoomChannels(one.room, one.channels)
    if room is not None:
        _require_channels(archive, room)
    return DropFolder(one.path, account, key, profile, one.quiet.total_seconds() if one.quiet else quiet, one.after,
                      room)


def _require_channels(archive: Archive, room: RoomChannels) -> None:
    known = len(room_row(archive.site, room.room).channels)
    numbers = list(room.channels.values())
    if not numbers or len(set(numbers)) < len(numbers) or not all(0 < one <= known for one in numbers):
        raise Refused("drop.channels", f"name for each channel of the room, 1 to {known}, one recorder that the "
                                       "profile tells: --channel 1=NVR-01/CH03")


def _usable(archive: Archive, untrusted_folder: Path) -> Path:
    folder, data = untrusted_folder.resolve(), archive.data.resolve()
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise Refused("drop.bad_folder", f"{folder} is no folder that can be read here; make it first")
    if folder == data or folder in data.parents or data in folder.parents:
        raise Refused("drop.bad_folder", f"{folder} holds, or lies in, the data folder; choose one apart from it")
    taken = [one.path.resolve() for one in archive.settings.drop.folders]
    if any(folder == other or folder in other.parents or other in folder.parents for other in taken):
        raise Conflict("drop.folder_taken", f"{folder} overlaps with a drop folder there is already; choose another")
    return folder


def _write_settings(data: Path, folder: Path, account: str, after: After, quiet_s: int | None,
                    room: RoomChannels | None) -> None:
    """Append the folder to ``liuhen.toml``, which is put back as it was when it no longer reads."""
    path = settings_path(data)
    before = path.read_text("utf-8")
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    added = f'\n[[drop.folders]]\npath = "{quoted}"\naccount = "{account}"\nafter = "{after}"\n'
    added += "" if quiet_s is None else f"quiet = {quiet_s}\n"
    if room is not None:
        named = ", ".join(f"{json.dumps(serial)} = {number}" for serial, number in room.channels.items())
        added += f'room = "{room.room}"\nchannels = {{ {named} }}\n'
    mode = path.stat().st_mode & 0o777
    replace_file(path, (before.rstrip("\n") + "\n" + added).encode(), mode)
    try:
        load_settings(data)
    except Refused:
        replace_file(path, before.encode(), mode)
        raise
