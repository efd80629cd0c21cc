"""``liuhen log follow | compare``: for auditors and all who kept a checkpoint; no archive of one's own is needed."""

import argparse
import getpass
import os
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from api.commands.options import command, read_key
from api.log_reader import LogFolder, LogReader
from api.policy_file import read_policy
from api.wiring import station_clock
from archive.errors import Refused, Unavailable
from archive.follow_state import FollowState
from archive.following import Follower, Seen
from archive.kept_checkpoints import Compared, Read, check_evidence, compare, compare_paper, note_in
from archive.proof.policy import Policy

EXIT = {"consistent": 0, "fork": 1, "unknown": 3}


def add_to(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands below ``liuhen log``."""
    following = _trusting(command(inner, "follow", "Watch another's log: verify each new checkpoint against the one "
                                  "kept, report, raise alarms. Exit: 0 fine, 1 alarm, 3 not reachable.", _follow))
    following.add_argument("address", help="where the log's checkpoint lies, such as https://archive.example/log")
    following.add_argument("--state", type=Path, required=True, help="folder of one's own for what was seen")
    following.add_argument("--once", action="store_true", help="look once and end")
    following.add_argument("--every", type=float, default=60.0, metavar="SECONDS", help="between looks (default 60)")
    following.add_argument("--max-age", type=float, default=30.0, metavar="MINUTES", help="older is stale (default 30)")
    following.add_argument("--login", help="an auditor's login: entries are read and counted too; the password comes "
                           "from LIUHEN_PASSWORD or is asked for")
    comparing = _trusting(command(inner, "compare", "Compare two kept checkpoints or receipts of one log. Exit: 0 one "
                                  "history, 1 two, 3 not comparable so.", _compare))
    comparing.add_argument("kept", nargs="*", type=Path, metavar="FILE", help="a checkpoint or receipt")
    comparing.add_argument("--proof", type=Path, help="a consistency file between them (GET /log/consistency)")
    comparing.add_argument("--tiles", help="the log's tiles: its address or a folder that mirrors it")
    comparing.add_argument("--out", type=Path, default=Path("fork-evidence.json"), help="where fork evidence goes")
    comparing.add_argument("--evidence", type=Path, help="instead: check fork evidence somebody handed over")
    comparing.add_argument("--paper", nargs=2, metavar=("SIZE", "ROOT"), help="size and root (hex, spaces allowed) "
                           "typed off a paper checkpoint, against one file")


def _trusting(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--policy", type=Path, metavar="FILE", help="the trust policy YOU chose (C2SP tlog-policy)")
    whom.add_argument("--key", help="only the log's key as YOU know it: text or @file")
    return parser


def policy_of(chosen: argparse.Namespace) -> Policy:
    """The policy the caller names; ``Refused policy.malformed``."""
    if not chosen.key:
        return read_policy(chosen.policy)
    try:
        return Policy.of_log(read_key(chosen.key))
    except ValueError as fault:
        raise Refused("policy.malformed", f"the key cannot be used: {fault}") from fault


def _follow(chosen: argparse.Namespace) -> int:
    with LogReader(chosen.address) as reader:
        if chosen.login:
            reader.sign_in(chosen.login, os.environ.get("LIUHEN_PASSWORD") or getpass.getpass())
        follower = Follower(reader.read, policy_of(chosen), station_clock(), bool(chosen.login),
                            timedelta(minutes=chosen.max_age))
        state, worst = FollowState(chosen.state), 0
        while True:
            code = _look(follower, state)
            worst = max(worst, code)
            if chosen.once:
                return worst
            time.sleep(chosen.every)


def _look(follower: Follower, state: FollowState) -> int:
    try:
        seen = follower.look(state)
    except Unavailable as fault:
        print(f"not reachable: {fault.message}", file=sys.stderr, flush=True)
        return 3
    print(report(seen, state.folder), flush=True)
    return 1 if seen.alarms else 0


def report(seen: Seen, folder: Path) -> str:
    """A line on the log, one per kind of new event, one per alarm."""
    lines = []
    if seen.checkpoint is not None:
        who = f"cosigned by {', '.join(seen.cosigned_by)}" if seen.cosigned_by else "operator's word only"
        lines.append(f"{seen.checkpoint.origin}: {seen.checkpoint.size} leaves (+{seen.new_leaves}), root "
                     f"{seen.checkpoint.root.hex()[:16]}…, {who}, {len(seen.lines)} independent lines")
    lines += [f"  +{count} {kind}" for kind, count in sorted(seen.kinds.items())]
    for alarm in seen.alarms:
        kept = f" [{folder / alarm.evidence[0]}]" if alarm.evidence else ""
        lines.append(f"ALARM {alarm.kind}: {alarm.text}{kept}")
    return "\n".join(lines)


def _compare(chosen: argparse.Namespace) -> int:
    policy = policy_of(chosen)
    if chosen.evidence:
        return _told(check_evidence(_bytes(chosen.evidence), policy), None)
    with ExitStack() as stack:
        tiles = _tiles(chosen.tiles, stack)
        if chosen.paper:
            size, root = _typed(*chosen.paper)
            _require(len(chosen.kept) == 1, "name one file to hold the paper against")
            return _told(compare_paper(size, root, note_in(_bytes(chosen.kept[0])), policy, tiles), None)
        _require(len(chosen.kept) == 2, "name two files to compare")
        first, second = (note_in(_bytes(path)) for path in chosen.kept)
        proof = _bytes(chosen.proof) if chosen.proof else b""
        return _told(compare(first, second, policy, proof, tiles), chosen.out)


def _told(compared: Compared, out: Path | None) -> int:
    print(f"{compared.outcome.upper() if compared.outcome == 'fork' else compared.outcome}: {compared.text}")
    if compared.evidence and out is not None:
        out.write_bytes(compared.evidence)
        print(f"evidence: {out} (anybody checks it with: liuhen log compare --evidence {out} --key …)")
    return EXIT[compared.outcome]


def _tiles(where: str | None, stack: ExitStack) -> Read | None:
    if where is None:
        return None
    if where.startswith(("http://", "https://")):
        return stack.enter_context(LogReader(where)).read
    return LogFolder(Path(where)).read


def _typed(size: str, root: str) -> tuple[int, bytes]:
    digits = "".join(root.split())
    try:
        number, data = int(size), bytes.fromhex(digits)
    except ValueError:
        number, data = 0, b""
    _require(number > 0 and len(data) == 32, "type the size as a number and the root as 64 hex digits")
    return number, data


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Refused("compare.malformed", f"{path} cannot be read: {fault.strerror}") from fault


def _require(holds: bool, text: str) -> None:
    if not holds:
        raise Refused("compare.malformed", text)

