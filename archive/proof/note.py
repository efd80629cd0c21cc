"""Signed notes (C2SP signed-note): strict opening, and the type that says a text's signature was checked."""

import re
from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from typing import Protocol

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey

MAX_NOTE = 64 * 1024
_PREFIX = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]").search
_NOT_IN_NAME = re.compile(r"[\s+]").search
_MINT = object()


@dataclass(frozen=True)
class VerifiedText:
    """A text (ending in a newline) whose signatures were checked, and the keys that signed.

    Only ``open_note`` makes one. Limit: the guard stops mistakes, not hostile code within the same process.
    """

    text: str
    signers: tuple[VerificationKey, ...]
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        if mint is not _MINT:
            raise TypeError("only open_note makes a VerifiedText")


class NoteSigner(Protocol):
    """Something that holds a private key and signs bytes."""

    @property
    def key(self) -> VerificationKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Raw signature over ``message``."""


@dataclass(frozen=True)
class _SignatureLine:
    name: str
    key_id: bytes
    signature: bytes


def open_note(untrusted_note: bytes, keys: Sequence[VerificationKey]) -> VerifiedText:
    """Check a note against the keys one trusts; ``VerificationError``, step ``note`` (form) or ``signature``.

    At most 64 KiB of UTF-8 without control characters; the text ends at the last empty line, after which only
    signature lines stand. Unknown keys are ignored; a known key whose signature is wrong or stands twice
    refuses the note, and so does the lack of any known one. ``ValueError`` if two ``keys`` share name and id.
    Source: C2SP signed-note, "Format" and "Signatures"; refusing a repeated signature is our own strictness.
    """
    known = _by_hint(keys)
    text, lines = _split(untrusted_note)
    message = text.encode("utf-8")
    signers: list[VerificationKey] = []
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if key in signers:
            raise VerificationError("signature", f"{key.name} has signed twice")
        key.verify(message, line.signature)
        signers.append(key)
    if not signers:
        raise VerificationError("signature", "no key that is trusted here has signed")
    return VerifiedText(text, tuple(signers), _MINT)


def sign_note(text: str, signers: Sequence[NoteSigner]) -> bytes:
    """The note of ``text`` (ending in a newline, no control characters) with one line per signer, in order.

    ``ValueError`` for a text no note can hold, or no signer.
    """
    if not text.endswith("\n") or _CONTROL(text) or not signers:
        raise ValueError("a note needs a signer and a text ending in a newline, without control characters")
    message = text.encode("utf-8")
    block = ""
    for signer in signers:
        block += f"{_PREFIX}{signer.key.name} {encode_base64(signer.key.id + signer.sign(message))}\n"
    note = (text + "\n" + block).encode("utf-8")
    if len(note) > MAX_NOTE:
        raise ValueError("a note has at most 64 KiB")
    return note


def _by_hint(keys: Sequence[VerificationKey]) -> dict[tuple[str, bytes], VerificationKey]:
    known: dict[tuple[str, bytes], VerificationKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.id), key) != key:
            raise ValueError("two of the keys share name and id")
    return known


def _split(untrusted_note: bytes) -> tuple[str, list[_SignatureLine]]:
    if len(untrusted_note) > MAX_NOTE:
        raise VerificationError("note", "longer than 64 KiB")
    try:
        note = untrusted_note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationError("note", "not UTF-8") from error
    if _CONTROL(note):
        raise VerificationError("note", "a control character")
    head, gap, block = note.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise VerificationError("note", "no empty line followed by complete signature lines")
    return head + "\n", [_signature_line(line) for line in block[:-1].split("\n")]


def _signature_line(line: str) -> _SignatureLine:
    name, gap, encoded = line.removeprefix(_PREFIX).partition(" ")
    try:
        # An unknown key may bear a name we would not give one: only the format's own rule holds here.
        if not line.startswith(_PREFIX) or not gap or not name or _NOT_IN_NAME(name):
            raise ValueError("no such line")
        data = decode_base64(encoded)
    except ValueError as error:
        raise VerificationError("note", "a line after the text is no signature line") from error
    if len(data) <= 4:
        raise VerificationError("note", "a signature line without a signature")
    return _SignatureLine(name, data[:4], data[4:])
