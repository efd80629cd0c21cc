"""Base64 (RFC 4648 §4) with one accepted spelling per value: padded, no spaces, no stray trailing bits."""

from __future__ import annotations

import base64
import binascii


def encode_base64(data: bytes) -> str:
    """Standard alphabet, padded, no line breaks."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(untrusted_text: str) -> bytes:
    """The bytes; ``ValueError`` for anything ``encode_base64`` would not have written."""
    try:
        data = base64.b64decode(untrusted_text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error
    # b64decode ignores unused trailing bits; two spellings of one value would make proofs malleable.
    if encode_base64(data) != untrusted_text:
        raise ValueError("not canonical base64")
    return data
