"""``liuhen station key | enrol | rekey | push``: what runs on the station; needs no archive on the machine."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.commands.options import command, read_key
from api.commands.progress import Bar
from api.station_home import enrol_home, open_home, rekey_home, side_of_key
from api.wiring import new_station_key
from archive.errors import ArchiveError, Refused
from archive.event_values import Interval
from ingest.manifest import LABELS, RecorderName
from ingest.push import StationSide, Take, push_file
from ingest.station_code import StationCode

HERE = "http://127.0.0.1:8420"
CLOCK_ERROR = timedelta(seconds=2)
"""How far a file's modification time may be from the true end of the recording, for want of anything better."""


def add_to(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands below ``liuhen station``."""
    enrolling = command(inner, "enrol", "Station: enrol here by a one-time code; pins log key and policy.", _enrol)
    enrolling.add_argument("--server", required=True, help="address of the archive")
    enrolling.add_argument("--code", required=True, help="what `liuhen station code` printed on the archive's machine")
    _home(enrolling, required=True)
    enrolling.add_argument("--policy", type=Path, help="pin this trust policy of your agency's own (C2SP tlog-policy) "
                           "instead of the one the archive offers")
    rekeying = command(inner, "rekey", "Station: make another key and hand over to it.", _rekey)
    _home(rekeying, required=True)
    key = command(inner, "key", "Station: make a key to be registered by hand; print its public half.", _key)
    key.add_argument("file", type=Path, help="new file for the private key, mode 0600; it never leaves the station")
    _add_push(command(inner, "push", "Station: deposit files and fetch and verify their receipts.", _push))


def _add_push(pushing: argparse.ArgumentParser) -> None:
    pushing.add_argument("files", nargs="+", type=Path, metavar="FILE")
    _home(pushing, required=False)
    pushing.add_argument("--server", help=f"without a home: address of the archive (default: {HERE})")
    pushing.add_argument("--key", type=Path, help="without a home: the station's private key file")
    pushing.add_argument("--log-key", help="without a home: the archive's log key, pinned: text or @file")
    pushing.add_argument("--policy", type=Path, help="without a home: the trust policy this station has pinned (C2SP "
                         "tlog-policy): receipts are waited for until its cosigners have signed")
    pushing.add_argument("--receipts", type=Path, help="folder for receipts (default: beside each file)")
    pushing.add_argument("--recorder", default="unknown/unknown/body_camera", help="vendor/serial/kind")
    for name in sorted(LABELS - {"file_name"}):
        pushing.add_argument(f"--{name.replace('_', '-')}", help=f"label {name}")


def _home(parser: argparse.ArgumentParser, required: bool) -> None:
    parser.add_argument("--home", type=Path, required=required, metavar="DIR",
                        help="the station's folder: its key, and what it pinned")


def _enrol(chosen: argparse.Namespace) -> int:
    home, offered = enrol_home(chosen.home, chosen.server, StationCode.parse(chosen.code), chosen.policy)
    print(f"{home.key.key.name} enrolled, key {home.key.key.hex_id}\n  log key  {home.log_key.text()}")
    if chosen.policy is not None:
        print(f"  policy   your own, from {chosen.policy}")
    elif offered.policy is not None:
        print("  policy   the archive's own offer: whom it asks to cosign is its choice; --policy pins your own\n" +
              "".join(f"           {line}\n" for line in offered.policy.text.splitlines()), end="")
    else:
        print("  policy   none: the archive asks no cosigners, a receipt is the operator's word only")
    return 0


def _rekey(chosen: argparse.Namespace) -> int:
    print(f"{(key := rekey_home(chosen.home).key.key).name} signs with key {key.hex_id} from now on")
    return 0


def _key(chosen: argparse.Namespace) -> int:
    print(new_station_key(chosen.file).key.text())
    return 0


def _push(chosen: argparse.Namespace) -> int:
    labels = {name: value for name in LABELS if (value := getattr(chosen, name, None))}
    worst = 0
    with _side(chosen) as side:
        for path in chosen.files:
            try:
                worst = max(worst, _push_one(side, path, labels, chosen))
            except ArchiveError as fault:
                print(f"{path.name}: {fault.code}: {fault.message}", file=sys.stderr)
                worst = 1
    return worst


@contextlib.contextmanager
def _side(chosen: argparse.Namespace) -> Iterator[StationSide]:
    by_hand = (chosen.server, chosen.key, chosen.log_key, chosen.policy)
    if chosen.home is not None and by_hand == (None,) * 4:  # nothing that is pinned is passed over in silence
        side = open_home(chosen.home).side()
    elif chosen.home is None and chosen.key is not None and chosen.log_key is not None:
        side = side_of_key(chosen.server or HERE, chosen.key, read_key(chosen.log_key), chosen.policy)
    else:
        raise Refused("push.no_means", "give --home alone, or --key and --log-key, with --server and --policy")
    with side.client:
        yield side


def _push_one(side: StationSide, path: Path, labels: dict[str, str], chosen: argparse.Namespace) -> int:
    with Bar(path.name) as bar:
        pushed = push_file(side, take_of(path, recorder_of(chosen.recorder), labels), bar.show)
    target = (chosen.receipts or path.parent) / f"{path.name}.receipt.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(pushed.receipt)
    print(f"{path.name}: {pushed.recording}\n  receipt  {target}\n  verified {pushed.report.verdict}")
    return 0 if pushed.report.verdict == "proven" else 1


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
