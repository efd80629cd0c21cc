"""Photographs for tests, made by Pillow: three colours in known corners, and whatever EXIF a test wants beside them."""

from pathlib import Path

from PIL import Image

HEIC = Path(__file__).parents[1] / "vectors" / "documents" / "stall.heic"
"""A 320 × 240 photograph turned by 90°, with camera, time and place in its EXIF; HEVC in HEIF, made by libheif."""
CLAIMED = {"taken": "2026:03:01 10:00:00", "taken_offset": "+08:00", "camera_make": "Huawei", "camera_model": "P60",
           "position": "31.230000, 121.470000"}
BLUE, RED, WHITE = (0, 0, 255), (255, 0, 0), (255, 255, 255)


def upright() -> Image.Image:
    """Blue in the upper left quarter, white in the lower right one, red in the others."""
    picture = Image.new("RGB", (320, 240), RED)
    picture.paste(BLUE, (0, 0, 160, 120))
    picture.paste(WHITE, (160, 120, 320, 240))
    return picture


def exif(orientation: int = 1) -> Image.Exif:
    """Camera, time and place, and how the picture is to be turned."""
    said = Image.Exif()
    said[0x0112], said[0x010F], said[0x0110] = orientation, "Huawei", "P60"
    inner, place = said.get_ifd(0x8769), said.get_ifd(0x8825)
    inner[0x9003], inner[0x9011] = "2026:03:01 10:00:00", "+08:00"
    place[1], place[2], place[3], place[4] = "N", (31.0, 13.0, 48.0), "E", (121.0, 28.0, 12.0)
    return said


TURNED = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
          4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
          7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}
"""How an upright picture is stored so that this orientation, EXIF 2.32 §4.6.4, turns it upright again."""


def photograph(path: Path, orientation: int = 1) -> Path:
    """A JPEG or PNG, by the path's suffix, stored so that its orientation makes it upright."""
    how = TURNED[orientation]
    picture = upright() if how is None else upright().transpose(how)
    form = "PNG" if path.suffix == ".png" else "JPEG"
    picture.save(path, form, exif=exif(orientation), **({} if form == "PNG" else {"quality": 95, "comment": "机密"}))
    return path


def corners(path: Path) -> list[tuple[int, ...]]:
    """Colours, each rounded to none or full, near the upper left, upper right, lower left and lower right corner."""
    with Image.open(path) as picture:
        width, height = picture.size
        near = ((9, 9), (width - 9, 9), (9, height - 9), (width - 9, height - 9))
        seen = [picture.convert("RGB").getpixel(at) for at in near]
    return [tuple(255 if part > 127 else 0 for part in colour) for colour in seen if isinstance(colour, tuple)]
