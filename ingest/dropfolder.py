"""A drop folder: docks and video recorders that cannot sign write into it by FTP, SFTP or SMB; each look takes in what
is complete, and lists the rest with a reason. Nothing is followed, and nothing leaves before its receipt verifies."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from archive.errors import ArchiveError, Conflict
from archive.proof.signing import SigningKey
from ingest import drop_records
from ingest.drop_claims import MANIFEST_SUFFIX, MAX_BESIDE, Claim, read_manifest
from ingest.drop_deposit import give_up, go_on, take_in
from ingest.drop_listing import Found, look, opened_file
from ingest.drop_reasons import NotYet, Unclaimed
from ingest.drop_records import QUARANTINED, SETTLED, TAKEN, TAKING, Key, Remembered, key_of
from ingest.drop_settling import After, settle
from ingest.import_accounts import Account
from ingest.intake import Intake
from ingest.profiles import Profile
from ingest.room_pull import Asking, NotAsked, RoomChannels

LASTING = frozenset({"digest", "receipt_unverified", "cannot_move"})
"""Reasons that cost a reading of the whole file: found again when something changed, or an hour has passed."""
LASTING_S = 3600.0
_journal = structlog.get_logger("drop")


@dataclass(frozen=True)
class DropFolder:
    """A folder and the import account that attests for it. ``profile`` None: manifests beside the files decide.
    ``quiet_s``: seconds without a change, as we saw it ourselves, before a file without a manifest counts as written.
    ``room``: only what its sessions ask for is taken in (span pull).
    """

    root: Path
    account: Account
    key: SigningKey
    profile: Profile | None
    quiet_s: float
    after: After = "keep"
    room: RoomChannels | None = None


@dataclass(frozen=True)
class Look:
    """What one look at a folder found, in files: not finished yet, on their way or taken in, unclaimed, settled, and
    those that no session of the folder's room asks for."""

    waiting: int = 0
    taken: int = 0
    unclaimed: int = 0
    settled: int = 0
    unasked: int = 0


@dataclass
class _Seen:
    stamp: tuple[int, int]
    since: float


class Watch:
    """Looks at one folder again and again; how long a file has been quiet is known only as long as this lives."""

    def __init__(self, intake: Intake, folder: DropFolder) -> None:
        self.folder = folder
        self._intake = intake
        self._seen: dict[str, _Seen] = {}
        self._lasting: dict[tuple[Key, tuple[int, int] | None], tuple[float, Unclaimed]] = {}
        self._by_name: dict[tuple[tuple[str, ...], str], Found] = {}
        self._vouching: Counter[tuple[tuple[str, ...], str | None]] = Counter()
        self._asking: Asking | None = None

    def look(self, stopping: Callable[[], bool] = lambda: False) -> Look:
        """One look. Never raises for what lies in the folder; ``Unavailable`` ends it when the archive cannot now.
        Asked to stop it ends after the file at hand, and the unclaimed list stays as it was."""
        account, site = self.folder.account.id, self._intake.site
        try:
            found = look(self.folder.root, self.folder.profile.name_encoding if self.folder.profile else "utf-8")
        except OSError as fault:
            drop_records.put_unclaimed(site, account, {".": ("folder_unreadable", fault.strerror or "", 0)})
            return Look(unclaimed=1)
        self._observe(found)
        self._asking = None if self.folder.room is None else Asking(site, account, self.folder.room)
        known = drop_records.remembered(site, account)
        self._close_what_went(found, known)
        counts, told = dict.fromkeys(("waiting", "taken", "settled", "unasked"), 0), dict[str, tuple[str, str, int]]()
        self._by_name = {(one.folder, one.name): one for one in reversed(found)}
        self._vouching = Counter((one.folder, self._beside_name(one)) for one in found if not self._is_beside(one))
        for one in found:
            if stopping():
                return Look(**counts)
            try:
                counts[self._one(one, known.get(key_of(one)))] += 1
            except (NotYet, Conflict):  # a conflict: another look or a start-up is at the same upload
                counts["waiting"] += 1
            except NotAsked:
                counts["unasked"] += 1
            except Unclaimed as fault:
                told[one.path] = (fault.reason, fault.detail, one.size)
        drop_records.put_unclaimed(site, account, told)
        return Look(**counts, unclaimed=len(told))

    def _one(self, one: Found, held: Remembered | None) -> str:
        if one.fault is not None:
            raise Unclaimed(*one.fault)
        if self._is_beside(one):
            if (one.folder, one.name) not in self._vouching:
                raise self._when_quiet(one, "no_file")
            return "settled"
        other = self._by_name.get((one.folder, self._beside_name(one) or ""))
        other = None if other is None or other.fault is not None else other
        if held is not None and held.state == SETTLED:
            return "settled"
        if held is not None and held.state == QUARANTINED:
            raise Unclaimed("quarantined", held.upload or "")
        if (lasting := self._lasting.get((key_of(one), other.stamp if other else None))) is not None:
            raise lasting[1]
        try:
            return self._deposit(one, other, held)
        except Unclaimed as fault:
            if fault.reason in LASTING:
                now = self._intake.site.ports.clock.monotonic()
                self._lasting[key_of(one), other.stamp if other else None] = now, fault
            raise

    def _deposit(self, one: Found, other: Found | None, held: Remembered | None) -> str:
        account = self.folder.account.id
        if held is None:
            held = take_in(self._intake, self.folder.key, self.folder.root, one, self._wanted(one, other))
            _journal.info("drop.taken", account=account, upload=held.upload)
        elif held.state == TAKING:
            held = go_on(self._intake, account, self.folder.root, one, held)
        if held.state == TAKEN and held.upload is not None:
            return self._settle(one, other, held, held.upload)
        return "taken"

    def _settle(self, one: Found, other: Found | None, held: Remembered, upload: str) -> str:
        site, account = self._intake.site, self.folder.account.id
        owners = (one.folder, None if other is None else other.name)
        beside = () if other is None or self._vouching[owners] > 1 else (other,)  # the last of its recordings takes it
        try:
            written = settle(site, self.folder.root, one, beside, upload, self.folder.after)
        except NotYet:
            return "taken"
        except Conflict as fault:
            if fault.code == "receipt.quarantined":
                drop_records.note_change(site, account, held.key, state=QUARANTINED)
                raise Unclaimed("quarantined", upload) from fault
            drop_records.forget(site, account, held.key)  # given up at a start: deposited again at the next look
            raise NotYet(upload) from fault
        if self.folder.after in ("keep", "untouched"):
            drop_records.note_change(site, account, held.key, state=SETTLED)
        else:  # gone from here: should it come again it is deposited again, and counts as a repeat
            drop_records.forget(site, account, held.key)
            self._vouching[owners] -= 1
        _journal.info("drop.settled", account=account, upload=upload, receipt_written=written is not None)
        return "settled"

    def _wanted(self, one: Found, other: Found | None) -> Claim:
        """What is said of it; ``NotAsked`` where the folder is a room's and no session asks for the file."""
        claim = self._claim(one, other)
        return claim if self._asking is None else self._asking.of(claim)

    def _claim(self, one: Found, other: Found | None) -> Claim:
        """What is said of a file that is complete; ``NotYet`` or ``Unclaimed`` otherwise."""
        profile = self.folder.profile
        if one.size == 0:
            raise self._when_quiet(one, "empty")
        if profile is None:
            return self._by_manifest(one, other)
        by_name = profile.told_by_name("/".join(one.folder), one.name)
        if by_name is None:
            raise self._when_quiet(one, "no_pattern")
        if not self._is_quiet(one) or (other is not None and not self._is_quiet(other)):
            raise NotYet(one.path)
        by_sidecar: dict[str, str] = {}
        if profile.sidecar is not None and other is not None:
            by_sidecar = profile.sidecar.values(self._read(other, "sidecar_unreadable"))
        elif profile.sidecar is not None and profile.sidecar.required:
            raise Unclaimed("no_sidecar", self._beside_name(one) or "")
        return profile.claim(by_name, by_sidecar, self._intake.site.ports.clock.now())

    def _by_manifest(self, one: Found, other: Found | None) -> Claim:
        if other is None:
            raise self._when_quiet(one, "no_manifest")
        claim = read_manifest(self._read(other, "manifest_unreadable"), one.name)
        if claim.size != one.size:
            raise self._when_quiet(one, "size", f"the manifest says {claim.size} bytes, the file has {one.size}")
        return claim

    def _read(self, other: Found, reason: str) -> bytes:
        if other.size > MAX_BESIDE:
            raise Unclaimed(reason, f"it has more than {MAX_BESIDE} bytes")
        with opened_file(self.folder.root, other) as descriptor, open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BESIDE + 1)

    def _is_beside(self, one: Found) -> bool:
        """A manifest or sidecar; a name that the profile takes for a recording is none."""
        profile = self.folder.profile
        if profile is None:
            return one.name.endswith(MANIFEST_SUFFIX)
        return (profile.sidecar is not None and one.name.endswith(profile.sidecar.suffix)
                and profile.told_by_name("/".join(one.folder), one.name) is None)

    def _beside_name(self, one: Found) -> str | None:
        profile = self.folder.profile
        return f"{one.name}{MANIFEST_SUFFIX}" if profile is None else profile.sidecar_name(one.name)

    def _observe(self, found: list[Found]) -> None:
        now = self._intake.site.ports.clock.monotonic()
        old, self._seen = self._seen, {}
        for one in found:
            held = old.get(one.path)
            same = held is not None and held.stamp == one.stamp
            self._seen[one.path] = held if held is not None and same else _Seen(one.stamp, now)
        keys = {key_of(one) for one in found}
        self._lasting = {key: (at, fault) for key, (at, fault) in self._lasting.items()
                         if key[0] in keys and now - at < LASTING_S}

    def _is_quiet(self, one: Found) -> bool:
        now = self._intake.site.ports.clock.monotonic()
        return now - self._seen[one.path].since >= self.folder.quiet_s

    def _when_quiet(self, one: Found, reason: str, detail: str = "") -> Exception:
        """The reason once the file has been quiet for long enough; until then it may still be on its way."""
        return Unclaimed(reason, detail) if self._is_quiet(one) else NotYet(one.path)

    def _close_what_went(self, found: list[Found], known: Mapping[Key, Remembered]) -> None:
        """Uploads of files that changed or are gone before their bytes were in: nobody can ever complete them."""
        there = {key_of(one) for one in found}
        for key, held in known.items():
            if held.state == TAKING and key not in there:
                give_up(self._intake, self.folder.account.id, held)


def looked(watch: Watch, stopping: Callable[[], bool] = lambda: False) -> Look | None:
    """A look that ends early when the archive cannot take anything now; then None, and the journal says why."""
    try:
        return watch.look(stopping)
    except ArchiveError as fault:
        _journal.warning("drop.postponed", account=watch.folder.account.id, code=fault.code)
        return None
