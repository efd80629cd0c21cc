"""The composition root: builds ports from products and hands them to the use cases. Nothing else imports adapters."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.one_process import only_one
from api.policy_file import read_policy
from api.publisher import Publisher, newest
from api.settings import Settings
from archive import custody, stop_points
from archive.adapters.capture import FfmpegCapture
from archive.adapters.clock import SystemClock
from archive.adapters.cosigner_http import HttpCosigner
from archive.adapters.ffmpeg import FfmpegMedia
from archive.adapters.keyfiles import FileSigner, FileVault, write_secret
from archive.adapters.s3 import S3Store
from archive.adapters.s3_lockprobe import S3LockBreaker
from archive.adapters.seaweedfs import EmbeddedStore
from archive.adapters.seaweedfs_owner import StoreOwner
from archive.adapters.seaweedfs_setup import read_keys
from archive.adapters.seaweedfs_sidedoors import SideDoors
from archive.adapters.timestamper import HttpAuthority, check_stamp
from archive.anchoring import Anchoring
from archive.closed import require_open
from archive.cosigning import Cosigning
from archive.db import Database
from archive.errors import Conflict, Unavailable
from archive.identifiers import new_id
from archive.key_copies import KeyCopies
from archive.log import Sequencer
from archive.log_start import check_start
from archive.log_tiles import LogTiles
from archive.migrations import require_current
from archive.outside_ports import Cosigner, LockBreaker, TimeAuthority
from archive.ports import KeyVault, ObjectStore, Ports
from archive.proof.command import StampCheck
from archive.proof.keys import VerificationKey
from archive.proof.policy import Policy
from archive.proof.signing import SigningKey
from archive.published import Published
from archive.site import Site
from ingest.intake import Intake
from retention.schedule import Schedule

STAMP_CHECK: StampCheck = check_stamp
"""What ``liuhen verify --authority`` checks time-stamps with."""
CAPTURE = FfmpegCapture()  # what a room's box records with


@dataclass(frozen=True)
class Archive:
    """A wired archive. ``log_key`` is the public key people pin."""

    site: Site
    intake: Intake
    settings: Settings
    data: Path
    publisher: Publisher


@contextmanager
def running(data: Path, settings: Settings) -> Iterator[Archive]:
    """The one serving process of a data folder: store up, start-up checks passed, sequencer running.
    ``Conflict serve.running`` when another process serves this folder; ``Contradiction`` when a check fails.
    """
    if settings.testing and settings.test_stop_at:
        stop_points.arm(settings.test_stop_at)
    with ExitStack() as stack:
        stack.enter_context(only_one(data))
        store = stack.enter_context(_running_store(data, settings))
        _require_trustworthy(store)
        archive = stack.enter_context(_wired(data, settings, store, checked=True))
        archive.publisher.start()
        stack.callback(archive.publisher.stop)
        yield archive


@contextmanager
def beside(data: Path, settings: Settings) -> Iterator[Archive]:
    """For commands that may run beside the serving process: same database and store, no sequencer of their own.
    Events they append are published by the serving process within a second, or at its next start.
    """
    with _wired(data, settings, _store_beside(data, settings), checked=False) as archive:
        yield archive


@contextmanager
def with_store(data: Path, settings: Settings) -> Iterator[Archive]:
    """As ``beside``, but starts the embedded store when nobody serves this folder."""
    try:
        with ExitStack() as stack:
            stack.enter_context(only_one(data))
            store = stack.enter_context(_running_store(data, settings))
            yield stack.enter_context(_wired(data, settings, store, checked=False))
            return
    except Conflict as fault:
        if fault.code != "serve.running":
            raise
    with beside(data, settings) as archive:
        yield archive


@contextmanager
def starting(data: Path, settings: Settings) -> Iterator[Archive]:
    """The start-up checks of the serving process over the store that ``run/store.json`` names; nothing is started."""
    with _wired(data, settings, _store_beside(data, settings), checked=True) as archive:
        yield archive


@contextmanager
def without_database(data: Path, settings: Settings) -> Iterator[Ports]:
    """Store, keys and clock of a data folder whose database may be lost; starts the store when nobody serves."""
    try:
        with only_one(data), running_ports(data, settings) as ports:
            yield ports
            return
    except Conflict as fault:
        if fault.code != "serve.running":
            raise
    yield _ports(data, settings, _store_beside(data, settings))


@contextmanager
def running_ports(data: Path, settings: Settings) -> Iterator[Ports]:
    """The same for the holder of ``only_one``: starts the embedded store, stops it at the end."""
    with _running_store(data, settings) as store:
        yield _ports(data, settings, store)


def _store(settings: Settings, data: Path, endpoint: str, supervisor: EmbeddedStore | None) -> S3Store:
    keys, outside = read_keys(data), settings.store.kind == "s3"
    return S3Store(
        endpoint=endpoint, bucket=settings.store.bucket, access_key=keys.service_access,
        secret_key=keys.service_secret, name=settings.store.name, secure=outside and settings.store.secure,
        region=settings.store.region, full=supervisor.full if supervisor else None,
        collector=keys.collector)


@contextmanager
def _running_store(data: Path, settings: Settings) -> Iterator[ObjectStore]:
    require_open(data / "log")
    if settings.store.kind == "s3":
        yield _store(settings, data, settings.store.endpoint, None)
        return
    supervisor = EmbeddedStore(bucket=settings.store.bucket)
    started = supervisor.start(data)
    try:
        yield _store(settings, data, started.endpoint, supervisor)
    finally:
        supervisor.stop()


def _store_beside(data: Path, settings: Settings) -> ObjectStore:
    endpoint = settings.store.endpoint if settings.store.kind == "s3" else _embedded_endpoint(data)
    return _store(settings, data, endpoint or "127.0.0.1:9", None)


def _embedded_endpoint(data: Path) -> str:
    """Where the serving process says its store is, "" when nobody serves."""
    path = data / "run" / "store.json"
    return str(json.loads(path.read_text())["endpoint"]) if path.exists() else ""


def _require_trustworthy(store: ObjectStore) -> None:
    failed = [f"{test.name} ({test.detail})" for test in store.self_test() if not test.held]
    if failed:
        raise Unavailable("store.not_trustworthy", "the object store failed its start-up test and is not used: "
                          + "; ".join(failed), retry_after=600)


@contextmanager
def _wired(data: Path, settings: Settings, store: ObjectStore, *, checked: bool) -> Iterator[Archive]:
    require_open(data / "log")
    require_current(data / "liuhen.db")
    ports = _ports(data, settings, store)
    db = Database(data / "liuhen.db", custody.flush)
    try:
        publisher = _publisher(db, ports, data, settings, checked)
        site = Site(db, ports, publisher.sequencer, LogTiles(db, data / "log"), settings.log.origin,
                    _policy(data, settings), publisher.cosigning, publisher.anchoring)
        yield Archive(site, _intake(data, settings, site), settings, data, publisher)
    finally:
        db.close()


def _ports(data: Path, settings: Settings, store: ObjectStore) -> Ports:
    return Ports(
        store=store, media=FfmpegMedia(allow_unsandboxed=settings.media.allow_unsandboxed),
        signer=FileSigner(data / "keys" / "log.pem", settings.log.origin),
        vault=FileVault(data / "keys" / "vault.key"), clock=SystemClock(),
        cosigners=_cosigners(data, settings), authorities=_authorities(data, settings))


def _publisher(db: Database, ports: Ports, data: Path, settings: Settings, checked: bool) -> Publisher:
    """``checked``: as the serving process, with start-up checks, cosigners and anchors; nothing is started here."""
    tiles, published, log = LogTiles(db, data / "log"), Published(data / "log"), settings.log
    start, policy = None, _policy(data, settings)
    cosigning = Cosigning(db, tiles, ports.clock, policy, ports.cosigners) if checked and policy else None
    if checked:
        start = check_start(db, ports.store, ports.signer.key, ports.clock, published, tiles,
                            cosigning.largest_known_size if cosigning else None)
    sequencer = Sequencer(db, ports.store, ports.signer, ports.clock, published, start, log.staged_lock, log.lock)
    log_id = log.origin.rsplit("/", 1)[-1]
    sequencer.before_staging.append(KeyCopies(db, ports.store, ports.vault, log_id, log.key_lock).keep)
    anchoring = Anchoring(db, ports.store, ports.clock, newest(sequencer, cosigning), ports.authorities, log_id,
                          log.anchor_every, log.lock) if checked else None
    return Publisher(sequencer, cosigning, anchoring)


def _policy(data: Path, settings: Settings) -> Policy | None:
    return read_policy(data / settings.log.policy) if settings.log.policy else None


def _cosigners(data: Path, settings: Settings) -> tuple[Cosigner, ...]:
    """Those the policy names an address for; one without is for verifiers who know its signatures another way."""
    policy = _policy(data, settings)
    return tuple(HttpCosigner(one.key, one.url) for one in policy.witnesses.values() if one.url) if policy else ()


def _authorities(data: Path, settings: Settings) -> tuple[TimeAuthority, ...]:
    return tuple(HttpAuthority.from_file(one.name, one.url, data / one.certificate)
                 for one in settings.time.authorities)


def _intake(data: Path, settings: Settings, site: Site) -> Intake:
    deposit = settings.deposit
    return Intake(
        site=site, schedule=Schedule(deposit.staging_lock, deposit.keep_default),
        algorithms=tuple(dict.fromkeys(("sha256", *deposit.digests))), staging=data / "staging",
        spool=data / "spool", token_key=(data / "keys" / "session.key").read_bytes(),
        expire_after=deposit.expire_after)


def lock_breakers(archive: Archive, everything: bool = False) -> tuple[LockBreaker, ...]:
    """Who tries the lock: the service's own credentials; with ``everything`` the store's root and side doors too,
    where this folder holds the store (an outside store's root is kept elsewhere: its administrator tries it)."""
    settings, data = archive.settings, archive.data
    embedded = settings.store.kind == "embedded"
    endpoint = _embedded_endpoint(data) if embedded else settings.store.endpoint
    service = _store(settings, data, endpoint, None)
    if not everything or not embedded:
        return (S3LockBreaker(service, "service"),)
    keys = read_keys(data)
    root = S3Store(endpoint=endpoint, bucket=settings.store.bucket, access_key=keys.root_access,
                   secret_key=keys.root_secret, name=settings.store.name)
    return S3LockBreaker(service, "service"), S3LockBreaker(root, "root"), SideDoors(data, service)


def store_owner(data: Path) -> StoreOwner:
    """For the drill alone: what the owner of the embedded store that runs in this folder can do past the locks."""
    return StoreOwner(data)


def make_keys(data: Path, origin: str) -> VerificationKey:
    """The keys of a new archive, each in a file of mode 0600; answers the log's public key."""
    log_key = SigningKey.generate(origin)
    write_secret(data / "keys" / "log.pem", log_key.to_pem())
    FileVault.create(data / "keys" / "vault.key")
    write_secret(data / "keys" / "session.key", secrets.token_bytes(32))
    EmbeddedStore().prepare(data)
    return log_key.key


def heir_keys(old: Path, new: Path, origin: str) -> VerificationKey:
    """A new log key in ``new`` and copies of all other keys of ``old``, each 0600; answers the new public key."""
    log_key = SigningKey.generate(origin)
    write_secret(new / "keys" / "log.pem", log_key.to_pem())
    for path in sorted((old / "keys").rglob("*")):
        if path.is_file() and path.suffix != ".part" and path != old / "keys" / "log.pem":
            write_secret(new / path.relative_to(old), path.read_bytes())
    return log_key.key


def vault_of(data: Path) -> KeyVault:
    """The particulars keys of a data folder."""
    return FileVault(data / "keys" / "vault.key")


def new_station_key(path: Path) -> SigningKey:
    """A station's own key: PKCS#8 in ``path`` (0600, never overwritten), the public half beside it as ``.vkey``."""
    key = SigningKey.generate(new_id("sta"))
    write_secret(path, key.to_pem())
    path.with_suffix(".vkey").write_text(key.key.text() + "\n")
    return key


def station_clock() -> Callable[[], datetime]:
    """The clock of the machine a station command runs on."""
    return SystemClock().now


def write_private_text(path: Path, text: str) -> None:
    """A new file of mode 0600; ``Conflict key.exists`` when it is there."""
    write_secret(path, text.encode())
