"""Tells photographs and documents by their first bytes, whatever they are called; reads nothing else of them."""

from pathlib import Path
from typing import Literal

Shape = Literal["still", "pdf", "zip"]
_READ = 1024
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_PNG = b"\x89PNG\r\n\x1a\n"


def shape_of(source: Path) -> Shape | None:
    """``still`` for JPEG, PNG and HEIC, ``pdf``, ``zip``, or None for all else and what is no readable file.

    Limit: a raw stream of JPEGs begins as one of them and is taken for it; no recorder here delivers such a stream.
    """
    try:
        with source.open("rb") as file:
            head = file.read(_READ)
    except OSError:
        return None
    if head.startswith((b"\xff\xd8\xff", _PNG)) or _is_heif(head):
        return "still"
    if b"%PDF-" in head:
        return "pdf"
    return "zip" if head.startswith(b"PK\x03\x04") else None


def _is_heif(head: bytes) -> bool:
    """ISO/IEC 23008-12: ``ftyp`` first, with a brand of HEVC-coded still pictures among its brands."""
    if head[4:8] != b"ftyp":
        return False
    box = head[8:min(int.from_bytes(head[:4], "big"), len(head))]
    brands = {box[:4], *(box[at:at + 4] for at in range(8, len(box), 4))}
    return bool(brands & (_HEIF_BRANDS - {b"mif1"})) or box[:4] == b"mif1"
