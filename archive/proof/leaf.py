"""What a verifier reads in a log entry: the closed outer form, and the facts of a deposit."""

from __future__ import annotations

from dataclasses import dataclass

from archive.proof.canonical import Canonical, CanonicalError, decode, parse_time
from archive.proof.digest import SEGMENT_SIZE, Digest
from archive.proof.errors import VerificationError

DEPOSIT_KINDS = ("recording.accessioned/1", "upload.repeated/1")
TRUST_GRADES = ("recorder_signed", "dock_signed", "named_only", "adopted")
_COMMON = {"kind", "at", "actor", "subject", "data"}
_NONCE_DIGITS = 32


@dataclass(frozen=True)
class Leaf:
    """A log entry taken apart. ``at`` is a claim; ``commitment`` is None where there are no particulars."""

    kind: str
    at: str
    data: dict[str, Canonical]
    commitment: Digest | None

    @classmethod
    def parse(cls, entry: bytes) -> Leaf:
        """From an entry's canonical bytes (at most 65,535).

        ``VerificationError("leaf")`` for bytes that are not canonical, and for other members than ``kind, at,
        actor, subject, data`` with either ``commitment`` (``sha256:hex``) or ``nonce`` (32 hex digits).
        """
        try:
            value = decode(entry)
            if not isinstance(value, dict):
                raise ValueError("the entry is no object")
            commitment = _seal(value)
            kind, at, _, _ = (_text(value[name]) for name in ("kind", "at", "actor", "subject"))
            parse_time(at)
            data = value["data"]
            if not isinstance(data, dict):
                raise ValueError("data is no object")
        except CanonicalError as error:
            raise VerificationError("leaf", f"the entry is not canonical: {error}") from error
        except ValueError as error:
            raise VerificationError("leaf", str(error)) from error
        return cls(kind, at, data, commitment)


@dataclass(frozen=True)
class Deposit:
    """What a deposit's entry says of the file: bytes, digests (one is SHA-256), segments root if given.

    ``trust``: one of ``TRUST_GRADES``, "" where the entry names none (a repeat's: the first recording's entry does).
    """

    size: int
    digests: tuple[Digest, ...]
    segments_root: Digest | None
    trust: str = ""

    @classmethod
    def of(cls, leaf: Leaf) -> Deposit:
        """From an entry of ``DEPOSIT_KINDS``; ``VerificationError("leaf")`` for others and malformed data."""
        if leaf.kind not in DEPOSIT_KINDS:
            raise VerificationError("leaf", f"an entry of kind {leaf.kind[:40]!r} tells of no deposit")
        size, listed, segments = (leaf.data.get(name) for name in ("size", "digests", "segments_root"))
        if type(size) is not int or size < 0 or not isinstance(listed, list):
            raise VerificationError("leaf", "size or digests are missing or not of their type")
        if leaf.data.get("segment_size", SEGMENT_SIZE) != SEGMENT_SIZE:
            raise VerificationError("leaf", "the segments are not of 8 MiB")
        try:
            digests = tuple(Digest.parse(_text(item)) for item in listed)
            root = None if segments is None else Digest.parse(_text(segments))
        except ValueError as error:
            raise VerificationError("leaf", str(error)) from error
        algorithms = [digest.algorithm for digest in digests]
        if "sha256" not in algorithms or len(set(algorithms)) != len(algorithms):
            raise VerificationError("leaf", "the digests lack SHA-256 or name an algorithm twice")
        if root is not None and root.algorithm != "sha256":
            raise VerificationError("leaf", "the segments root is not SHA-256")
        trust = leaf.data.get("trust", "")
        if not isinstance(trust, str) or trust not in ("", *TRUST_GRADES):
            raise VerificationError("leaf", "the trust grade is none that is known here")
        return cls(size, digests, root, trust)


def _seal(value: dict[str, Canonical]) -> Digest | None:
    rest = value.keys() - _COMMON
    if not value.keys() >= _COMMON or len(rest) != 1 or not rest <= {"commitment", "nonce"}:
        raise ValueError("the entry does not have exactly the members of its form")
    if "commitment" in value:
        commitment = Digest.parse(_text(value["commitment"]))
        if commitment.algorithm != "sha256":
            raise ValueError("the commitment is not SHA-256")
        return commitment
    nonce = _text(value["nonce"])
    if len(nonce) != _NONCE_DIGITS or not set(nonce) <= set("0123456789abcdef"):
        raise ValueError("the nonce is not 32 hex digits")
    return None


def _text(value: Canonical) -> str:
    if not isinstance(value, str):
        raise ValueError("a member that must be text is not")
    return value
