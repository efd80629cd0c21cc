"""Photographs, decoded by Pillow and libheif in a confined child: never in the service's own process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archive.adapters.confined import ConfinedPython, library
from archive.adapters.sandbox import Limits
from archive.ports import MediaFacts, MediaRefused, StillMade, StreamFacts

CHILD = Path(__file__).with_name("picture_child.py")
MAX_STILL_PIXELS = 64_000_000
"""Of a photograph: 50-megapixel cameras pass, decompression bombs do not."""
CLAIMS = ("taken", "taken_offset", "camera_make", "camera_model", "position")
"""What a photograph's file may say of itself; the names of particulars."""
_MEMORY = 3 << 30
_SECONDS = 120.0
_QUALITY = 85
_LONGEST = 64
_SHAPES = {"jpeg_pipe": "mjpeg", "png_pipe": "png", "heif": "hevc"}


class PictureReader:
    """Starts one child for each photograph."""

    def __init__(self, allow_unsandboxed: bool, kinds: Sequence[str]) -> None:
        libraries = (library("PIL", "pillow", "_imaging.*.so"), library("pi_heif", "pi-heif"),
                     library("_pi_heif", None))
        self._child = ConfinedPython(CHILD, libraries, allow_unsandboxed, kinds)

    def facts(self, source: Path) -> MediaFacts:
        """Container and size from the header alone; ``not_media`` when it does not read, ``too_large``."""
        try:
            said = self._ask(source, None, {})
        except MediaRefused as refused:
            if refused.reason != "undecodable":
                raise
            raise MediaRefused("not_media", "the picture's header does not read") from refused
        width, height = _size(said, "width", "height", MAX_STILL_PIXELS)
        if _SHAPES.get(said.get("container", "")) is None:
            raise MediaRefused("tool_failed", "the child names another kind of picture")
        container = str(said["container"])
        stream = StreamFacts(index=0, kind="video", codec=_SHAPES[container], profile="", width=width, height=height,
                             pixel_format="", field_order="", frame_rate="", sample_rate=0, channels=0,
                             declared_packets=None)
        return MediaFacts(container, None, (stream,))

    def copy(self, source: Path, target: Path, side: int) -> StillMade:
        """See ``archive.ports.Media.still``."""
        order = {"target": str(target.resolve()), "side": side, "quality": _QUALITY}
        said = self._ask(source, target.parent, order)
        width, height = _size(said, "copy_width", "copy_height", side * side)
        if not target.is_file() or max(width, height) > side:
            raise MediaRefused("check_failed", "size")
        recipe = ("still_copy/1", f"side={side}", f"quality={_QUALITY}", "{in}", "{out}")
        return StillMade(width, height, _claims(said.get("claims")), recipe, self._child.tools, self._child.sandbox)

    def _ask(self, source: Path, folder: Path | None, order: dict[str, Any]) -> dict[str, Any]:
        limits = Limits(cpu_s=int(_SECONDS) + 1, memory=_MEMORY, file_size=256 << 20 if folder else 0)
        return self._child.ask({**order, "most_pixels": MAX_STILL_PIXELS}, source, folder, limits, _SECONDS)


def _size(untrusted: dict[str, Any], width: str, height: str, most: int) -> tuple[int, int]:
    across, down = untrusted.get(width), untrusted.get(height)
    if type(across) is not int or type(down) is not int or min(across, down) < 1 or across * down > most:
        raise MediaRefused("tool_failed", "the child names a size that cannot be")
    return across, down


def _claims(untrusted: object) -> dict[str, str]:
    """Known names with short printable texts; anything else is passed over."""
    said = untrusted if isinstance(untrusted, dict) else {}
    return {name: text for name in CLAIMS
            if isinstance(text := said.get(name), str) and text.isprintable() and 0 < len(text) <= _LONGEST}
