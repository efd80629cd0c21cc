"""Signed notes: what opens, what must not, and that a VerifiedText cannot be had without a check."""

import base64
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proof.known_keys import known_key

from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.note import MAX_NOTE, VerifiedText, open_note, sign_note
from archive.proof.signing import SigningKey

LOG, OTHER, STRANGER = (known_key(name) for name in ("log.example/a1", "other.example", "stranger"))
BODIES = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=80).map(lambda t: t + "\n")
# The note and key of the Go documentation of golang.org/x/mod/sumdb/note.
PETER = VerificationKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


@given(BODIES)
def test_a_text_changes_on_its_way_through_a_note(text: str) -> None:
    verified = open_note(sign_note(text, [LOG, OTHER]), [OTHER.key, LOG.key])
    assert verified.text == text
    assert verified.signers == (LOG.key, OTHER.key)


def test_a_published_note_is_refused() -> None:
    assert open_note(PETERS_NOTE, [PETER]).signers == (PETER,)


@given(st.data())
def test_a_flipped_bit_opens(data: st.DataObject) -> None:
    note = bytearray(sign_note("log.example/a1\n7\nroot\n", [LOG]))
    at = data.draw(st.integers(0, len(note) * 8 - 1))
    note[at // 8] ^= 1 << at % 8
    with pytest.raises(VerificationError):
        open_note(bytes(note), [LOG.key])


def test_unknown_signers_spoil_a_note() -> None:
    note = sign_note("a\n", [STRANGER, LOG, OTHER])
    assert open_note(note, [LOG.key]).signers == (LOG.key,)
    impostor = SigningKey.generate(LOG.key.name)
    assert open_note(sign_note("a\n", [impostor, LOG]), [LOG.key]).signers == (LOG.key,)


def test_a_note_nobody_known_has_signed_opens() -> None:
    for keys in ([], [OTHER.key]):
        with pytest.raises(VerificationError, match="no key that is trusted"):
            open_note(sign_note("a\n", [LOG]), keys)


def line(name: str, key_id: bytes, signature: bytes) -> bytes:
    return f"— {name} {base64.b64encode(key_id + signature).decode()}\n".encode()


def test_a_known_key_with_a_bad_signature_is_outvoted_by_a_good_one() -> None:
    bad = line(OTHER.key.name, OTHER.key.id, bytes(64))
    with pytest.raises(VerificationError, match="signature"):
        open_note(sign_note("a\n", [LOG]) + bad, [LOG.key, OTHER.key])
    assert open_note(sign_note("a\n", [LOG]) + bad, [LOG.key]).text == "a\n"


def test_a_known_key_signs_twice() -> None:
    note = sign_note("a\n", [LOG])
    again = note.split(b"\n\n")[1]
    with pytest.raises(VerificationError, match="twice"):
        open_note(note + again, [LOG.key])
    unknown = line("x", b"1234", b"s")
    assert open_note(note + unknown + unknown, [LOG.key]).text == "a\n"


def test_an_unknown_key_with_an_odd_name_spoils_a_note() -> None:
    note = sign_note("a\n", [LOG])
    assert open_note(note + line("a\u200b" * 200, b"1234", b"s"), [LOG.key]).text == "a\n"


def test_the_text_ends_at_another_than_the_last_empty_line() -> None:
    forged = "log.example/a1\n9\nroot\n\n— nobody AAAAAAAA\n"
    verified = open_note(sign_note(forged, [LOG]), [LOG.key])
    assert verified.text == forged
    empty_ended = open_note(sign_note("a\n\n", [LOG]), [LOG.key])
    assert empty_ended.text == "a\n\n"


def test_many_signatures_are_refused() -> None:
    signers = [SigningKey.generate(f"cosigner.example/{number}") for number in range(20)]
    verified = open_note(sign_note("a\n", [LOG, *signers]), [LOG.key, *(signer.key for signer in signers)])
    assert len(verified.signers) == 21


NOTE = sign_note("a\n", [LOG])
SIGNATURE = NOTE.split(b"\n\n")[1]


@pytest.mark.parametrize(
    "note",
    [b"", b"a\n", b"a\n\n", b"\n\n", NOTE[:-1], NOTE + b"\n", NOTE + b"extra\n", NOTE + b"\xe2\x80\x94 x\n",
     NOTE + b"\xe2\x80\x94 x AAAA\n", NOTE + b"\xe2\x80\x94 x AAAAAA==\n", NOTE.replace(b"\xe2\x80\x94 ", b"- "),
     NOTE.replace(b"\n", b"\r\n"), NOTE.replace(b"a\n", b"a\t\n"), NOTE.replace(b"a\n", b"a\x00\n"),
     NOTE.replace(b"a\n", b"\xff\n"), b"a\n" + SIGNATURE, NOTE + line("a\u00a0b", b"1234", b"s"),
     NOTE + line("a+b", b"1234", b"s"), NOTE + line("", b"1234", b"s"), NOTE[:-2] + b"\n", NOTE[:-1] + b" \n",
     NOTE.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94  "), b"x" * (MAX_NOTE + 1)],
    ids=lambda note: repr(note[-30:]),
)
def test_a_malformed_note_opens(note: bytes) -> None:
    with pytest.raises(VerificationError):
        open_note(note, [LOG.key])


def test_the_size_limit_is_off_by_one() -> None:
    room = MAX_NOTE - len(sign_note("\n", [LOG]))
    longest = sign_note("a" * room + "\n", [LOG])
    assert len(longest) == MAX_NOTE
    assert open_note(longest, [LOG.key]).text == "a" * room + "\n"
    with pytest.raises(ValueError):
        sign_note("a" * (room + 1) + "\n", [LOG])
    with pytest.raises(VerificationError, match="64 KiB"):
        open_note(b"a" + longest, [LOG.key])


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "a\x00\n", "\ta\n"])
def test_a_text_no_note_can_hold_is_signed(text: str) -> None:
    with pytest.raises(ValueError):
        sign_note(text, [LOG])


def test_a_note_without_signature_is_made() -> None:
    with pytest.raises(ValueError):
        sign_note("a\n", [])


def test_two_keys_that_share_name_and_id_are_taken() -> None:
    class Twin(VerificationKey):
        @property
        def id(self) -> bytes:
            return LOG.key.id

    twin = Twin(LOG.key.name, OTHER.key.kind, OTHER.key.public)
    with pytest.raises(ValueError, match="share"):
        open_note(NOTE, [LOG.key, twin])
    assert open_note(NOTE, [LOG.key, LOG.key]).signers == (LOG.key,)


def test_a_verified_text_is_made_without_a_check() -> None:
    verified = open_note(NOTE, [LOG.key])
    with pytest.raises(TypeError, match="open_note"):
        VerifiedText("a\n", (LOG.key,))
    with pytest.raises(TypeError, match="open_note"):
        VerifiedText("a\n", (LOG.key,), object())
    with pytest.raises(TypeError, match="open_note"):
        dataclasses.replace(verified, text="b\n")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(verified, "te" + "xt", "b\n")
