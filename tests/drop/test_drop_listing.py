"""What is opened is what was listed: no link is followed that came in between, and no two names pass for one file."""

import os
import shutil
from pathlib import Path

import pytest

from ingest.drop_listing import look, opened_file
from ingest.drop_reasons import Unclaimed


def test_a_link_put_in_the_place_of_what_was_listed_is_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "in", tmp_path / "outside"
    for folder in (root / "day", outside):
        folder.mkdir(parents=True)
        (folder / "a.wav").write_bytes(b"12345")
        os.utime(folder / "a.wav", ns=(1, 1))
    (found,) = look(root)
    with opened_file(root, found) as descriptor:
        assert os.read(descriptor, 9) == b"12345"
    (root / "day" / "a.wav").unlink()
    (root / "day" / "a.wav").symlink_to(outside / "a.wav")
    with pytest.raises(Unclaimed) as refusal, opened_file(root, found):
        pass
    assert refusal.value.reason == "unreadable"
    shutil.rmtree(root / "day")
    (root / "day").symlink_to(outside)
    with pytest.raises(Unclaimed) as refusal, opened_file(root, found):
        pass
    assert refusal.value.reason == "unreadable"


def test_two_names_that_read_the_same_pass_for_one_file(tmp_path: Path) -> None:
    for name in ("城.wav".encode(), "城.wav".encode("gb18030"), b"a\xff", rb"a\xff", "a\u0085".encode(), rb"a\u0085"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"1")
    found = look(tmp_path, "gb18030")
    same = [one for one in found if one.fault is not None and "reads the same" in one.fault[1]]
    assert [one.path for one in same] == ["城.wav"]
    assert len({one.path for one in found}) == 5
    assert len(found) == 6
