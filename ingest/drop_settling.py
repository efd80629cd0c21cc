"""After accession: the receipt beside the file, and only then, where an account says so, the file moved or removed.

Nothing leaves the folder before its receipt was verified against the file itself and, where there is a policy, met it.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from archive.proof.receipt import Receipt
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from archive.site import Site
from ingest.drop_listing import DEPOSITED, RECEIPT_SUFFIX, Found, opened_file, opened_folder
from ingest.drop_reasons import NotYet, Unclaimed
from ingest.outcome import Waiting, receipt_of_upload

After = Literal["keep", "move", "remove", "untouched"]


def settle(site: Site, root: Path, found: Found, beside: Sequence[Found], upload: str, after: After) -> str | None:
    """Fetch, verify, write beside, then keep, move or remove; answers where the receipt was written, None where a
    folder that is kept does not let itself be written into.

    ``NotYet`` while the receipt is not there; ``Conflict receipt.quarantined | receipt.aborted``;
    ``Unclaimed receipt_unverified | cannot_move``. With ``move`` the recording, its manifest or sidecar and the receipt
    go into ``deposited/``; with ``remove`` the recording goes for good, the rest is moved.
    With ``untouched`` nothing is written: the receipt is in the archive alone.
    Limit: a writer who puts another file in its place in the instant between check and removal is not noticed.
    """
    receipt = _receipt(site, upload)
    _verify(site, root, found, receipt)
    if after == "untouched":
        return None
    if after == "keep":
        return _write_beside(root, found.folder, found.untrusted_name, receipt)
    try:
        return _clear(root, found, beside, receipt, after)
    except OSError as fault:
        raise Unclaimed("cannot_move", fault.strerror or "") from fault


def _receipt(site: Site, upload: str) -> bytes:
    wanted = "signed" if site.policy is None or site.policy.is_met(()) else "cosigned"
    found = receipt_of_upload(site, upload, wanted)
    if isinstance(found, Waiting) or (wanted == "cosigned" and Receipt.parse(found).grade == "signed"):
        raise NotYet(upload)
    return found


def _verify(site: Site, root: Path, found: Found, receipt: bytes) -> None:
    """As a stranger would, under our own policy, against the very file that lies there now."""
    trust = Trust.of_log(site.ports.signer.key) if site.policy is None else Trust(site.policy)
    with opened_file(root, found) as descriptor:
        report = verify_receipt(receipt, trust, Path(f"/proc/self/fd/{descriptor}"))
    if report.verdict != "proven":
        raise Unclaimed("receipt_unverified", report.steps[-1].detail)


def _write_beside(root: Path, folder: tuple[str, ...], name: str, receipt: bytes) -> str | None:
    """A folder we may not write into keeps its file all the same: the receipt is in the archive."""
    try:
        with opened_folder(root, folder) as descriptor:
            return _write(descriptor, name, receipt)
    except OSError:
        return None


def _write(folder: int, name: str, receipt: bytes) -> str:
    """Whole or not at all, never in another's place; a name that is taken gets a number."""
    unfinished = f".{secrets.token_hex(8)}.part"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(receipt)
            file.flush()
            os.fsync(file.fileno())
        return _put_free(folder, unfinished, folder, name, RECEIPT_SUFFIX)
    except OSError:
        with suppress(FileNotFoundError):
            os.unlink(unfinished, dir_fd=folder)
        raise


def _put_free(source: int, name: str, target: int, wanted: str, suffix: str = "") -> str:
    """Give a file the first name that is free, durably, and take its old one away."""
    for number in range(100):
        chosen = _shortened(f"{wanted}.{number}" if number else wanted, suffix)
        try:
            _rename(source, name, target, chosen)
        except FileExistsError:
            continue
        os.fsync(target)
        return chosen
    raise FileExistsError(errno.EEXIST, "a hundred names are taken")


def _rename(source: int, name: str, target: int, chosen: str) -> None:
    """Never into another's place: ``link`` refuses that. Where a file system has no second names (SMB, FAT) the place
    is looked at first; limit: a file that comes there in that instant is lost."""
    try:
        os.link(name, chosen, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except OSError as fault:
        if fault.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        with suppress(FileNotFoundError):
            os.stat(chosen, dir_fd=target, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, "the name is taken") from fault
        os.rename(name, chosen, src_dir_fd=source, dst_dir_fd=target)
        return
    os.unlink(name, dir_fd=source)


def _shortened(stem: str, suffix: str) -> str:
    """A name a folder can hold: at most 255 bytes."""
    raw = os.fsencode(stem)[:255 - len(suffix)]
    return os.fsdecode(raw) + suffix


def _clear(root: Path, found: Found, beside: Sequence[Found], receipt: bytes, after: After) -> str:
    with opened_folder(root, found.folder) as source, opened_folder(root, ()) as top, _deposited(top) as target:
        written = _write(target, found.untrusted_name, receipt)
        if after == "move":
            _move(source, found, target)
        else:
            _require_same(source, found)
            os.unlink(found.untrusted_name, dir_fd=source)
        for other in beside:
            _move(source, other, target)
        os.fsync(source)
        return f"{DEPOSITED}/{written}"


def _move(source: int, found: Found, target: int) -> None:
    _require_same(source, found)
    _put_free(source, found.untrusted_name, target, found.untrusted_name)


def _require_same(folder: int, found: Found) -> None:
    held = os.stat(found.untrusted_name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(held.st_mode) or (held.st_size, held.st_mtime_ns) != found.stamp:
        raise Unclaimed("changed", "another file lies there now")


@contextmanager
def _deposited(top: int) -> Iterator[int]:
    """``deposited/`` at the top of the folder, made when absent, never through a link."""
    with suppress(FileExistsError):
        os.mkdir(DEPOSITED, 0o755, dir_fd=top)
    descriptor = os.open(DEPOSITED, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
