"""``liuhen log succeed`` on the file system: the new data folder is made beside its name, then the old is closed."""

import os
import secrets
import shutil
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from api.drop import own_profiles
from api.one_process import only_one
from api.settings import Settings, load_settings, settings_path
from api.setup import FOLDERS
from api.wiring import heir_keys, running_ports, vault_of
from archive.closed import Successor, close, require_open, successor
from archive.db import Database
from archive.durable import sync_folder
from archive.errors import Refused
from archive.proof.keys import VerificationKey
from archive.published import Published
from archive.rebuild import Rebuilt, Show, Sources
from archive.resubmitted import of_lost, read_receipts, require_same
from archive.succession import Heir, Remains, enter_again, remains, require_none_ahead
from ingest.rederive import Rederived, rederive

MOST_RECEIPT = 1 << 20
"""Bytes; a file beyond is not read as a receipt."""


@dataclass(frozen=True)
class Asked:
    """What the command was told. ``receipts``: a folder, or None; ``confirmed``: the leaves may be given up."""

    data: Path
    into: Path
    receipts: Path | None
    checkpoints: tuple[Path, ...]
    confirmed: bool
    accept_unreadable: bool = False


@dataclass(frozen=True)
class Made:
    """What came of it. ``receipts`` counted, of ``offered`` files; the rest are of leaves that are left."""

    key: VerificationKey
    left: Remains
    rebuilt: Rebuilt
    rows: Rederived
    receipts: int
    offered: int


def succeed(asked: Asked, show: Show) -> Made | None:
    """Make the successor of ``asked.data`` in ``asked.into``; None when only the end of an interrupted run was left.

    Order: all of the new folder, under the name ``.NEW.part``; the mark in the old one, which closes it; the embedded
    store's folder moves over; the new folder gets its name. Repeated after a crash before the mark it begins anew,
    after it it finishes. ``Refused succeed.*``, ``log.succeeded``, ``Conflict serve.running``, and what
    ``archive.succession`` raises.
    """
    data, into = asked.data.resolve(), asked.into.resolve()
    part = into.with_name(f".{into.name}.part")
    settings = load_settings(data)
    if into.exists():
        raise Refused("succeed.exists", f"{into} exists; the new log's folder is made, never written over")
    if data in into.parents or not into.parent.is_dir() or into.parent.stat().st_dev != data.stat().st_dev:
        raise Refused("succeed.place", f"{into} must lie on the disk of {data} and not in it, in a folder that exists: "
                      "the store's folder moves there")
    with only_one(data):
        made = None
        if successor(data / "log") is None:
            made = _make_whole(asked, data, part, settings, show)
            close(data / "log", Successor(made.key.text(), str(into)))
        _finish(data, part, into)
    return made


def _make_whole(asked: Asked, data: Path, part: Path, settings: Settings, show: Show) -> Made:
    """All of the new folder, durable, or nothing of it."""
    if (part / "store").exists():
        raise Refused("succeed.place", f"{part} holds a store, and {data} no mark of being closed: put the mark "
                      "back or the store, whichever was taken away")
    shutil.rmtree(part, ignore_errors=True)
    try:
        made = _make(asked, data, part, settings, show)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)  # it holds copies of the keys
        raise
    for path in (part, *part.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(part.parent)
    return made


def _make(asked: Asked, data: Path, part: Path, settings: Settings, show: Show) -> Made:
    with running_ports(data, settings) as ports:
        sources = Sources(ports.store, ports.vault, ports.signer)
        receipts = read_receipts(_files(asked.receipts), ports.signer.key)
        notes = [path.read_bytes() for path in asked.checkpoints] + [receipt.note for receipt in receipts]
        published = Published(data / "log").get()
        left = remains(sources, data / "liuhen.db", notes if published is None else [*notes, published], show)
        require_same(receipts, left.leaves())
        lost = of_lost(receipts, left.kept)
        require_none_ahead(ports.cosigners, sources, left.last)
        if not asked.confirmed:
            raise Refused("succeed.not_confirmed", f"{left.lost}, of {left.last.size} that were signed, would be "
                          "given up for good and the log closed. Look for a newer database and a second copy of the "
                          "store first; if there is none, say --yes-leaves-are-lost")
        key = _folder(data, part, settings)
        for receipt in lost:
            (part / "receipts" / f"{receipt.digest.value.hex()}.json").write_bytes(receipt.data)
        derived: list[Rederived] = []

        def also(db: Database) -> None:
            derived.append(rederive(db, ports.store, ports.clock.now()))

        heir = Heir(key, part / "liuhen.db", version("liuhen"), settings.log.key_lock)
        erased = frozenset(path.stem for path in (part / "keys" / "scopes").glob("*.erased"))
        done = enter_again(replace(sources, vault=vault_of(part)), left, heir, lost, ports.clock, erased=erased,
                           accept_unreadable=asked.accept_unreadable, show=show, also=also)
    return Made(key, left, done, derived[0], len(lost), len(receipts))


def _folder(data: Path, part: Path, settings: Settings) -> VerificationKey:
    """The new folder with keys and settings: same name, new random part, everything else as it was."""
    for folder in (*FOLDERS, "receipts"):
        if folder != "store":
            (part / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    part.chmod(0o700)
    old = settings.log.origin
    origin = f"{old.rsplit('/', 1)[0]}/{secrets.token_hex(8)}"
    key = heir_keys(data, part, origin)
    (part / "public" / "log.vkey").write_text(key.text() + "\n")
    settings_path(part).write_text(settings_path(data).read_text().replace(old, origin))
    if own_profiles(data).is_dir():
        shutil.copytree(own_profiles(data), own_profiles(part))
    old_key = (data / "public" / "log.vkey").read_text().strip()
    for name in filter(None, (settings.log.policy, *(one.certificate for one in settings.time.authorities))):
        if not Path(name).is_absolute():
            (part / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (part / name).write_text((data / name).read_text("utf-8").replace(old_key, key.text()), "utf-8")
    if load_settings(part) != settings.model_copy(update={"log": settings.log.model_copy(update={"origin": origin})}):
        raise Refused("succeed.settings", f"the origin {old} does not stand in {settings_path(data)} alone: take it "
                      "out of the environment, put it there and run the command again")
    return key


def _finish(data: Path, part: Path, into: Path) -> None:
    """From the mark to the name; each step may have been done already."""
    by = successor(data / "log")
    vkey = part / "public" / "log.vkey"
    if by is None or by.folder != str(into) or not vkey.exists() or vkey.read_text().strip() != by.key:
        require_open(data / "log")
    if (data / "store").exists():
        (data / "store").rename(part / "store")
        sync_folder(data)
    sync_folder(part)
    part.rename(into)
    sync_folder(into.parent)


def _files(folder: Path | None) -> dict[str, bytes]:
    if folder is None:
        return {}
    return dict(_read(path) for path in sorted(folder.iterdir()) if path.is_file())


def _read(path: Path) -> tuple[str, bytes]:
    with path.open("rb") as file:
        return path.name, file.read(MOST_RECEIPT)
