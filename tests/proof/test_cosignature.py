"""Cosignatures: the specification's message, the time they carry, and what a cosigner's answer may do to a note."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proof.known_keys import known_cosigner, known_key

from archive.proof.checkpoint import Checkpoint
from archive.proof.cosignature import Cosignature
from archive.proof.errors import VerificationError
from archive.proof.keys import COSIGNATURE_V1, VerificationKey, cosignature_time
from archive.proof.note import MAX_NOTE, open_lines, open_note, sign_note, with_signatures
from archive.proof.signing import CosigningKey

LOG = known_key("log.example/a1")
ONE, TWO, STRANGER = (known_cosigner(f"cosigner.example/{name}") for name in ("one", "two", "stranger"))
TEXT = Checkpoint("log.example/a1", 7, bytes(32)).text()
NOTE = sign_note(TEXT, [LOG])
TIME = 1_679_315_147


def line(key: VerificationKey, signature: bytes) -> bytes:
    return f"— {key.name} {base64.b64encode(key.id + signature).decode()}\n".encode()


def cosigned(*cosigners: CosigningKey, time: int = TIME) -> bytes:
    return with_signatures(NOTE, [(one.key, one.cosign(TEXT, time)) for one in cosigners])


def test_the_signed_message_is_not_the_specifications() -> None:
    signature = ONE.cosign(TEXT, TIME)
    message = f"cosignature/v1\ntime 1679315147\nlog.example/a1\n7\n{'A' * 43}=\n\n"[:-1]
    assert signature[:8] == bytes.fromhex("00000000641850cb")
    assert signature[8:] == known_key("cosigner.example/one").sign(message.encode())
    assert len(signature) == 72


@given(st.integers(0, 2**63 - 1), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_a_cosignature_loses_its_time(time: int, body: str) -> None:
    text = body + "\n"
    note = with_signatures(sign_note(text, [LOG]), [(ONE.key, ONE.cosign(text, time))])
    verified = open_note(note, [LOG.key, ONE.key])
    assert verified.cosignatures == (Cosignature(ONE.key, time),)
    assert verified.signers == (LOG.key, ONE.key)
    assert verified.cosignatures[0].signature == ONE.cosign(text, time)


@given(st.data())
def test_a_flipped_bit_of_a_cosignature_opens(data: st.DataObject) -> None:
    signature = bytearray(ONE.cosign(TEXT, TIME))
    at = data.draw(st.integers(0, 72 * 8 - 1))
    signature[at // 8] ^= 1 << at % 8
    for act in (lambda: open_note(NOTE + line(ONE.key, bytes(signature)), [LOG.key, ONE.key]),
                lambda: open_lines(TEXT, line(ONE.key, bytes(signature)), [ONE.key]),
                lambda: with_signatures(NOTE, [(ONE.key, bytes(signature))])):
        with pytest.raises(VerificationError, match="signature"):
            act()


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(71), bytes(73), (2**63).to_bytes(8, "big") + bytes(64)],
                         ids=["none", "no time", "short", "long", "time 2^63"])
def test_a_cosignature_of_the_wrong_form_passes(signature: bytes) -> None:
    with pytest.raises(VerificationError, match=r"cosigner\.example/one is not right"):
        ONE.key.verify(TEXT.encode(), signature)
    with pytest.raises(ValueError):
        cosignature_time(signature)


@pytest.mark.parametrize("time", [-1, 2**63, 2**64])
def test_a_time_no_cosignature_can_bear_is_signed(time: int) -> None:
    with pytest.raises(ValueError):
        ONE.cosign(TEXT, time)


def test_a_logs_signature_counts_as_a_cosignature_or_the_other_way_round() -> None:
    same = known_key("cosigner.example/one")
    with pytest.raises(VerificationError):
        ONE.key.verify(TEXT.encode(), TIME.to_bytes(8, "big") + same.sign(TEXT.encode()))
    with pytest.raises(VerificationError):
        same.key.verify(TEXT.encode(), ONE.cosign(TEXT, TIME)[8:])
    with pytest.raises(ValueError, match="cosignature/v1"):
        Cosignature(LOG.key, TIME)


def test_a_cosigner_named_like_the_log_stands_for_it() -> None:
    namesake = known_cosigner("log.example/a1")
    note = with_signatures(NOTE, [(namesake.key, namesake.cosign(TEXT, TIME))])
    with pytest.raises(VerificationError, match="origin has not signed"):
        Checkpoint.parse(open_note(note, [namesake.key]))
    assert Checkpoint.parse(open_note(note, [namesake.key, LOG.key])).size == 7


def test_an_unknown_cosigner_spoils_a_note_or_counts() -> None:
    verified = open_note(cosigned(STRANGER, ONE), [LOG.key, ONE.key, TWO.key])
    assert [one.key for one in verified.cosignatures] == [ONE.key]
    assert open_note(cosigned(STRANGER), [LOG.key, ONE.key]).cosignatures == ()


def test_a_cosignature_of_another_checkpoint_is_added() -> None:
    other = Checkpoint("log.example/a1", 8, bytes(32)).text()
    with pytest.raises(VerificationError, match="signature"):
        with_signatures(NOTE, [(ONE.key, ONE.cosign(other, TIME))])


def test_a_second_cosignature_stands_beside_the_first() -> None:
    once = cosigned(ONE, TWO)
    again = with_signatures(once, [(ONE.key, ONE.cosign(TEXT, TIME + 60))])
    verified = open_note(again, [LOG.key, ONE.key, TWO.key])
    assert verified.cosignatures == (Cosignature(TWO.key, TIME), Cosignature(ONE.key, TIME + 60))
    assert with_signatures(once, []) == once
    assert once.startswith(NOTE)
    with pytest.raises(ValueError, match="once"):
        with_signatures(NOTE, [(ONE.key, ONE.cosign(TEXT, TIME)), (ONE.key, ONE.cosign(TEXT, TIME + 1))])


def test_a_note_grows_beyond_its_limit_or_from_a_malformed_one() -> None:
    long = "a" * (MAX_NOTE - 200) + "\n"
    with pytest.raises(ValueError, match="64 KiB"):
        with_signatures(sign_note(long, [LOG]), [(ONE.key, ONE.cosign(long, TIME))])
    with pytest.raises(VerificationError, match="note"):
        with_signatures(b"a\n", [(ONE.key, ONE.cosign("a\n", TIME))])


def test_an_answer_is_taken_for_what_it_is_not() -> None:
    good = line(ONE.key, ONE.cosign(TEXT, TIME))
    assert open_lines(TEXT, good, [ONE.key]) == (Cosignature(ONE.key, TIME),)
    both = good + line(STRANGER.key, b"x" * 9) + line(TWO.key, TWO.cosign(TEXT, 5))
    assert open_lines(TEXT, both, [ONE.key, TWO.key]) == (Cosignature(ONE.key, TIME), Cosignature(TWO.key, 5))
    with pytest.raises(VerificationError, match="no key that is trusted"):
        open_lines(TEXT, NOTE.split(b"\n\n")[1], [LOG.key, ONE.key])
    with pytest.raises(VerificationError, match="twice"):
        open_lines(TEXT, good + good, [ONE.key])
    for bad in (b"", b"\n", good[:-1], good + b"\n", b"\n" + good, good + b"200 OK\n", b"\xff", NOTE, good * 700):
        with pytest.raises(VerificationError, match="note"):
            open_lines(TEXT, bad, [ONE.key])


def test_a_cosigners_key_is_another_after_its_pem() -> None:
    made = CosigningKey.generate("cosigner.example/new")
    again = CosigningKey.from_pem(made.to_pem(), "cosigner.example/new")
    assert again.key == made.key
    assert again.key.kind == COSIGNATURE_V1
    assert VerificationKey.parse(again.key.text()) == made.key
    made.key.verify(b"a\n", again.cosign("a\n", 1))
    with pytest.raises(ValueError):
        CosigningKey.from_pem(b"secret", "a")
