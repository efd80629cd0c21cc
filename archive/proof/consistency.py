"""A consistency proof as a file of its own: two signed checkpoints, and the hashes that make one history of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.canonical import Canonical, CanonicalError, encode, read
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.merkle import verify_consistency
from archive.proof.note import MAX_NOTE, open_note
from archive.proof.policy import Policy

MAX_FILE = 512 * 1024  # two notes of 64 KiB in which every character may be escaped
VERSION = 1
_MAX_HASHES = 64


@dataclass(frozen=True)
class ConsistencyProof:
    """``old`` and ``new``: whole signed notes. ``hashes``: PROOF(old size, D[new size]) of RFC 6962 §2.1.2.

    ``ValueError`` for values no proof can have. Parsing proves nothing: ``check_consistency`` does.
    """

    old: str
    new: str
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        check_pair((self.old, self.new), self.hashes)

    def encode(self) -> bytes:
        """The file: canonical JSON with the members kind (``consistency``), v, old, new, proof; and a newline."""
        return encode_pair("consistency", {"old": self.old, "new": self.new}, self.hashes)

    @classmethod
    def parse(cls, untrusted_file: bytes) -> ConsistencyProof:
        """From a file in any JSON spelling with exactly these members; ``VerificationError("consistency")``."""
        try:
            notes, hashes = read_pair(untrusted_file, "consistency", ("old", "new"))
            return cls(*notes, hashes)
        except ValueError as error:
            raise VerificationError("consistency", str(error)) from error


def check_consistency(
    proof: ConsistencyProof, trusted: Sequence[VerificationKey] | Policy
) -> tuple[Checkpoint, Checkpoint]:
    """(old, new), both signed by the log: the newer tree begins with all of the older one.

    ``VerificationError`` of the step that fails: note, signature, checkpoint, consistency. A wrong cosignature of a
    trusted key refuses too, but no quorum is asked for. Limit: says that nothing up to the old size was changed, not
    that another reader was shown the same log.
    """
    keys = trusted.keys if isinstance(trusted, Policy) else trusted
    old, new = (Checkpoint.parse(open_note(note.encode("utf-8"), keys)) for note in (proof.old, proof.new))
    if old.origin != new.origin:
        raise VerificationError("consistency", "the checkpoints are of two logs")
    verify_consistency(old.size, new.size, proof.hashes, old.root, new.root)
    return old, new


def check_pair(notes: tuple[str, str], hashes: tuple[bytes, ...]) -> None:
    """``ValueError`` unless the notes are 1 byte to 64 KiB of text and the hashes at most 64 of 32 bytes."""
    if any(not 0 < len(note.encode("utf-8")) <= MAX_NOTE for note in notes):
        raise ValueError("a checkpoint is missing or longer than 64 KiB")
    if len(hashes) > _MAX_HASHES or any(len(value) != 32 for value in hashes):
        raise ValueError("not at most 64 hashes of 32 bytes")


def encode_pair(kind: str, notes: dict[str, str], hashes: tuple[bytes, ...]) -> bytes:
    """Canonical JSON of two named notes and hashes, and a newline."""
    members: dict[str, Canonical] = {"kind": kind, "v": VERSION, "proof": [encode_base64(value) for value in hashes]}
    members.update(notes)
    return encode(members) + b"\n"


def read_pair(
    untrusted_file: bytes, kind: str, names: tuple[str, str]
) -> tuple[tuple[str, str], tuple[bytes, ...]]:
    """(notes, hashes) from ``encode_pair``'s form in any JSON spelling; ``ValueError``."""
    try:
        members = read(untrusted_file, MAX_FILE)
    except CanonicalError as error:
        raise ValueError(f"not the JSON of such a file: {error}") from error
    if not isinstance(members, dict) or members.keys() != {"kind", "v", "proof", *names}:
        raise ValueError(f"not an object with exactly the members kind, v, proof, {', '.join(names)}")
    if members["kind"] != kind or type(members["v"]) is not int or members["v"] != VERSION:
        raise ValueError(f"not a {kind} file of version 1")
    first, second, proof = members[names[0]], members[names[1]], members["proof"]
    if not isinstance(first, str) or not isinstance(second, str) or not isinstance(proof, list):
        raise ValueError("a member is not of its type")
    return (first, second), tuple(decode_base64(value) if isinstance(value, str) else b"" for value in proof)
