"""The code reader as a confined program: what it reads, and that nothing it says or does is trusted."""

import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from media.conftest import SANDBOXES

from archive.adapters.code_child import MOST_BYTES
from archive.adapters.code_reader import CodeReader
from archive.ports import MediaRefused
from ingest.matter_shown import Seen, last_matter

SIDE, A, B = 400, "liuhen:matter:甲", "liuhen:matter:乙"


def picture(text: str | None) -> bytes:
    """A grey picture, white or with a code in its middle."""
    rows = [bytearray(b"\xff") * SIDE for _ in range(SIDE)]
    if text is not None:
        for y, row in enumerate(segno.make_qr(text, encoding="utf-8").matrix_iter(scale=4, border=4)):
            rows[40 + y][40:40 + len(row)] = bytes(0 if dark else 255 for dark in row)
    return b"".join(rows)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    path = tmp_path / "pictures.gray"
    path.write_bytes(picture(None) + picture(A) + picture("x" * (MOST_BYTES + 1)) + picture("https://example.org"))
    return path


@pytest.mark.parametrize("kind", SANDBOXES)
def test_a_code_is_misread_or_a_long_one_is_told(kind: str, pictures: Path) -> None:
    read = CodeReader(False, (kind,)).read(pictures, SIDE, 60)
    assert read.found == ((1, A), (3, "https://example.org"))
    assert (read.sandbox, read.tool.name) == (kind, "zxing-cpp")
    assert read.tool.digest.startswith("sha256:")


@pytest.mark.parametrize("kind", SANDBOXES)
@pytest.mark.parametrize("code", [
    "open('{beside}').read()", "open('{modules}').read()", "import zxingcpp", "x = bytearray(2 << 30)",
    "import socket; socket.create_connection(('127.0.0.1', {port}))"])
def test_the_reader_reaches_what_it_has_no_need_of(kind: str, code: str, pictures: Path) -> None:
    beside = pictures.with_name("another")
    beside.write_text("another recording")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        program = code.format(beside=beside, modules=pytest.__file__, port=server.getsockname()[1])
        with pytest.raises(MediaRefused, check=lambda fault: fault.reason == "tool_failed"):
            CodeReader(False, (kind,), program).read(pictures, SIDE, 60)


@pytest.mark.parametrize("kind", SANDBOXES)
def test_the_reader_changes_what_lies_outside(kind: str, pictures: Path) -> None:
    before = pictures.read_bytes()
    for path in (pictures, pictures.with_name("new")):
        with suppress(MediaRefused):  # inside bubblewrap there may be a folder of its own to write to
            CodeReader(False, (kind,), f"open({str(path)!r}, 'w').write('x')").read(pictures, SIDE, 60)
    assert [path.read_bytes() for path in pictures.parent.iterdir()] == [before]


@pytest.mark.parametrize(("code", "reason"), [
    ("print('no json')", "tool_failed"),
    ("print('[' * 100000)", "tool_failed"),
    ("print('[]')", "tool_failed"),
    ("print('{\"picture\": true, \"text\": \"a\"}')", "tool_failed"),
    ("print('{\"picture\": 4, \"text\": \"a\"}')", "tool_failed"),
    ("print('{\"picture\": -1, \"text\": \"a\"}')", "tool_failed"),
    ("print('{\"picture\": 0, \"text\": 5}')", "tool_failed"),
    ("print('{\"picture\": 0, \"text\": \"' + 'a' * 600 + '\"}')", "tool_failed"),
    ("print('{\"picture\": 2, \"text\": \"a\"}\\n{\"picture\": 1, \"text\": \"a\"}')", "tool_failed"),
    ("while True: print('{\"picture\": 0, \"text\": \"a\"}')", "too_large"),
    ("import time; time.sleep(60)", "timeout"),
    ("import os; os.kill(os.getpid(), 9)", "tool_failed"),
])
def test_a_reader_in_hostile_hands_is_believed(code: str, reason: str, pictures: Path) -> None:
    with pytest.raises(MediaRefused, check=lambda fault: fault.reason == reason):
        CodeReader(True, SANDBOXES, code).read(pictures, SIDE, 3)


@pytest.mark.parametrize(("found", "seen"), [
    ((), None),
    (((0, "https://example.org"),), None),
    (((6, A), (7, A)), Seen("甲", 3_000_000)),
    (((2, A), (5, B), (6, B)), Seen("乙", 2_500_000)),
    (((2, A), (5, B), (9, A)), Seen("甲", 1_000_000)),
    (((2, A), (5, A), (5, B)), Seen("甲", 1_000_000)),
    (((5, A), (5, B)), None),
])
def test_another_matter_counts_than_the_last_one_shown_alone(
        found: Sequence[tuple[int, str]], seen: Seen | None) -> None:
    assert last_matter(tuple(found)) == seen


@given(st.lists(st.tuples(st.integers(0, 39), st.sampled_from((A, B, "x"))), max_size=60))
def test_a_matter_nobody_showed_is_seen(found: list[tuple[int, str]]) -> None:
    seen = last_matter(tuple(sorted(found)))
    assert seen is None or (seen.at_us // 500_000, f"liuhen:matter:{seen.matter}") in found
