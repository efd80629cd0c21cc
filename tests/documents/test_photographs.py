"""Photographs as the media adapter reads and copies them, under every sandbox this machine has."""

from pathlib import Path

import pytest
from documents.photographs import BLUE, CLAIMED, HEIC, RED, WHITE, corners, exif, photograph, upright
from media.conftest import SANDBOXES
from PIL import Image, ImageCms, PngImagePlugin

from archive.adapters.ffmpeg import FfmpegMedia
from archive.adapters.pictures import CLAIMS, MAX_STILL_PIXELS
from archive.mediums import medium_of
from archive.ports import MediaRefused
from ingest.stills import copy_still

UPRIGHT = [BLUE, RED, RED, WHITE]


@pytest.fixture(scope="module", params=SANDBOXES)
def confined(request: pytest.FixtureRequest) -> FfmpegMedia:
    return FfmpegMedia(sandbox_kinds=(request.param,))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.JPG", "a.mp4", "a", "a.heic", "a.pdf"])
def test_a_photograph_is_told_by_its_name(confined: FfmpegMedia, tmp_path: Path, name: str) -> None:
    assert medium_of(confined.probe(photograph(tmp_path / name)).container) == "photograph"
    other = tmp_path / f"h-{name}"
    other.write_bytes(HEIC.read_bytes())
    facts = confined.probe(other)
    assert (facts.container, medium_of(facts.container)) == ("heif", "photograph")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_copy_lies_on_its_side(confined: FfmpegMedia, tmp_path: Path, orientation: int) -> None:
    for name in ("a.jpg", "a.png"):
        copy = tmp_path / f"copy-{name}.jpg"
        made = copy_still(confined, photograph(tmp_path / name, orientation), copy, 1000)
        assert (made.width, made.height) == (320, 240)
        assert corners(copy) == UPRIGHT


def test_a_heic_photograph_is_not_shown(confined: FfmpegMedia, tmp_path: Path) -> None:
    made = copy_still(confined, HEIC, tmp_path / "copy.jpg", 1000)
    assert (made.width, made.height) == (240, 320)
    assert corners(tmp_path / "copy.jpg") == [RED, BLUE, WHITE, RED]  # stored upright, turned by 90° to the right
    assert [tool.name for tool in made.tools] == ["pillow", "pi-heif"]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.heic"])
def test_the_copy_says_where_it_was_taken(confined: FfmpegMedia, tmp_path: Path, name: str) -> None:
    source = HEIC if name == "a.heic" else photograph(tmp_path / name)
    made = copy_still(confined, source, tmp_path / "copy.jpg", 1000)
    assert dict(made.claims) == CLAIMED
    assert tuple(made.claims) == CLAIMS
    with Image.open(tmp_path / "copy.jpg") as copy:
        assert not copy.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp", "photoshop"} & set(copy.info)
    data = (tmp_path / "copy.jpg").read_bytes()
    assert b"Exif" not in data
    assert "机密".encode() not in data


def test_a_copy_is_as_large_as_its_original(confined: FfmpegMedia, tmp_path: Path) -> None:
    Image.new("RGB", (4000, 1000), "green").save(tmp_path / "wide.png")
    made = copy_still(confined, tmp_path / "wide.png", tmp_path / "copy.jpg", 640)
    assert (made.width, made.height) == (640, 160)
    small = copy_still(confined, photograph(tmp_path / "a.jpg"), tmp_path / "small.jpg", 640)
    assert (small.width, small.height) == (320, 240)


def test_a_colour_profile_is_thrown_away_unread(confined: FfmpegMedia, tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (swapped, lab, b"no profile at all", swapped[:200]):  # one that fits, and three that do not
        upright().save(tmp_path / "a.jpg", quality=95, icc_profile=profile)
        copy_still(confined, tmp_path / "a.jpg", tmp_path / "copy.jpg", 1000)
        assert corners(tmp_path / "copy.jpg") == UPRIGHT


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "I;16", "1"])
def test_a_mode_of_pixels_is_not_copied(confined: FfmpegMedia, tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    Image.new(mode, (64, 48), 0).save(path)
    made = copy_still(confined, path, tmp_path / "copy.jpg", 1000)
    assert (made.width, made.height) == (64, 48)


def _torn(path: Path) -> None:
    data = photograph(path).read_bytes()
    path.write_bytes(data[:len(data) // 2])


def _large(path: Path) -> None:
    Image.new("1", (10_000, 10_000)).save(path, "PNG")


def _texts(path: Path) -> None:
    said = PngImagePlugin.PngInfo()
    for n in range(40):
        said.add_text(f"k{n}", "x" * 2_000_000, zip=True)
    upright().save(path, "PNG", pnginfo=said)


@pytest.mark.parametrize(("fault", "reasons"), [
    (_torn, {"undecodable"}), (_large, {"too_large"}), (_texts, {"undecodable", "not_media"})])
def test_a_hostile_picture_is_unpacked(confined: FfmpegMedia, tmp_path: Path, fault: object,
                                       reasons: set[str]) -> None:
    assert callable(fault)
    fault(tmp_path / "a.jpg")
    with pytest.raises(MediaRefused, match="|".join(reasons)):
        copy_still(confined, tmp_path / "a.jpg", tmp_path / "copy.jpg", 100)
    assert not (tmp_path / "copy.jpg").exists()
    assert MAX_STILL_PIXELS < 10_000 * 10_000


def test_a_heif_of_garbage_is_a_photograph(confined: FfmpegMedia, tmp_path: Path) -> None:
    data = HEIC.read_bytes()
    for number, cut in enumerate((40, len(data) // 2)):
        path = tmp_path / f"{number}.heic"
        path.write_bytes(data[:cut])
        with pytest.raises(MediaRefused, match=r"not_media|undecodable"):
            copy_still(confined, path, tmp_path / "copy.jpg", 100)


def test_a_claim_may_be_as_long_or_odd_as_it_likes(confined: FfmpegMedia, tmp_path: Path) -> None:
    said = exif()
    said[0x010F], said[0x0110] = "x" * 9000, "\x00\x07"
    said.get_ifd(0x8825)[2] = (1.0, 2.0, 9e9)
    upright().save(tmp_path / "a.jpg", exif=said)
    claims = copy_still(confined, tmp_path / "a.jpg", tmp_path / "copy.jpg", 100).claims
    assert claims["camera_make"] == "x" * 64
    assert not {"camera_model", "position"} & set(claims)
