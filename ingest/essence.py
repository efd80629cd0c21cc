"""The essence of one stream: SHA-256 over its packets' bytes, whatever container carries them."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.ports import Media
from archive.proof.digest import Digest


def stream_bytes(media: Media, source: Path, input_options: Sequence[str], index: int, bitstream_filter: str,
                 timeout_s: float) -> Iterator[bytes]:
    """The packets of stream ``index`` one after the other, as stored, from the very first (also no key frame).

    ``bitstream_filter`` ("" for none) is applied first. Equal to what ffmpeg's streamhash muxer hashes.
    """
    filters = ("-bsf:0", bitstream_filter) if bitstream_filter else ()
    arguments = (*input_options, "-i", "{in}", "-map", f"0:{index}", "-c", "copy", "-copyinkf", "-copy_unknown",
                 *filters, "-f", "data", "-")
    return media.chunks(arguments, source, timeout_s)


def essence(media: Media, source: Path, input_options: Sequence[str], index: int, bitstream_filter: str,
            timeout_s: float) -> Digest:
    """SHA-256 over ``stream_bytes``. A stream without packets has the digest of nothing."""
    running = hashlib.sha256()
    for chunk in stream_bytes(media, source, input_options, index, bitstream_filter, timeout_s):
        running.update(chunk)
    return Digest("sha256", running.digest())
