"""The ways of looking that an archive, its docks and its auditors have; each answers stable codes of what it found."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from api.drill.attack import refusal, told
from api.drill.box import Box
from api.drill.deposits import Deposited
from api.settings import Settings
from api.wiring import Archive, beside, starting
from archive.checking import check_log
from archive.follow_state import FollowState
from archive.following import Follower
from archive.kept_checkpoints import Read
from archive.ports import Clock
from archive.proof.policy import Policy
from archive.proof.tiles import parse_tile_path
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from archive.published import Published
from archive.rebuild import Sources
from archive.rebuilding import compare_with_log
from archive.site import Site
from ingest.reconcile import reconcile


def start(box: Box, data: Path, settings: Settings | None = None) -> tuple[str, ...]:
    """The code with which a start of the service over this folder is refused."""
    def begin() -> None:
        with starting(data, settings or box.settings):
            return

    return told("start", filter(None, [refusal(begin)]))


def log_check(box: Box, data: Path, deep: bool = False) -> tuple[str, ...]:
    """Kinds of what ``liuhen log check`` finds."""
    with beside(data, box.settings) as archive:
        found = check_log(archive.site, data / "log", deep).found
    return told("log check --deep" if deep else "log check", sorted(found.counts))


def compare(box: Box, data: Path) -> tuple[str, ...]:
    """What ``liuhen rebuild --compare`` names: what happened to rows of which table."""
    with beside(data, box.settings) as archive:
        ports, note = archive.site.ports, Published(data / "log").get()
        found = compare_with_log(Sources(ports.store, ports.vault, ports.signer), data / "liuhen.db",
                                 [] if note is None else [note], lambda step, done, total: None)
    return told("rebuild --compare", sorted({f"{one.what} {one.table}" for one in found.differences}))


def reconciled(archive: Archive, key: str) -> tuple[str, ...]:
    """Grave findings of ``liuhen reconcile`` on one object."""
    return told("reconcile", sorted({one.kind for one in reconcile(archive.intake) if one.grave and one.key == key}))


def verified(box: Box, receipt: bytes, data: bytes, trust: Trust | None = None) -> tuple[str, ...]:
    """The step at which a verifier with the drill's own policy refuses a receipt with this file."""
    with tempfile.NamedTemporaryFile(dir=box.folder) as file:
        file.write(data)
        file.flush()
        report = verify_receipt(receipt, trust or box.trust, Path(file.name))
    return told("verifier", () if report.verdict == "proven" else
                [step.name for step in report.steps if step.outcome == "refused"] or [report.verdict])


def read_back(box: Box, deposited: Deposited) -> bytes:
    """The original as the archive serves it: its pinned version; raises what the store raises."""
    return b"".join(box.archive.site.ports.store.get(deposited.version))


class Monitor:
    """An auditor's ``liuhen log follow`` with a state of its own; reads what is given, and entries too."""

    def __init__(self, box: Box, policy: Policy | None = None) -> None:
        self._box, self._policy, self._state = box, policy or box.policy, FollowState(box.scratch())

    def look(self, read: Read) -> tuple[str, ...]:
        """Kinds of the alarms one look raises."""
        clock = self._box.archive.site.ports.clock
        seen = Follower(read, self._policy, clock.now, True, timedelta(minutes=30)).look(self._state)
        return told("log follow", sorted({alarm.kind for alarm in seen.alarms}))


def served(site: Site, note: Callable[[], bytes]) -> Read:
    """The log's resources as its server gives them, with this note as its checkpoint."""
    def read(path: str) -> bytes:
        if path == "checkpoint":
            return note()
        name = parse_tile_path(path)
        return site.log_tiles.bundle(name.number, name.width) if name.level is None else site.log_tiles.tile(
            name.level, name.number, name.width)

    return read


class MovedClock:
    """``Clock`` that is off by ``moved``."""

    def __init__(self, real: Clock, moved: timedelta) -> None:
        self._real, self._moved = real, moved

    def now(self) -> datetime:
        """The real clock's time, moved."""
        return self._real.now() + self._moved

    def monotonic(self) -> float:
        """The real one's."""
        return self._real.monotonic()


def at_another_time(site: Site, moved: timedelta) -> Site:
    """The same site by a clock that is off."""
    return replace(site, ports=replace(site.ports, clock=MovedClock(site.ports.clock, moved)))
