"""``liuhen station key | enrol | push``."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from api.commands.options import command, read_key, with_data
from api.commands.progress import Bar
from api.policy_file import read_policy
from api.settings import load_settings
from api.wiring import beside, new_station_key, station_clock
from archive.errors import ArchiveError, Refused
from archive.event_values import Interval
from archive.proof.signing import SigningKey
from ingest.manifest import LABELS, RecorderName
from ingest.push import StationSide, Take, push_file
from ingest.stations import enrol

CLOCK_ERROR = timedelta(seconds=2)
"""How far a file's modification time may be from the true end of the recording, for want of anything better."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("station", help="Docking stations.", description="Docking stations.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    key = command(inner, "key", "Make a station's key here and print its public half.", _key)
    key.add_argument("file", type=Path, help="new file for the private key, mode 0600; it never leaves the station")
    enrolling = with_data(command(inner, "enrol", "Register a station by its public key.", _enrol))
    enrolling.add_argument("key", help="what `liuhen station key` printed, or @file")
    enrolling.add_argument("--title", required=True, help="what people call this station")
    pushing = command(inner, "push", "Deposit files and fetch and verify their receipts.", _push)
    pushing.add_argument("files", nargs="+", type=Path, metavar="FILE")
    pushing.add_argument("--server", default="http://127.0.0.1:8420", help="address of the archive")
    pushing.add_argument("--key", type=Path, required=True, help="the station's private key file")
    pushing.add_argument("--log-key", required=True, help="the archive's log key, pinned: text or @file")
    pushing.add_argument("--policy", type=Path, help="the trust policy this station has pinned (C2SP tlog-policy): "
                         "receipts are waited for until its cosigners have signed")
    pushing.add_argument("--receipts", type=Path, help="folder for receipts (default: beside each file)")
    pushing.add_argument("--recorder", default="unknown/unknown/body_camera", help="vendor/serial/kind")
    for name in sorted(LABELS - {"file_name"}):
        pushing.add_argument(f"--{name.replace('_', '-')}", help=f"label {name}")


def _key(chosen: argparse.Namespace) -> int:
    print(new_station_key(chosen.file).key.text())
    return 0


def _enrol(chosen: argparse.Namespace) -> int:
    key = read_key(chosen.key)
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        station = enrol(archive.site, key.text(), chosen.title)
    print(f"{station.id} enrolled")
    return 0


def _push(chosen: argparse.Namespace) -> int:
    side = station_side(chosen.server, chosen.key, chosen.log_key, chosen.policy)
    labels = {name: value for name in LABELS if (value := getattr(chosen, name, None))}
    worst = 0
    for path in chosen.files:
        try:
            worst = max(worst, _push_one(side, path, labels, chosen))
        except ArchiveError as fault:
            print(f"{path.name}: {fault.code}: {fault.message}", file=sys.stderr)
            worst = 1
    return worst


def _push_one(side: StationSide, path: Path, labels: dict[str, str], chosen: argparse.Namespace) -> int:
    with Bar(path.name) as bar:
        pushed = push_file(side, take_of(path, recorder_of(chosen.recorder), labels), bar.show)
    target = (chosen.receipts or path.parent) / f"{path.name}.receipt.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(pushed.receipt)
    print(f"{path.name}: {pushed.recording}\n  receipt  {target}\n  verified {pushed.report.verdict}")
    return 0 if pushed.report.verdict == "proven" else 1


def station_side(server: str, key_file: Path, untrusted_log_key: str, policy: Path | None = None) -> StationSide:
    """A station's own means; ``Refused station.no_key`` when the key file does not read, ``policy.malformed`` when the
    policy does not."""
    try:
        pem, name = key_file.read_bytes(), key_file.with_suffix(".vkey").read_text().split("+")[0]
        key = SigningKey.from_pem(pem, name)
    except (OSError, ValueError) as fault:
        raise Refused("station.no_key", f"{key_file} (and its .vkey) cannot be read as a station's key") from fault
    client = httpx2.Client(base_url=server, timeout=httpx2.Timeout(90.0, connect=10.0))
    pinned = None if policy is None else read_policy(policy)
    return StationSide(client, key, read_key(untrusted_log_key), station_clock(), policy=pinned)


def take_of(path: Path, recorder: RecorderName, labels: dict[str, str]) -> Take:
    """What can be known of a plain file: its end is its modification time, its start at most a day before."""
    if not path.is_file():
        raise Refused("push.no_file", f"{path} is not a file")
    end = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Take(path, recorder, Interval(end - timedelta(days=1), end + CLOCK_ERROR),
                Interval(end - CLOCK_ERROR, end + CLOCK_ERROR), {**labels, "file_name": path.name})


def recorder_of(untrusted_text: str) -> RecorderName:
    """``vendor/serial/kind``."""
    parts = untrusted_text.split("/")
    if len(parts) != 3 or not all(parts):
        raise Refused("push.recorder", "name the recorder as vendor/serial/kind")
    return RecorderName(*parts)
