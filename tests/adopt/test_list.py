"""The hash list: its text is canonical, and nothing of it can change after its holder signed it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Refused
from archive.proof.digest import Digest
from archive.proof.signing import SigningKey
from ingest.adoption_list import HashList, ListedFile, list_text, of_files, open_signed, parse_list, sign_list

KEY = SigningKey.generate("old-share.example")
SHEET = Digest("sha256", bytes(32))
PATHS = st.text(st.characters(categories=("L", "N", "P"), include_characters=" "), min_size=1, max_size=30).filter(
    lambda text: text.isprintable() and text == text.strip())


def one(path: str, size: int = 7) -> ListedFile:
    return ListedFile(Digest("sha256", hashlib.sha256(path.encode()).digest()), size, path)


@given(st.sets(PATHS, max_size=6))
def test_a_signed_list_reads_back_as_another(paths: set[str]) -> None:
    listed = of_files(SHEET, [one(path) for path in paths])
    assert parse_list(list_text(listed).encode()) == listed
    assert open_signed(sign_list(listed, KEY), KEY.key).listed == listed


@given(st.integers(0), st.integers(1, 255))
def test_a_changed_byte_of_a_signed_list_is_taken(where: int, by: int) -> None:
    listed = of_files(SHEET, [one("a/b.mp4"), one("c.wav")])
    data = bytearray(sign_list(listed, KEY))
    data[where % len(data)] ^= by
    with pytest.raises(Refused) as raised:
        open_signed(bytes(data), KEY.key)
    assert raised.value.code == "adopt.list"


def test_a_list_twenty_thousand_files_long_cannot_be_signed() -> None:
    listed = of_files(SHEET, [one(f"{number:05d}.mp4") for number in range(20_000)])
    assert len(open_signed(sign_list(listed, KEY), KEY.key).listed.files) == 20_000


@pytest.mark.parametrize("files", [(one("b"), one("a")), (one("a"), one("a"))])
def test_a_list_out_of_order_or_with_a_file_twice_is_read(files: tuple[ListedFile, ...]) -> None:
    with pytest.raises(Refused, match="order"):
        parse_list(list_text(HashList(SHEET, files)).encode())


def test_another_key_or_none_has_signed() -> None:
    listed = of_files(SHEET, [one("a")])
    other = SigningKey.generate("old-share.example")
    for data in (sign_list(listed, other), list_text(listed).encode()):
        with pytest.raises(Refused) as raised:
            open_signed(data, KEY.key)
        assert raised.value.code == "adopt.list"
