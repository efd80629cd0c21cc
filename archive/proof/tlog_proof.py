"""The ``.tlog-proof`` text (C2SP tlog-proof): an inclusion proof and its checkpoint, for other tools."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.errors import VerificationError
from archive.proof.merkle import MAX_SIZE
from archive.proof.note import MAX_NOTE

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})").fullmatch
_MAX_PROOF = 64
_MAX_TEXT = 256 * 1024


@dataclass(frozen=True)
class TlogProof:
    """An index, its path (32-byte hashes, leaf side first), the signed checkpoint, unauthenticated extra data.

    ``ValueError`` for values no proof can have. Parsing proves nothing: open the note, then verify inclusion.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index < MAX_SIZE or len(self.proof) > _MAX_PROOF:
            raise ValueError("no tree has such an index or so long a proof")
        if any(len(value) != 32 for value in self.proof):
            raise ValueError("a hash in the proof is not 32 bytes")
        if not 0 < len(self.checkpoint) <= MAX_NOTE:
            raise ValueError("the checkpoint is missing or longer than 64 KiB")

    def text(self) -> str:
        """The file's text; the ``extra`` line stands only where there is extra data."""
        lines = [_HEADER]
        if self.extra:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [encode_base64(value) for value in self.proof]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, untrusted_text: str) -> TlogProof:
        """From ``text()``'s form, at most 256 KiB; ``VerificationError("proof")`` for any other."""
        if len(untrusted_text) > _MAX_TEXT:
            raise VerificationError("proof", "longer than 256 KiB")
        head, gap, checkpoint = untrusted_text.partition("\n\n")
        lines = head.split("\n")
        try:
            if not gap or lines.pop(0) != _HEADER:
                raise ValueError("not a tlog-proof of version 1")
            extra = b""
            if lines and lines[0].startswith("extra "):
                extra = decode_base64(lines.pop(0).removeprefix("extra "))
                if not extra:
                    raise ValueError("an extra line without data")
            match = _INDEX(lines.pop(0)) if lines else None
            if match is None:
                raise ValueError("the index line is missing or malformed")
            return cls(int(match[1]), tuple(decode_base64(line) for line in lines), checkpoint, extra)
        except ValueError as error:
            raise VerificationError("proof", str(error)) from error
