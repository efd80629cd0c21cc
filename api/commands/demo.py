"""``liuhen demo``: the whole line on one machine: deposit as a station does, verify receipts, serve the pages."""

import argparse
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from api.commands.demo_neighbours import neighbours
from api.commands.docking import recorder_of, take_of
from api.commands.options import command, read_key, with_data
from api.commands.progress import Bar
from api.passwords import hash_password
from api.samples import SAMPLES
from api.settings import load_settings, settings_path
from api.setup import init
from api.station_home import side_of_key
from api.wiring import beside, new_station_key, write_private_text
from archive.actors import SYSTEM
from archive.errors import ArchiveError, Conflict, NotFound, Unavailable
from archive.people import add_person
from archive.proof.policy import Policy
from archive.proof.report import Report
from archive.recordings import RecordingDetail, find
from ingest.push import Pushed, StationSide, push_file
from ingest.stations import enrol

CASES = ("吉市监罚〔2026〕1号", "吉市监罚〔2026〕2号", "乌市监检〔2026〕15号")
LOGIN = "demo"
COPY_WAIT_S = 600
START_WAIT_S = 60


@dataclass(frozen=True)
class _Deposited:
    """One line of the demo's outcome."""

    pushed: Pushed
    receipt: Path
    detail: RecordingDetail


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    demo = with_data(command(commands, "demo", "Show everything on one machine: deposit, prove, find, play.", _demo))
    demo.add_argument("--once", action="store_true", help="end after the deposits; exit 0 only if every one verified")
    demo.add_argument("--clips", type=Path, help="folder with your own recordings instead of the shipped samples")
    demo.add_argument("--port", type=int, default=8420, help="port of the pages (default 8420; 0 takes a free one)")


def _demo(chosen: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C does: nothing it started outlives it
    data: Path = chosen.data.resolve()
    files = _files(chosen.clips or SAMPLES)
    if not settings_path(data).exists():
        init(data, "demo.liuhen.local", short_locks=True)
        print(f"made a demo archive in {data} (locks of an hour and a day)")
    with neighbours(data) as beside_us, _serving(
            data, 0 if chosen.once else chosen.port, beside_us.environment) as (address, child):
        side = _station(data, address, beside_us.policy)
        outcomes = [_deposit(data, side, path, CASES[n % len(CASES)]) for n, path in enumerate(files)]
        proven = sum(o is not None and o.pushed.report.verdict == "proven" for o in outcomes)
        print(f"\n{proven} of {len(files)} recordings deposited, verified offline, and found again")
        print("two demo cosigners and a test authority on this very machine took part: they show how it works and make "
              "nothing independent of anybody")
        login = _person(data)
        if not chosen.once:
            print(f"\nopen {address}   login {login}   (also in {data / 'demo' / 'login.txt'})\nCtrl-C ends it")
            _wait(child)
    return 0 if proven == len(files) else 1


def _files(folder: Path) -> list[Path]:
    skipped = {".md", ".py", ".txt", ".json", ".pyc"}
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() not in skipped)
    if not files:
        raise NotFound("demo.no_clips", f"{folder} holds no recordings")
    return files


@contextlib.contextmanager
def _serving(data: Path, port: int, environment: Mapping[str, str]) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """``liuhen serve`` as a child process of its own, ended by SIGTERM when the demo ends."""
    child = _spawn(data, port, environment)
    address = _address(child)
    if address is None and port != 0 and child.wait(START_WAIT_S) != 0:
        child = _spawn(data, 0, environment)  # the usual port is taken: any free one will do
        address = _address(child)
    if address is None:
        raise Unavailable("demo.not_serving", f"the service did not start; see {data / 'run' / 'serve.log'}")
    try:
        yield address, child
    finally:
        child.terminate()
        child.wait()


def _spawn(data: Path, port: int, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    with (data / "run" / "serve.log").open("a") as journal:
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(port)],
            stdout=subprocess.PIPE, stderr=journal, text=True, start_new_session=True,
            env={**os.environ, **environment})


def _address(child: "subprocess.Popen[str]") -> str | None:
    assert child.stdout is not None
    line = child.stdout.readline()
    return line.split()[-1] if line.startswith("serving ") else None


def _station(data: Path, address: str, policy: Policy) -> StationSide:
    """The demo station: its key is made once, in ``demo/``, and enrolled by its public half; it pins the policy."""
    key_file = data / "demo" / "station.key"
    with contextlib.suppress(Conflict):
        new_station_key(key_file)
    vkey = key_file.with_suffix(".vkey").read_text().strip()
    with beside(data, load_settings(data)) as archive:
        enrol(archive.site, vkey, "演示采集站 Demo station")
    return replace(side_of_key(address, key_file, read_key(f"@{data / 'public' / 'log.vkey'}")), policy=policy)


def _deposit(data: Path, side: StationSide, path: Path, case_no: str) -> _Deposited | None:
    labels = {"case_no": case_no, "wearer": "张三", "handling_officer": "李四", "place": "人民路1号"}
    take = take_of(path, recorder_of("demo/DSJ-0001/body_camera"), labels)
    try:
        with Bar(path.name) as bar:
            pushed = push_file(side, take, bar.show)
        receipt = data / "demo" / "receipts" / f"{path.name}.receipt.json"
        receipt.parent.mkdir(parents=True, exist_ok=True)
        receipt.write_bytes(pushed.receipt)
        outcome = _Deposited(pushed, receipt, _with_copy(data, pushed.recording))
    except ArchiveError as fault:
        print(f"{path.name}: {fault.code}: {fault.message}")
        return None
    _print(path, outcome)
    return outcome


def _with_copy(data: Path, recording: str) -> RecordingDetail:
    """The recording once its access copy is made or known to be unavailable."""
    with beside(data, load_settings(data)) as archive:
        until = time.monotonic() + COPY_WAIT_S
        while time.monotonic() < until:
            detail = find(archive.site, SYSTEM, recording)
            if detail.derivative("access_copy") or any(p == "access_copy" for p, _ in detail.missing):
                return detail
            time.sleep(0.1)
    raise Unavailable("demo.no_copy", f"the access copy of {recording} is not made yet; it goes on in the background")


def _print(path: Path, outcome: _Deposited) -> None:
    detail, copy = outcome.detail, outcome.detail.derivative("access_copy")
    reason = next((why for purpose, why in detail.missing if purpose == "access_copy"), "")
    again = "  (repeat: held already)" if outcome.pushed.repeated else ""
    print(f"{path.name}\n  recording    {detail.row.id}{again}\n"
          f"  case number  {detail.row.case_no}\n  receipt      {outcome.receipt}\n"
          f"  verified     {_verified(outcome.pushed.report)}\n"
          f"  access copy  {copy.method if copy else f'unavailable: {reason}'}", flush=True)


def _verified(report: Report) -> str:
    lines = ", ".join(report.lines) or "none: operator's word only"
    return f"{report.verdict} (offline, against public/policy.txt; grade {report.grade}; lines: {lines})"


def _person(data: Path) -> str:
    """One investigator with a random password, made once; answers "login / password"."""
    path = data / "demo" / "login.txt"
    if not path.exists():
        password = secrets.token_urlsafe(12)
        with beside(data, load_settings(data)) as archive:
            add_person(archive.site, LOGIN, "演示办案人员 Demo", ("investigator",), hash_password(password))
        write_private_text(path, f"{LOGIN} / {password}\n")
    return path.read_text().strip()


def _wait(child: "subprocess.Popen[str]") -> None:
    with contextlib.suppress(KeyboardInterrupt):
        child.wait()
