"""A service whose store lies on a small file system of its own, and how to fill that."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flows.dock import Dock, dock_of
from service_fixture import start

from api.setup import init

MIB = 1 << 20


@contextmanager
def small_disk(folder: Path) -> Iterator[Dock]:
    """A service with one station; its store has a real file system of 700 MiB. Needs root: a failure here says that it
    cannot be tested on this machine."""
    data, store = folder / "data", folder / "data" / "store"
    log_key = init(data, "test.example", short_locks=True)
    kept = store.rename(folder / "kept")
    store.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", str(store)], check=True)
    try:
        shutil.copytree(kept, store, dirs_exist_ok=True)
        service = start(data, log_key)
        try:
            dock = dock_of(service)
            with closing(dock.client):
                yield dock
        finally:
            service.stop()
    finally:
        subprocess.run(["umount", "-l", str(store)], check=True)


def fill(path: Path) -> None:
    """A file as large as there is room."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(MIB))
        except OSError:
            return
