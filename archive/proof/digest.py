"""Digests written ``alg:hex`` from a closed registry, of bytes, of files, and over the segments of a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archive.proof import merkle

try:
    from archive.proof import native
except ImportError:  # a verifier without cryptography
    _OTHERS: dict[str, Callable[[], _Running]] = {}
else:
    _OTHERS = {"sm3": native.Sm3}

REGISTRY = {"sha256": 32, "sm3": 32}
SEGMENT_SIZE = 8 * 1024 * 1024
_READ_SIZE = 1024 * 1024
_HEX = re.compile(r"[0-9a-f]+").fullmatch


@dataclass(frozen=True)
class Digest:
    """A digest that says its algorithm, one of ``REGISTRY``; ``ValueError`` for others and wrong lengths."""

    algorithm: str
    value: bytes

    def __post_init__(self) -> None:
        if REGISTRY.get(self.algorithm) != len(self.value):
            raise ValueError("unknown digest algorithm, or a digest of the wrong length")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"

    @classmethod
    def parse(cls, untrusted_text: str) -> Digest:
        """From ``alg:hex``, lower-case; ``ValueError`` otherwise."""
        algorithm, _, digits = untrusted_text.partition(":")
        if _HEX(digits) is None or len(digits) % 2:
            raise ValueError("a digest is written alg:hex in lower case")
        return cls(algorithm, bytes.fromhex(digits))


class _Running(Protocol):
    def update(self, data: bytes | bytearray | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...


def _start(algorithm: str) -> _Running:
    if algorithm not in REGISTRY:
        raise ValueError(f"unknown digest algorithm {algorithm!r}")
    try:
        return hashlib.new(algorithm)
    except ValueError:  # an OpenSSL built, or told, to do without it
        if algorithm in _OTHERS:
            return _OTHERS[algorithm]()
        raise ValueError(f"this Python cannot compute {algorithm}") from None


def can_compute(algorithm: str) -> bool:
    """Whether this Python has the algorithm: a verifier says "not checked" of a digest it cannot compute."""
    try:
        _start(algorithm)
    except ValueError:
        return False
    return True


class Hasher:
    """Several digests of one stream in one pass; ``ValueError`` for a repeated algorithm or one it cannot compute."""

    def __init__(self, algorithms: Sequence[str] = ("sha256",)) -> None:
        if len(set(algorithms)) != len(algorithms):
            raise ValueError("a digest algorithm is named twice")
        self._running = [(name, _start(name)) for name in algorithms]

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next bytes."""
        for _, running in self._running:
            running.update(data)

    def digests(self) -> tuple[Digest, ...]:
        """Of everything so far, in the order the algorithms were named; more bytes may follow."""
        return tuple(Digest(name, running.digest()) for name, running in self._running)


@dataclass(frozen=True)
class MeasuredFile:
    """What one reading of a file gave: size in bytes, whole digests, root over its 8 MiB segments."""

    size: int
    digests: tuple[Digest, ...]
    segments_root: Digest


def sha256(data: bytes | bytearray | memoryview) -> Digest:
    """SHA-256 of ``data``."""
    return Digest("sha256", hashlib.sha256(data).digest())


def file_digests(path: Path, algorithms: Sequence[str] = ("sha256",)) -> tuple[Digest, ...]:
    """Digests of a file's bytes in one reading, in the order named; ``OSError`` as it comes."""
    hasher = Hasher(algorithms)
    buffer = bytearray(_READ_SIZE)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            hasher.update(memoryview(buffer)[:count])
    return hasher.digests()


def measure_file(path: Path, algorithms: Sequence[str]) -> MeasuredFile:
    """Size, digests and segments root of a file in one reading (one segment in memory); ``OSError``."""
    hasher, size = Hasher(algorithms), 0
    segments: list[bytes] = []
    with path.open("rb") as file:
        while segment := file.read(SEGMENT_SIZE):
            size += len(segment)
            hasher.update(segment)
            segments.append(hashlib.sha256(segment).digest())
    return MeasuredFile(size, hasher.digests(), segments_root(segments))


def segments_root(segment_digests: Sequence[bytes]) -> Digest:
    """RFC 6962 §2.1 root whose leaf entries are the segments' 32-byte SHA-256 digests, in order."""
    if any(len(value) != 32 for value in segment_digests):
        raise ValueError("a segment digest is the 32 bytes of a SHA-256")
    return Digest("sha256", merkle.root([merkle.leaf_hash(value) for value in segment_digests]))
