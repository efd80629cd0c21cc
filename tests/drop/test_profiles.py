"""Each profile that ships reads its own tree, dirty files in it included; a profile or sidecar that is not right is
refused with the place of its fault, and no sidecar makes the archive read, fetch or grow anything."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from drop.drop_site import QUIET_S, archive_at_work, dropped, recording_bytes

from api.wiring import Archive
from archive.errors import NotFound, Refused
from archive.event_values import Interval
from ingest.drop_reasons import Unclaimed
from ingest.profiles import SHIPPED, find_profile, read_profile
from ingest.sidecars import text_values, xml_values

SIDECAR = """<?xml version="1.0" encoding="GBK"?>
<Record><Device><Serial>DSJ0042</Serial></Device><Officer><Name>张建国</Name><Number>310217</Number></Officer>
<Duration>120</Duration><Place>城北路</Place></Record>"""
TAKEN = "taken"
DOCK = "20260305/DSJ0042@20260305093000"
# path → content (None: a recording) and what becomes of it; names as bytes where they are GBK.
TREES: dict[str, dict[str | bytes, tuple[bytes | None, str]]] = {
    "dock-serial-time": {
        "KJ8A0042_310217_20260305093000_0007.wav": (None, TAKEN),
        "310217/KJ8A0042_310217_20260305094500_0008.WAV": (None, TAKEN),
        "KJ8A0042_310217_20000101000000_0001.wav": (None, TAKEN),  # a flat battery: a claim like any other
        "KJ8A0042_310217_20261305093000_0009.wav": (None, "bad_time"),
        "KJ8A0042_310217_20260305093000_0010.wav": (b"", "empty"),
        "KJ8A0042_310217.wav": (None, "no_pattern"),
        "KJ8A0042_310217_20260305093000_0007.wav.filepart": (None, "no_pattern"),
        "Thumbs.db": (b"x", "no_pattern"),
        "._KJ8A0042_310217_20260305093000_0007.wav": (b"x", "no_pattern"),
    },
    "dock-xml-sidecar": {
        f"{DOCK}.wav": (None, TAKEN),
        f"{DOCK}.xml": (SIDECAR.encode("gbk"), TAKEN),
        f"城北/{DOCK[9:]}.wav".encode("gbk"): (None, TAKEN),
        f"城北/{DOCK[9:]}.xml".encode("gbk"): (SIDECAR.encode("gb18030"), TAKEN),
        "DSJ0042@20260305100000.wav": (None, "no_sidecar"),
        "DSJ0042@20260305110000.wav": (None, "sidecar_unreadable"),
        "DSJ0042@20260305110000.xml": (b"<Record><Device>", TAKEN),
        "DSJ0099@20260305120000.wav": (None, "sidecar_contradicts"),
        "DSJ0099@20260305120000.xml": (SIDECAR.encode("gbk"), TAKEN),
        "DSJ0042@20260305130000.xml": (SIDECAR.encode("gbk"), "no_file"),
    },
    "nvr-channel-time": {
        "NVR-01/CH03/20260305/20260305093000-20260305094500.ts": (None, TAKEN),
        "NVR-01/CH04/20260305093000-20260305094500.ts": (None, TAKEN),
        "NVR-01/20260305093000-20260305094500.ts": (None, "no_pattern"),
        "NVR-01/CH03/20260305/20260305094500-.ts": (None, "no_pattern"),
        "NVR-01/CH03/index00.bin": (b"x", "no_pattern"),
    },
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with archive_at_work(tmp_path_factory.mktemp("profiles")) as made:
        yield made


def test_a_profile_ships_without_a_tree_of_its_own() -> None:
    assert {path.stem for path in SHIPPED.glob("*.toml")} == set(TREES)


@pytest.mark.parametrize("profile", TREES)
def test_a_shipped_profile_misreads_its_tree_or_loses_a_dirty_file(
        archive: Archive, tmp_path: Path, profile: str) -> None:
    with dropped(archive, tmp_path / "in", profile) as drop:
        for name, (content, _) in TREES[profile].items():
            path = Path(os.fsdecode(os.path.join(os.fsencode(drop.root), os.fsencode(name))))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(recording_bytes() if content is None else content)
        drop.look()
        time.sleep(QUIET_S)
        drop.settled()
        unclaimed = {name: why for name, (_, why) in TREES[profile].items() if why != TAKEN}
        assert drop.reasons() == unclaimed
        wanted = [name for name, (content, why) in TREES[profile].items() if why == TAKEN and content is None]
        assert len(drop.recordings()) == len(wanted)
        assert {grade for grade, _ in drop.recordings()} == {"named_only"}
        for name in TREES[profile]:
            assert os.path.exists(os.path.join(os.fsencode(drop.root), os.fsencode(name)))


def test_name_and_sidecar_say_something_else_than_what_is_signed() -> None:
    dock = find_profile(Path("none"), "dock-xml-sidecar")
    assert dock.sidecar is not None
    beside = dock.sidecar.values(SIDECAR.encode("gbk"))
    by_name = dock.told_by_name("20260305", f"{DOCK[9:]}.mp4")
    assert by_name is not None
    claim = dock.claim(by_name, beside, datetime(2026, 3, 6, tzinfo=UTC))
    assert claim.recorder.serial == "DSJ0042"
    assert claim.labels == {"wearer": "张建国", "wearer_no": "310217", "place": "城北路"}
    assert claim.started == Interval(datetime(2026, 3, 5, 1, 28, tzinfo=UTC), datetime(2026, 3, 5, 1, 32, tzinfo=UTC))
    assert claim.ended == Interval(datetime(2026, 3, 5, 1, 30, tzinfo=UTC), datetime(2026, 3, 5, 1, 34, tzinfo=UTC))


def test_an_end_nobody_tells_is_told() -> None:
    seen = datetime(2026, 3, 6, tzinfo=UTC)
    dock = find_profile(Path("none"), "dock-serial-time")
    by_name = dock.told_by_name("", "KJ8A0042_310217_20260305093000_0007.mp4")
    assert by_name is not None
    claim = dock.claim(by_name, {}, seen)
    assert claim.ended == Interval(claim.started.earliest, seen)
    assert claim.sequence == 7


ENTITIES = [
    '<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>',
    '<!DOCTYPE r [<!ENTITY a "xx"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><r>&c;</r>',
    '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>',
    '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd"><r/>', "<!DOCTYPE r><r/>", "<r>&a;</r>",
    "<r>" * 17 + "</r>" * 17, "<r>", "", "<r/><r/>", "<r><a>1</a><a>2</a></r>", "<r>\0</r>",
    "<r>" + "".join(f"<a{n}>1</a{n}>" for n in range(1001)) + "</r>",
]


@pytest.mark.parametrize("text", ENTITIES, ids=range(len(ENTITIES)))
def test_an_xml_sidecar_makes_the_archive_fetch_or_grow_something(text: str) -> None:
    with pytest.raises(Unclaimed) as refusal:
        xml_values(text.encode(), ("utf-8",))
    assert refusal.value.reason == "sidecar_unreadable"


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig"])
def test_a_sidecar_is_misread_in_an_encoding_docks_use(encoding: str) -> None:
    assert xml_values(SIDECAR.encode(encoding), ("utf-8", "gb18030"))["Record/Officer/Name"] == "张建国"
    text = "警号：310217\r\n\r\n# 注\r\n姓名=张建国\r\n".encode(encoding)
    assert text_values(text, ("utf-8", "gb18030")) == {"警号": "310217", "姓名": "张建国"}


@pytest.mark.parametrize("text", [b"nothing", b"=x", b"a=1\na=2", b"\xff\xff"])
def test_a_text_sidecar_is_read_loosely(text: bytes) -> None:
    with pytest.raises(Unclaimed):
        text_values(text, ("utf-8",))


GOOD = (SHIPPED / "dock-serial-time.toml").read_text("utf-8").replace("dock-serial-time", "own")
BAD = {
    "file: not a regular expression": GOOD.replace("(?P<serial>", "(?P<serial"),
    "colour": GOOD + 'colour = "red"\n', "nothing tells the start": GOOD.replace("<start>", "<end>"),
    "is none of": GOOD.replace("<wearer_no>", "<colour>"), "time_zone": GOOD.replace("+08:00", "Asia/Shanghai"),
    "no encoding known": GOOD + 'name_encoding = "martian"\n', "quiet_s": GOOD.replace("quiet_s = 120", "quiet_s = 0"),
    "the file's own": GOOD.replace('name = "own"', 'name = "other"'), "does not read": "v = ",
    "vendor": GOOD.replace('vendor = "unnamed"\n', ""), "v": GOOD.replace("v = 1\n", "v = 2\n"),
}


@pytest.mark.parametrize("why", BAD)
def test_a_profile_with_a_fault_is_used_or_its_fault_not_named(why: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(GOOD, "utf-8")
    assert read_profile(tmp_path / "own.toml").quiet_s == 120
    (tmp_path / "own.toml").write_text(BAD[why], "utf-8")
    with pytest.raises(Refused) as refusal:
        find_profile(tmp_path, "own")
    assert refusal.value.code == "drop.profile"
    assert why in refusal.value.message
    assert str(tmp_path) in refusal.value.message


def test_a_profile_that_is_not_there_is_made_up(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="dock-serial-time"):
        find_profile(tmp_path, "../../etc/passwd")
