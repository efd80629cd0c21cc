"""Signed notes (C2SP signed-note): strict opening, and the type that says a text's signature was checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from typing import Protocol

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.cosignature import Cosignature
from archive.proof.errors import VerificationError
from archive.proof.keys import COSIGNATURE_V1, VerificationKey

MAX_NOTE = 64 * 1024
_PREFIX = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]").search
_NOT_IN_NAME = re.compile(r"[\s+]").search
_MINT = object()


@dataclass(frozen=True)
class VerifiedText:
    """A text (ending in a newline) whose signatures were checked, and every key that signed, cosigners among them.

    ``cosignatures``: those of the signers that are cosigners, each with its time, in the order of their lines.
    Only ``open_note`` makes one. Limit: the guard stops mistakes, not hostile code within the same process.
    """

    text: str
    signers: tuple[VerificationKey, ...]
    cosignatures: tuple[Cosignature, ...] = ()
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
    text, lines = _split(untrusted_note)
    found = _check(text, lines, keys)
    return VerifiedText(text, tuple(found), _cosignatures(found), _MINT)


def open_lines(text: str, untrusted_lines: bytes, keys: Sequence[VerificationKey]) -> tuple[Cosignature, ...]:
    """What a cosigner answered: signature lines alone, over ``text``; its cosignatures, in the order of the lines.

    As strict as ``open_note``: unknown keys are ignored, a known one whose signature is wrong or stands twice
    refuses the answer, and so does the lack of any. Only cosigners' ``keys`` count.
    """
    lines = _signature_lines(_decode(untrusted_lines))
    return _cosignatures(_check(text, lines, [key for key in keys if key.kind == COSIGNATURE_V1]))


def with_signatures(note: bytes, added: Sequence[tuple[VerificationKey, bytes]]) -> bytes:
    """The note with a line more for each (key, raw signature); a line that key already had gives way to the new one.

    Each added signature is verified; those the note has are kept as they are, unlooked at. ``VerificationError``
    for a wrong signature or a malformed note, ``ValueError`` beyond 64 KiB or for a key named twice.
    """
    text, lines = _split(note)
    by_hint = _by_hint([key for key, _ in added])
    if len(by_hint) != len(added):
        raise ValueError("a key signs a note once")
    for key, signature in added:
        key.verify(text.encode("utf-8"), signature)
    kept = [line for line in lines if (line.name, line.key_id) not in by_hint]
    return _assemble(text, [*kept, *(_SignatureLine(key.name, key.id, signature) for key, signature in added)])


def sign_note(text: str, signers: Sequence[NoteSigner]) -> bytes:
    """The note of ``text`` (ending in a newline, no control characters) with one line per signer, in order.

    ``ValueError`` for a text no note can hold, or no signer.
    """
    if not text.endswith("\n") or _CONTROL(text) or not signers:
        raise ValueError("a note needs a signer and a text ending in a newline, without control characters")
    message = text.encode("utf-8")
    return _assemble(text, [_SignatureLine(one.key.name, one.key.id, one.sign(message)) for one in signers])


def _assemble(text: str, lines: Sequence[_SignatureLine]) -> bytes:
    block = "".join(f"{_PREFIX}{line.name} {encode_base64(line.key_id + line.signature)}\n" for line in lines)
    note = (text + "\n" + block).encode("utf-8")
    if len(note) > MAX_NOTE:
        raise ValueError("a note has at most 64 KiB")
    return note


def _check(
    text: str, lines: Sequence[_SignatureLine], keys: Sequence[VerificationKey]
) -> dict[VerificationKey, bytes]:
    """The keys that signed ``text`` and their raw signatures, at least one, each verified."""
    known = _by_hint(keys)
    message = text.encode("utf-8")
    found: dict[VerificationKey, bytes] = {}
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if key in found:
            raise VerificationError("signature", f"{key.name} has signed twice")
        key.verify(message, line.signature)
        found[key] = line.signature
    if not found:
        raise VerificationError("signature", "no key that is trusted here has signed")
    return found


def _cosignatures(found: dict[VerificationKey, bytes]) -> tuple[Cosignature, ...]:
    return tuple(
        Cosignature.of(key, signature) for key, signature in found.items() if key.kind == COSIGNATURE_V1
    )


def _by_hint(keys: Sequence[VerificationKey]) -> dict[tuple[str, bytes], VerificationKey]:
    known: dict[tuple[str, bytes], VerificationKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.id), key) != key:
            raise ValueError("two of the keys share name and id")
    return known


def _decode(untrusted_note: bytes) -> str:
    if len(untrusted_note) > MAX_NOTE:
        raise VerificationError("note", "longer than 64 KiB")
    try:
        note = untrusted_note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationError("note", "not UTF-8") from error
    if _CONTROL(note):
        raise VerificationError("note", "a control character")
    return note


def _split(untrusted_note: bytes) -> tuple[str, list[_SignatureLine]]:
    head, gap, block = _decode(untrusted_note).rpartition("\n\n")
    if not gap:
        raise VerificationError("note", "no empty line followed by complete signature lines")
    return head + "\n", _signature_lines(block)


def _signature_lines(block: str) -> list[_SignatureLine]:
    if not block.endswith("\n"):
        raise VerificationError("note", "no empty line followed by complete signature lines")
    return [_signature_line(line) for line in block[:-1].split("\n")]


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
