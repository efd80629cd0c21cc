"""A waveform as the outline of one SVG path, drawn on the server from stored peaks."""

from collections.abc import Sequence

HEIGHT = 256


def waveform_path(peaks: Sequence[tuple[int, int]]) -> str:
    """Path data for (minimum, maximum) pairs in -128..127, in a box ``len(peaks)`` × 256; "" for none.

    The upper edge runs left to right, the lower edge back; silence keeps a hairline, to be seen as silence.
    """
    if not peaks:
        return ""
    upper = [f"{x} {_down(high)}" for x, (_, high) in enumerate(peaks)]
    lower = [f"{x} {_down(low) + 1}" for x, (low, _) in enumerate(peaks)]
    return "M" + "L".join(upper) + "L" + "L".join(reversed(lower)) + "Z"


def _down(peak: int) -> int:
    """The y coordinate of a peak: SVG counts downwards."""
    return HEIGHT // 2 - 1 - max(-128, min(127, peak))
