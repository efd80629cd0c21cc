"""Program of its own, run confined: what a photograph is, and an upright copy of it without anything but pixels.

``python -I -S -c … ORDER`` where ORDER is JSON; one line of JSON on stdout, ``{"refused": reason}`` where it cannot.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import ModuleType
from typing import Any

LONGEST = 64
"""Characters of a claim that are told."""
CODECS = {"JPEG": ("jpeg_pipe", "mjpeg"), "MPO": ("jpeg_pipe", "mjpeg"), "PNG": ("png_pipe", "png"),
          "HEIF": ("heif", "hevc")}
_FORMATS = ("JPEG", "PNG", "HEIF")
_EXIF_SUB, _GPS_SUB = 0x8769, 0x8825
_TAKEN, _OFFSET, _MAKE, _MODEL = 0x9003, 0x9011, 0x010F, 0x0110


class Libraries:
    """Finds the libraries the order names, by path: of the folder they lie in nothing else can be seen."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None,
                  ) -> ModuleSpec | None:
        """The spec of a named package or native module, else None."""
        place = self._places.get(name)
        if place is None:
            return None
        if place.endswith(".so"):
            return spec_from_file_location(name, place, loader=ExtensionFileLoader(name, place))
        start = f"{place}/__init__.py"
        return spec_from_file_location(name, start, loader=SourceFileLoader(name, start),
                                       submodule_search_locations=[place])


def load() -> None:
    """The decoders, and no others: what is not named here opens nothing."""
    for name in ("JpegImagePlugin", "PngImagePlugin", "ImageCms", "ImageOps"):
        importlib.import_module(f"PIL.{name}")
    heif = importlib.import_module("pi_heif")
    heif.options.DECODE_THREADS = 1
    heif.register_heif_opener()


def opened(order: dict[str, Any]) -> Any:
    """The picture with its header read; nothing is decoded yet. ``ValueError`` when it has too many pixels."""
    image: Any = importlib.import_module("PIL.Image")
    image.MAX_IMAGE_PIXELS = None  # counted here: a warning is no limit
    picture = image.open(order["source"], formats=_FORMATS)
    if picture.width * picture.height > order["most_pixels"]:
        raise ValueError("too_large")
    return picture


def facts(picture: Any) -> dict[str, Any]:
    """Container, codec and size as stored, before it is turned upright."""
    container, codec = CODECS[picture.format]
    return {"container": container, "codec": codec, "width": picture.width, "height": picture.height}


def copy(order: dict[str, Any], picture: Any) -> dict[str, Any]:
    """Write the copy; its size, and what the file says of itself."""
    claims = claimed(picture)
    operations = importlib.import_module("PIL.ImageOps")
    side = order["side"]
    picture.draft("RGB", (side, side))  # a JPEG is decoded no larger than it takes
    whole = operations.exif_transpose(in_common_colours(picture))
    whole.thumbnail((side, side))
    bare = importlib.import_module("PIL.Image").new("RGB", whole.size, "white")  # what was said beside the pixels stays
    bare.paste(whole, None, whole if whole.mode == "RGBA" else None)
    bare.save(order["target"], "JPEG", quality=order["quality"], subsampling=0)
    return {"copy_width": bare.width, "copy_height": bare.height, "claims": claims}


def in_common_colours(picture: Any) -> Any:
    """As sRGB, with transparency where there is any; a profile that does not read is passed over."""
    picture.load()
    turned, profile = picture.getexif().get(0x0112), picture.info.get("icc_profile")
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value / 256).convert("L")
    seen = "transparency" in picture.info or picture.mode in ("LA", "PA", "RGBA")
    made = None
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        made = from_profile(picture, profile)
    made = made or picture.convert("RGBA" if seen else "RGB")
    if turned:
        made.getexif()[0x0112] = turned
    return made


def from_profile(picture: Any, profile: bytes) -> Any:
    """The picture in sRGB by its own profile, else None."""
    colours = importlib.import_module("PIL.ImageCms")
    stream = importlib.import_module("io").BytesIO(profile)
    try:
        return colours.profileToProfile(picture, colours.ImageCmsProfile(stream), colours.createProfile("sRGB"),
                                        outputMode="RGB")
    except (colours.PyCMSError, OSError, ValueError):
        return None


def claimed(picture: Any) -> dict[str, str]:
    """Time, its offset, camera and place as the file says; what does not read is left out."""
    exif = picture.getexif()
    inner = exif.get_ifd(_EXIF_SUB)
    said = {"taken": inner.get(_TAKEN), "taken_offset": inner.get(_OFFSET), "camera_make": exif.get(_MAKE),
            "camera_model": exif.get(_MODEL), "position": position(exif.get_ifd(_GPS_SUB))}
    texts = {name: printable(value) for name, value in said.items() if isinstance(value, str)}
    return {name: text for name, text in texts.items() if text}


def printable(text: str) -> str:
    """At most ``LONGEST`` characters that can be shown, the rest is dropped."""
    return "".join(c for c in text if c.isprintable())[:LONGEST].strip()


def position(gps: Any) -> str | None:
    """``latitude, longitude`` in degrees with six decimals, else None."""
    try:
        degrees = [sum(float(part) / 60**n for n, part in enumerate(gps[at])) for at in (2, 4)]
        signed = [value * sign for value, sign in zip(
            degrees, (-1 if gps[1] == "S" else 1, -1 if gps[3] == "W" else 1), strict=True)]
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return f"{signed[0]:.6f}, {signed[1]:.6f}" if abs(signed[0]) <= 90 and abs(signed[1]) <= 180 else None


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """What the order asks for, or why not: whatever a decoder raises is a picture that does not decode."""
    sys.meta_path.insert(0, Libraries(order["libraries"]))
    load()
    try:
        picture = opened(order)
        return facts(picture) | (copy(order, picture) if "target" in order else {})
    except MemoryError:
        return {"refused": "too_large"}
    except Exception as fault:
        return {"refused": "too_large" if str(fault) == "too_large" else "undecodable"}


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.argv[1]))))
