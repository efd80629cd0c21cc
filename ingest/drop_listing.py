"""What lies in a drop folder, whoever may write there: nothing is followed, nothing changed, names stay untrusted.

Every name is opened below the folder's own descriptor, component by component, never through a symbolic link.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from archive.errors import Refused
from ingest.drop_reasons import NotYet, Unclaimed
from ingest.manifest import safe_file_name

DEPOSITED = "deposited"
"""Subfolder at the top into which deposited files go where an account says so; never looked into."""
RECEIPT_SUFFIX = ".receipt.json"
MAX_DEPTH = 8
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Found:
    """One entry. ``folder`` (components) and ``untrusted_name`` open it; ``name`` and ``path`` are for people.

    ``fault``: reason and detail for which it cannot be looked at any further, None for a plain file.
    """

    folder: tuple[str, ...]
    untrusted_name: str
    name: str
    size: int = 0
    mtime_ns: int = 0
    fault: tuple[str, str] | None = None

    @property
    def path(self) -> str:
        """Path within the drop folder, printable."""
        return "/".join([*(shown(part) for part in self.folder), shown(self.name)])

    @property
    def stamp(self) -> tuple[int, int]:
        """Size in bytes and modification time in nanoseconds: what a change is told by."""
        return self.size, self.mtime_ns


def look(root: Path, name_encoding: str = "utf-8", everything: bool = False) -> list[Found]:
    """What lies below ``root`` but receipts and what was deposited (with ``everything`` these too), in order;
    ``OSError`` when it cannot be read. Access times stay where the system lets the reader ask for that: their owner."""
    descriptor = _opened(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return list(_told_apart(sorted(_walk(descriptor, (), name_encoding, everything),
                                       key=lambda found: (found.folder, found.untrusted_name))))
    finally:
        os.close(descriptor)


@contextmanager
def opened_folder(root: Path, folder: tuple[str, ...]) -> Iterator[int]:
    """A descriptor of a folder below ``root``; ``OSError`` when a component is gone or has become a link."""
    descriptor = _opened(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folder:
            inner = _opened(part, _FOLDER, descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_file(root: Path, found: Found) -> Iterator[int]:
    """A descriptor of the very file that was found; ``NotYet`` when it is gone, ``Unclaimed unreadable | changed``."""
    try:
        with opened_folder(root, found.folder) as folder:
            descriptor = _opened(found.untrusted_name, _FILE, folder)
    except FileNotFoundError as fault:
        raise NotYet(found.path) from fault  # gone since it was listed
    except OSError as fault:
        raise Unclaimed("unreadable", fault.strerror or "") from fault
    try:
        require_unchanged(descriptor, found)
        yield descriptor
    finally:
        os.close(descriptor)


def require_unchanged(descriptor: int, found: Found) -> None:
    """``Unclaimed changed`` unless the open file is a plain one of the size and time that were found."""
    held = os.fstat(descriptor)
    if not stat.S_ISREG(held.st_mode) or (held.st_size, held.st_mtime_ns) != found.stamp:
        raise Unclaimed("changed", "it changed while it was read")


def shown(untrusted_text: str) -> str:
    """The text with whatever cannot be printed written out, so that no name can pass for another line, and no two
    names look alike to what is remembered of them."""
    told = os.fsencode(untrusted_text).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in told)


def _told_apart(found: list[Found]) -> Iterator[Found]:
    """Two names in two encodings may read the same: what is remembered of the one must not count for the other."""
    paths = set[str]()
    for one in found:
        again = one.path in paths
        paths.add(one.path)
        yield replace(one, fault=("unsafe_name", "another file's name reads the same")) if again else one


def _opened(name: str | Path, flags: int, folder: int | None = None) -> int:
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
    except PermissionError:  # the owner alone may ask for that
        return os.open(name, flags, dir_fd=folder)


def _walk(descriptor: int, folder: tuple[str, ...], encoding: str, everything: bool) -> Iterator[Found]:
    with os.scandir(descriptor) as entries:
        for entry in entries:
            ours = (not folder and entry.name == DEPOSITED) or entry.name.endswith(RECEIPT_SUFFIX)
            if ours and not everything:
                continue
            try:
                held = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # gone between listing and looking
            if stat.S_ISDIR(held.st_mode):
                yield from _inner(descriptor, folder, entry.name, encoding, everything)
            else:
                yield _entry(folder, entry.name, held, encoding)


def _inner(descriptor: int, folder: tuple[str, ...], name: str, encoding: str, everything: bool) -> Iterator[Found]:
    if len(folder) >= MAX_DEPTH:
        yield Found(folder, name, name, fault=("too_deep", f"folders are looked into {MAX_DEPTH} deep"))
        return
    try:
        inner = _opened(name, _FOLDER, descriptor)
    except OSError as fault:
        yield Found(folder, name, name, fault=("unreadable", fault.strerror or ""))
        return
    try:
        yield from _walk(inner, (*folder, name), encoding, everything)
    finally:
        os.close(inner)


def _entry(folder: tuple[str, ...], untrusted_name: str, held: os.stat_result, encoding: str) -> Found:
    name, fault = _named(untrusted_name, encoding)
    if stat.S_ISLNK(held.st_mode):
        fault = ("symlink", "")
    elif not stat.S_ISREG(held.st_mode):
        fault = ("special", "")
    return Found(folder, untrusted_name, name, held.st_size, held.st_mtime_ns, fault)


def _named(untrusted_name: str, encoding: str) -> tuple[str, tuple[str, str] | None]:
    """The name as text: UTF-8, else in the encoding the profile names; or why it is no name to keep."""
    raw = os.fsencode(untrusted_name)
    for candidate in dict.fromkeys(("utf-8", encoding)):
        try:
            return safe_file_name(raw.decode(candidate)), None
        except UnicodeDecodeError:
            continue
        except Refused as fault:
            return untrusted_name, ("unsafe_name", fault.message)
    return untrusted_name, ("unsafe_name", "the name is not in the encoding this account expects")
