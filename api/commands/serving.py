"""``liuhen init | serve | worker | migrate``."""

import argparse
import os
import time
from pathlib import Path

from api import server
from api.commands.options import command, with_data
from api.one_process import only_one
from api.settings import load_settings
from api.setup import init
from api.wiring import running
from api.worker import Worker
from archive import jobs
from archive.migrations import migrate
from ingest.recovery import recover


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    making = with_data(command(commands, "init", "Make a new archive in an empty folder.", _init))
    making.add_argument("--name", default="liuhen.local", help="stable name in the log's origin (default liuhen.local)")
    making.add_argument("--short-locks", action="store_true", help="locks of an hour and a day: for trying out only")
    serving = with_data(command(commands, "serve", "Serve pages, API, worker and store of a data folder.", _serve))
    serving.add_argument("--port", type=int, help="port instead of the setting; 0 takes a free one")
    working = with_data(command(commands, "worker", "Do the waiting jobs without serving, then end.", _worker))
    working.add_argument("--retry-failed", action="store_true", help="first make jobs that gave up due again")
    with_data(command(commands, "migrate", "Bring the database to this release's schema.", _migrate))


def _init(chosen: argparse.Namespace) -> int:
    key = init(chosen.data, chosen.name, chosen.short_locks)
    print(f"archive made in {chosen.data}\nlog key (give it to everybody who will check you): {key.text()}")
    return 0


def _serve(chosen: argparse.Namespace) -> int:
    server.serve(chosen.data, load_settings(chosen.data), chosen.port)
    return 0


def _worker(chosen: argparse.Namespace) -> int:
    with running(chosen.data, load_settings(chosen.data)) as archive:
        recover(archive.intake)
        site = archive.site
        if chosen.retry_failed:
            again = site.db.write(lambda tx: jobs.retry_failed(tx, site.ports.clock.now()))
            print(f"{again} jobs are due again")
        worker = Worker(archive.intake)
        worker.start()
        while open_jobs := _open(site.db.read(jobs.counts)):
            print(f"{open_jobs} jobs left", flush=True)
            time.sleep(1)
        worker.stop()
        print("nothing left to do")
    return 0


def _open(counts: dict[str, int]) -> int:
    return counts.get("ready", 0) + counts.get("leased", 0)


def _migrate(chosen: argparse.Namespace) -> int:
    data: Path = chosen.data
    with only_one(data):
        os.umask(0o077)
        migrate(data / "liuhen.db")
    print("the database is at this release's schema; its guards were made again")
    return 0
