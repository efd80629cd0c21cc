"""The staged batch: canonical bytes and sealed particulars of consecutive leaves, as one locked object.
It is what makes a signed checkpoint recoverable when the database is lost right after a receipt.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from archive.errors import Contradiction

MAGIC = b"liuhen/staged/1\n"
_SHORT, _LONG = struct.Struct(">H"), struct.Struct(">I")


class BatchLeaf(NamedTuple):
    """One leaf with the sealed particulars that belong to it."""

    entry: bytes
    scope: str = ""
    sealed: bytes = b""


def staged_key(log_id: str, first: int, count: int) -> str:
    """``staged/<log id>/<first>-<count>``."""
    return f"staged/{log_id}/{first}-{count}"


def encode_batch(log_id: str, first: int, leaves: Sequence[BatchLeaf]) -> bytes:
    """The object's bytes: the magic line, log id, newline, u64 first, u32 count (big-endian), then per leaf
    u16 length ‖ entry ‖ u16 length ‖ scope ‖ u32 length ‖ sealed particulars (lengths 0 where there are none)."""
    out, short, long = [MAGIC, log_id.encode(), b"\n", struct.pack(">QI", first, len(leaves))], _SHORT.pack, _LONG.pack
    for entry, text, sealed in leaves:
        scope = text.encode()
        out += (short(len(entry)), entry, short(len(scope)), scope, long(len(sealed)), sealed)
    return b"".join(out)


def decode_batch(data: bytes) -> tuple[str, int, list[BatchLeaf]]:
    """(log id, first index, leaves); ``Contradiction log.batch_malformed`` for anything else."""
    try:
        head, rest = data.split(b"\n", 2)[1], data[data.index(b"\n", len(MAGIC)) + 1:]
        if not data.startswith(MAGIC):
            raise ValueError("unknown form")
        first, count = struct.unpack_from(">QI", rest)
        leaves, at = [], 12
        for _ in range(count):
            entry, at = _take(rest, at, ">H")
            scope, at = _take(rest, at, ">H")
            sealed, at = _take(rest, at, ">I")
            leaves.append(BatchLeaf(entry, scope.decode(), sealed))
        if at != len(rest):
            raise ValueError("bytes after the last leaf")
    except (ValueError, IndexError, struct.error) as fault:
        raise Contradiction("log.batch_malformed", f"a staged batch does not read: {fault}") from fault
    return head.decode(), first, leaves


def _take(data: bytes, at: int, form: str) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(form, data, at)
    start = at + struct.calcsize(form)
    if start + length > len(data):
        raise ValueError("cut off")
    return data[start:start + length], start + length
