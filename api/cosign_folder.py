"""A cosigner's folder: its key, its state, ``cosigner.toml``. Independent of any archive."""

import fcntl
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.wiring import station_clock, write_private_text
from archive.cosigner_answer import CosignerDesk
from archive.cosigner_state import CosignerState
from archive.errors import Conflict, Contradiction, Refused
from archive.proof.keys import ED25519, VerificationKey, check_name
from archive.proof.signing import CosigningKey

KEY, VKEY, STATE, SETTINGS, LOCK = "cosigner.pem", "cosigner.vkey", "state.db", "cosigner.toml", "lock"
_LOG = re.compile(r"([^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44})(?:=(.+))?").fullmatch

Logs = dict[str, tuple[VerificationKey, ...]]


class CosignerSettings(BaseModel):
    """``cosigner.toml``. ``logs``: VKEY, or VKEY=ORIGIN where the origin is not the key's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=8421, ge=0, le=65535)
    logs: tuple[str, ...] = ()


def init_folder(folder: Path, name: str, untrusted_logs: Sequence[str]) -> VerificationKey:
    """A new cosigner in ``folder`` (absent or empty): key, empty state, settings; answers its public key.

    ``Refused cosigner.name | cosigner.log``, ``Conflict cosigner.exists``.
    """
    try:
        key = CosigningKey.generate(check_name(name))
    except ValueError as fault:
        raise Refused("cosigner.name", f"a cosigner's name: {fault}") from fault
    parse_logs(untrusted_logs)
    if folder.exists() and any(folder.iterdir()):
        raise Conflict("cosigner.exists", f"{folder} is not empty: a cosigner is made once, in a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    listed = "".join(f'    "{log}",\n' for log in untrusted_logs)
    (folder / SETTINGS).write_text(
        "# Which logs this cosigner follows: what the archive calls its log key (public/log.vkey), one in each line.\n"
        f"logs = [\n{listed}]\n# host = \"127.0.0.1\"\n# port = 8421\n")
    # The key before the state: a crash between the two leaves a folder that refuses to serve, never one that forgot.
    write_private_text(folder / KEY, key.to_pem().decode())
    (folder / VKEY).write_text(key.key.text() + "\n")
    CosignerState.create(folder / STATE, key.key.text())
    return key.key


def load(folder: Path) -> CosignerSettings:
    """The folder's settings; ``Refused cosigner.settings | cosigner.absent``."""
    path = folder / SETTINGS
    try:
        held: dict[str, Any] = tomllib.loads(path.read_text())
        return CosignerSettings(**held)
    except FileNotFoundError as fault:
        raise Refused("cosigner.absent", f"{folder} holds no cosigner: run `liuhen cosign init` first") from fault
    except ValidationError as fault:
        where = ".".join(str(part) for part in fault.errors()[0]["loc"])
        raise Refused("cosigner.settings", f"{path}: {where}: {fault.errors()[0]['msg']}") from fault
    except ValueError as fault:
        raise Refused("cosigner.settings", f"{path} does not read: {fault}") from fault


def parse_logs(untrusted_logs: Sequence[str]) -> Logs:
    """Origin → keys, several where a log rotates its key; ``Refused cosigner.log``."""
    found: Logs = {}
    for untrusted_log in untrusted_logs:
        match = _LOG(untrusted_log.strip())
        try:
            if match is None:
                raise ValueError("it is written name+id+base64, or name+id+base64=origin")
            key = VerificationKey.parse(match[1])
            if key.kind != ED25519:
                raise ValueError("a log's key is of kind Ed25519")
        except ValueError as fault:
            raise Refused("cosigner.log", f"not a log's key: {fault}") from fault
        origin = match[2] or key.name
        if key not in found.get(origin, ()):
            found[origin] = (*found.get(origin, ()), key)
    return found


@contextmanager
def opened(folder: Path, untrusted_logs: Sequence[str] = ()) -> Iterator[CosignerDesk]:
    """The one process of a cosigner. ``Conflict cosigner.running``, ``Contradiction cosigner.state_lost``."""
    logs = parse_logs([*load(folder).logs, *untrusted_logs])
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise Conflict("cosigner.running", f"another process cosigns from {folder}; stop it first") from fault
        key = _key(folder)
        state = CosignerState(folder / STATE, key.key.text())
        try:
            yield CosignerDesk(state, key, station_clock(), logs)
        finally:
            state.close()


def public_key(folder: Path) -> VerificationKey:
    """The cosigner's public key; ``Contradiction cosigner.key`` when the folder holds none that reads."""
    return _key(folder).key


def _key(folder: Path) -> CosigningKey:
    try:
        name = (folder / VKEY).read_text().split("+")[0]
        return CosigningKey.from_pem((folder / KEY).read_bytes(), name)
    except (OSError, ValueError) as fault:
        raise Contradiction("cosigner.key", f"the key in {folder} does not read ({fault}): put it back; if it is lost, "
                            "make a new cosigner and tell everybody who trusts the old one") from fault
