"""The request of C2SP tlog-witness ``add-checkpoint`` as bytes: written by the log, read by the cosigner."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.merkle import MAX_SIZE
from archive.proof.note import MAX_NOTE

MAX_PROOF_LINES = 63
MAX_REQUEST = MAX_NOTE + 4096
"""Bytes of a request at most: the longest note, an ``old`` line and 63 hashes."""
SIZE_TYPE = "text/x.tlog.size"
_DECIMAL = re.compile(rb"0|[1-9][0-9]{0,18}").fullmatch


@dataclass(frozen=True)
class AddCheckpoint:
    """``old_size``: what the cosigner last cosigned; ``proof``: from there to the note's size; ``note`` as signed."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes


def encode_request(old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """``old N\\n`` ‖ base64 hashes, a line each ‖ ``\\n`` ‖ note."""
    lines = "".join(f"{encode_base64(item)}\n" for item in proof)
    return f"old {old_size}\n{lines}\n".encode() + note


def parse_request(untrusted_body: bytes) -> AddCheckpoint:
    """The request; ``ValueError`` with a reason for anything the format does not allow. The note stays unverified."""
    head, gap, note = untrusted_body.partition(b"\n\n")
    if not gap or len(untrusted_body) > MAX_REQUEST:
        raise ValueError("no empty line between proof and checkpoint, or a request that is too long")
    first, *rest = head.split(b"\n")
    if not first.startswith(b"old "):
        raise ValueError("the first line is not `old` and a size")
    if len(rest) > MAX_PROOF_LINES:
        raise ValueError("more than 63 lines of proof")
    return AddCheckpoint(parse_size(first[4:]), tuple(_hash(line) for line in rest), note)


def encode_size(size: int) -> bytes:
    """The body of a 409: the size in decimal and a newline."""
    return b"%d\n" % size


def parse_size(untrusted_digits: bytes) -> int:
    """Decimal without leading zeros, below 2⁶³; ``ValueError``."""
    if _DECIMAL(untrusted_digits) is None or int(untrusted_digits) > MAX_SIZE:
        raise ValueError("a size is a decimal number below 2^63 without leading zeros")
    return int(untrusted_digits)


def _hash(untrusted_line: bytes) -> bytes:
    try:
        data = decode_base64(untrusted_line.decode("ascii"))
    except ValueError as fault:
        raise ValueError("a line of the proof is not base64") from fault
    if len(data) != 32:
        raise ValueError("a line of the proof is not a hash of 32 bytes")
    return data
