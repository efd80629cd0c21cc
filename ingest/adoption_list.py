"""The hash list of an old share: one line for each file, and the old holder's signature over its digest.

A signed note (C2SP) holds at most 64 KiB, so what is signed names the list by SHA-256; both lie in one file.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.errors import Refused
from archive.proof.digest import Digest
from archive.proof.errors import VerificationError
from archive.proof.keys import ED25519, VerificationKey
from archive.proof.note import NoteSigner, open_note, sign_note

TITLE = "liuhen adoption list v1"
SIGNED = "liuhen signed adoption list v1"
MAX_LIST = 512 * 1024 * 1024
_LINE = re.compile(r"([0-9a-f]{64}) (0|[1-9][0-9]{0,15}) (\S(?:.*\S)?|\S)").fullmatch
_HEAD = re.compile(r"sheet (sha256:[0-9a-f]{64})").fullmatch


@dataclass(frozen=True)
class ListedFile:
    """A file as the list has it: SHA-256, size in bytes, printable path within the share."""

    digest: Digest
    size: int
    path: str


@dataclass(frozen=True)
class HashList:
    """``sheet``: digest of the spreadsheet it was made with; ``files`` in the order of their paths."""

    sheet: Digest
    files: tuple[ListedFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(one.size for one in self.files)

    @property
    def digest(self) -> Digest:
        """SHA-256 of the list's text: which list it is, whoever signed it."""
        return Digest("sha256", hashlib.sha256(list_text(self).encode()).digest())


@dataclass(frozen=True)
class SignedList:
    """A list whose signature was checked; ``note`` is what was signed, with the signature of ``key``."""

    listed: HashList
    note: str
    key: VerificationKey


def list_text(listed: HashList) -> str:
    """The canonical text: a title, the sheet's digest, one line ``<sha256> <size> <path>`` for each file."""
    lines = [f"{one.digest.value.hex()} {one.size} {one.path}" for one in listed.files]
    return "\n".join([TITLE, f"sheet {listed.sheet}", *lines]) + "\n"


def parse_list(untrusted: bytes) -> HashList:
    """``Refused adopt.list`` for anything but the canonical text, with the line at fault."""
    if len(untrusted) > MAX_LIST:
        raise _refused("it is longer than any list")
    try:
        text = untrusted.decode()
    except UnicodeDecodeError as fault:
        raise _refused("it is not UTF-8") from fault
    title, _, rest = text.partition("\n")
    head, *lines = rest.split("\n")
    sheet = _HEAD(head)
    if title != TITLE or sheet is None or not lines or lines.pop() != "":
        raise _refused("it does not begin with the title and the sheet's digest, or its last line is cut")
    listed = HashList(Digest.parse(sheet[1]), tuple(_line(number, line) for number, line in enumerate(lines, 3)))
    paths = [one.path for one in listed.files]
    if sorted(set(paths)) != paths:
        raise _refused("its paths are not in order, or one stands twice")
    return listed


def sign_list(listed: HashList, signer: NoteSigner) -> bytes:
    """The list, an empty line, and the signed note over its digest and counts."""
    return (list_text(listed) + "\n").encode() + sign_note(_statement(listed), [signer])


def open_signed(untrusted: bytes, key: VerificationKey) -> SignedList:
    """Check the old holder's signature and that the list is the one that was signed. ``Refused adopt.list``."""
    text, gap, note = untrusted.partition(b"\n\n")
    if not gap:
        raise _refused("it is not signed; let its holder sign it with `liuhen adopt-sign`")
    if key.kind != ED25519:
        raise _refused("the holder's key is an Ed25519 note key")
    try:
        verified = open_note(note, [key])
    except VerificationError as fault:
        raise _refused(f"its signature does not verify: {fault.reason}") from fault
    whole = Digest("sha256", hashlib.sha256(text + b"\n").digest())
    if f"list {whole}" not in verified.text.splitlines():
        raise _refused("it was changed after it was signed")
    listed = parse_list(text + b"\n")  # these very bytes are what the holder signed for
    if verified.text != _statement(listed):
        raise _refused("the signature is not over this list's sheet and counts")
    return SignedList(listed, note.decode(), key)


def _statement(listed: HashList) -> str:
    return (f"{SIGNED}\nlist {listed.digest}\nsheet {listed.sheet}\nfiles {len(listed.files)}\nbytes {listed.size}\n")


def _line(number: int, line: str) -> ListedFile:
    match = _LINE(line)
    if match is None or not line.isprintable():
        raise _refused(f"line {number} does not read")
    return ListedFile(Digest("sha256", bytes.fromhex(match[1])), int(match[2]), match[3])


def _refused(reason: str) -> Refused:
    return Refused("adopt.list", f"the hash list cannot be used: {reason}")


def of_files(sheet: Digest, files: Sequence[ListedFile]) -> HashList:
    """A list of these files, in the order of their paths."""
    return HashList(sheet, tuple(sorted(files, key=lambda one: one.path)))
