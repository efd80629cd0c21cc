"""``liuhen init``: keys, origin, tables and the first leaf in an empty folder; once, and never over an archive."""

import secrets
from importlib.metadata import version
from pathlib import Path

from api.settings import load_settings, settings_path
from api.wiring import beside, make_keys
from archive import custody
from archive.entries import CustodyEvent
from archive.errors import Refused
from archive.events import LogOpened
from archive.migrations import migrate
from archive.proof.keys import VerificationKey

FOLDERS = ("keys", "public", "store", "staging", "spool", "log", "run")


def init(data: Path, name: str, short_locks: bool = False) -> VerificationKey:
    """Make an archive in ``data`` (absent or empty); answers the log's public key, which others pin.

    ``short_locks``: locks of a demo (an hour staged, a day kept), written into the settings file.
    ``Refused init.not_empty``.
    """
    if data.exists() and any(data.iterdir()):
        raise Refused("init.not_empty", f"{data} is not empty; an archive is made in an empty folder, once")
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)  # the database holds particulars in the clear
    for folder in FOLDERS:
        (data / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    origin = f"{name}/{secrets.token_hex(8)}"
    key = make_keys(data, origin)
    (data / "public" / "log.vkey").write_text(key.text() + "\n")
    settings_path(data).write_text(_toml(origin, short_locks))
    migrate(data / "liuhen.db")
    _open_log(data, key)
    return key


def _open_log(data: Path, key: VerificationKey) -> None:
    """The first leaf: which log this is and which key signs it."""
    with beside(data, load_settings(data)) as archive:
        event = CustodyEvent.plain("system", archive.site.log_id, LogOpened(key.name, key.text(), version("liuhen")))
        archive.site.db.write(lambda tx: custody.append(tx, archive.site.ports.clock, event))


def _toml(origin: str, short_locks: bool) -> str:
    text = "# Settings of this archive; docs/settings.md lists all. No secret belongs here.\n[log]\n"
    text += f'origin = "{origin}"\n'
    if short_locks:
        text += 'staged_lock = "P1D"\nlock = "P1D"\nkey_lock = "P1D"\n'
        text += '\n[deposit]\nstaging_lock = "PT1H"\nkeep_default = "P1D"\n'
    return text
