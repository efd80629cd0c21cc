"""The folder of a station: its key, and what it pinned when it was enrolled: log key and cosigner policy.

``station.toml`` is written last: with it the folder is a home, without it an enrolment that can be taken up again.
"""

import contextlib
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

from api.policy_file import read_policy
from api.wiring import new_station_key, station_clock, write_private_text
from archive.durable import replace_file, sync_folder
from archive.errors import Conflict, Refused
from archive.proof.keys import VerificationKey
from archive.proof.policy import Policy
from archive.proof.signing import SigningKey
from ingest.push import StationSide
from ingest.station_client import Offered, SignsRequests, ask_enrolment, ask_key_change, ask_offer
from ingest.station_code import StationCode

KEY, NEXT, LOG_KEY, POLICY, HOME = "station.key", "next.key", "log.vkey", "policy", "station.toml"


@dataclass(frozen=True)
class StationHome:
    """A station's means as its folder holds them. ``policy`` None: none is pinned, receipts are waited for until the
    log has signed, and are the operator's word only."""

    folder: Path
    server: str
    key: SigningKey
    log_key: VerificationKey
    policy: Policy | None

    def side(self) -> StationSide:
        """For ``ingest.push``: every request signed. Whoever uses it closes its client."""
        now = station_clock()
        client = client_of(self.server, SignsRequests(self.key, now))
        return StationSide(client, self.key, self.log_key, now, policy=self.policy, signed=True)


def client_of(server: str, auth: httpx2.Auth | None = None) -> httpx2.Client:
    """A client of an archive, patient enough for a deposit."""
    return httpx2.Client(base_url=server, timeout=httpx2.Timeout(90.0, connect=10.0), auth=auth)


def enrol_home(folder: Path, server: str, code: StationCode, own_policy: Path | None) -> tuple[StationHome, Offered]:
    """Enrol the station whose folder this is; also again after a lost answer, with the key made the first time.

    What is pinned: ``own_policy`` where given, else what the archive offered and the code vouches for.
    ``Conflict station.home_exists``; ``Refused enrol.* | policy.other_log``, and what the archive refuses.
    """
    if (folder / HOME).exists():
        raise Conflict("station.home_exists", f"{folder} is an enrolled station's already")
    pinned = None if own_policy is None else read_policy(own_policy)
    with client_of(server) as client:
        offered = ask_offer(client, code)
        policy = offered.policy if pinned is None else pinned
        if policy is not None and offered.log_key not in policy.logs:
            raise Refused("policy.other_log", "the policy names another log than the code was issued for")
        with contextlib.suppress(Conflict):  # made by an earlier try: the archive may know it already
            new_station_key(folder / KEY)
        key = _read_key(folder / KEY)
        ask_enrolment(client, code, key, offered.log_key)
    replace_file(folder / LOG_KEY, f"{offered.log_key.text()}\n".encode())
    if policy is not None:
        replace_file(folder / POLICY, policy.text.encode())
    replace_file(folder / HOME, f'server = "{client.base_url}"\nstation = "{key.key.name}"\n'.encode())
    return StationHome(folder, str(client.base_url), key, offered.log_key, policy), offered


def open_home(folder: Path) -> StationHome:
    """``Refused station.no_home`` when the folder is none, or does not read."""
    try:
        held = tomllib.loads((folder / HOME).read_text("utf-8"))
        key = _read_key(folder / KEY)
        log_key = VerificationKey.parse((folder / LOG_KEY).read_text().strip())
        if held["station"] != key.key.name:
            raise ValueError("the key is of another station")
        server = str(held["server"])
    except (OSError, ValueError, KeyError) as fault:
        raise Refused("station.no_home", f"{folder} is no enrolled station's folder: {fault}; run `liuhen station "
                      "enrol`") from fault
    policy = read_policy(folder / POLICY) if (folder / POLICY).exists() else None
    return StationHome(folder, server, key, log_key, policy)


def rekey_home(folder: Path) -> StationHome:
    """Make another key, hand over to it at the archive, then put it in the old one's place; taken up again where an
    earlier try ended."""
    home = open_home(folder)
    with contextlib.suppress(Conflict):
        write_private_text(folder / NEXT, SigningKey.generate(home.key.key.name).to_pem().decode())
    new = SigningKey.from_pem((folder / NEXT).read_bytes(), home.key.key.name)
    with client_of(home.server) as client:
        ask_key_change(client, home.key, new, home.log_key)
    (folder / NEXT).replace(folder / KEY)
    sync_folder(folder)
    replace_file((folder / KEY).with_suffix(".vkey"), f"{new.key.text()}\n".encode())
    return replace(home, key=new)


def _read_key(path: Path) -> SigningKey:
    """The key file and, beside it, whose it is; ``Refused station.no_key``."""
    try:
        return SigningKey.from_pem(path.read_bytes(), path.with_suffix(".vkey").read_text().split("+")[0])
    except (OSError, ValueError) as fault:
        raise Refused("station.no_key", f"{path} (and its .vkey) cannot be read as a station's key") from fault


def side_of_key(server: str, key_file: Path, log_key: VerificationKey, policy: Path | None = None) -> StationSide:
    """The means of a station without a home: its key file, and what it is told to trust. Requests go unsigned, on the
    upload's token."""
    pinned = None if policy is None else read_policy(policy)
    return StationSide(client_of(server), _read_key(key_file), log_key, station_clock(), policy=pinned)
