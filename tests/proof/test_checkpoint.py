"""Checkpoints: three lines, one spelling, signed by the log they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proof.known_keys import known_key

from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.merkle import EMPTY_ROOT, MAX_SIZE
from archive.proof.note import open_note, sign_note

LOG, OTHER = known_key("log.example/a1"), known_key("other.example")
ROOT = bytes(range(32))
ROOT_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def parse(text: str) -> Checkpoint:
    return Checkpoint.parse(open_note(sign_note(text, [LOG]), [LOG.key]))


@given(st.integers(1, MAX_SIZE), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_changes_on_its_way_through_a_note(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("log.example/a1", size, root)
    assert parse(checkpoint.text()) == checkpoint


def test_the_text_is_not_the_specifications() -> None:
    assert Checkpoint("log.example/a1", 7, ROOT).text() == f"log.example/a1\n7\n{ROOT_TEXT}\n"
    assert parse(f"log.example/a1\n7\n{ROOT_TEXT}\n").root == ROOT


@pytest.mark.parametrize(
    "text",
    [f"log.example/a1\n07\n{ROOT_TEXT}\n", f"log.example/a1\n+7\n{ROOT_TEXT}\n", f"log.example/a1\n-7\n{ROOT_TEXT}\n",
     f"log.example/a1\n7 \n{ROOT_TEXT}\n", f"log.example/a1\n7\n{ROOT_TEXT}\nextension\n",
     f"log.example/a1\n7\n{ROOT_TEXT}\n\n", f"\n7\n{ROOT_TEXT}\n", f"log.example/a1\n\n{ROOT_TEXT}\n", "\n", "a\nb\n",
     "log.example/a1\n7\n\n", f"log.example/a1\n7\n{ROOT_TEXT[:-1]}\n", "log.example/a1\n7\nAAAA\n",
     f"log.example/a1\n7\n{ROOT_TEXT[:-2]}9=\n", f"log.example/a1\n0\n{ROOT_TEXT}\n",
     f"log.example/a1\n٧\n{ROOT_TEXT}\n",
     f"log.example/a1\n9223372036854775808\n{ROOT_TEXT}\n", f"log.example/a1\n{'9' * 5000}\n{ROOT_TEXT}\n"],
    ids=lambda text: repr(text[:40]),
)
def test_another_spelling_of_a_checkpoint_is_read(text: str) -> None:
    with pytest.raises(VerificationError, match="checkpoint"):
        parse(text)


def test_a_checkpoint_another_log_has_signed_is_read() -> None:
    text = Checkpoint("log.example/a1", 7, ROOT).text()
    with pytest.raises(VerificationError, match="origin has not signed"):
        Checkpoint.parse(open_note(sign_note(text, [OTHER]), [LOG.key, OTHER.key]))
    with pytest.raises(VerificationError, match="origin has not signed"):
        Checkpoint.parse(open_note(sign_note(text, [LOG, OTHER]), [OTHER.key]))
    assert Checkpoint.parse(open_note(sign_note(text, [OTHER, LOG]), [LOG.key, OTHER.key])).size == 7


def test_an_empty_log_is_unknown_or_has_another_root() -> None:
    assert parse(Checkpoint("log.example/a1", 0, EMPTY_ROOT).text()).size == 0
    with pytest.raises(ValueError):
        Checkpoint("log.example/a1", 0, ROOT)


@pytest.mark.parametrize(("origin", "size", "root"), [("", 1, ROOT), ("a b", 1, ROOT), ("a", -1, ROOT), ("a", 1, b"")])
def test_values_no_log_can_have_make_a_checkpoint(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(ValueError):
        Checkpoint(origin, size, root)
