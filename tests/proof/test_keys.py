"""Keys: a published signature, one text per key, only Ed25519 accepted, nothing verified by accident."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from archive.proof.ed25519 import weak
from archive.proof.errors import VerificationError
from archive.proof.keys import ED25519, MLDSA44, VerificationKey
from archive.proof.signing import SigningKey

NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=40)
# RFC 8032 §7.1, TEST 2: one-byte message.
SECRET = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
# The key of the signed-note specification's Go documentation, whose id is therefore a published one.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_the_rfc_8032_signature_is_not_met() -> None:
    signer = SigningKey(Ed25519PrivateKey.from_private_bytes(SECRET), "a")
    assert signer.key.public == PUBLIC
    assert signer.sign(b"\x72") == SIGNATURE
    signer.key.verify(b"\x72", SIGNATURE)


@pytest.mark.parametrize("at", range(0, 512, 37))
def test_a_flipped_bit_in_a_signature_passes(at: int) -> None:
    wrong = bytearray(SIGNATURE)
    wrong[at // 8] ^= 1 << at % 8
    with pytest.raises(VerificationError, match="signature"):
        VerificationKey("a", ED25519, PUBLIC).verify(b"\x72", bytes(wrong))


@pytest.mark.parametrize("signature", [b"", SIGNATURE[:63], SIGNATURE + b"\x00", bytes(64)], ids=len)
def test_a_signature_of_the_wrong_length_passes(signature: bytes) -> None:
    with pytest.raises(VerificationError, match="signature"):
        VerificationKey("a", ED25519, PUBLIC).verify(b"\x72", signature)


def test_a_signature_of_a_kind_not_checked_here_is_passed_over() -> None:
    key = VerificationKey("a", MLDSA44, (PUBLIC * 41)[:1312])
    assert VerificationKey.parse(key.text()) == key
    with pytest.raises(VerificationError, match="not checked here"):
        key.verify(b"\x72", SIGNATURE)


def test_a_published_key_id_is_not_met() -> None:
    key = VerificationKey.parse(PETER)
    assert (key.name, key.kind, key.hex_id) == ("PeterNeumann", ED25519, "c74f20a3")
    assert key.text() == PETER


@given(NAMES, st.binary(min_size=32, max_size=32).filter(lambda public: not weak(public)))
def test_a_key_changes_on_its_way_through_text(name: str, public: bytes) -> None:
    key = VerificationKey(name, ED25519, public)
    assert VerificationKey.parse(key.text()) == key


@pytest.mark.parametrize(
    "text",
    ["", "PeterNeumann", "PeterNeumann+c74f20a3", PETER.replace("c74f20a3", "c74f20a4"), PETER + "\n", " " + PETER,
     PETER.replace("c74f20a3", "C74F20A3"), PETER.replace("Peter", "Feter"), PETER[:-1], PETER + "A", "+c74f20a3+ARpc",
     PETER.replace("ARpc", "AVpc"), "PeterNeumann+c74f20a3+", PETER.replace("+ARpc", "++ARpc")],
)
def test_a_malformed_key_is_read(text: str) -> None:
    with pytest.raises(ValueError):
        VerificationKey.parse(text)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2028b", "\x00", "\ud800", "a" * 256, "a\u200b"]
)
def test_a_name_that_breaks_a_note_names_a_key(name: str) -> None:
    with pytest.raises(ValueError):
        SigningKey.generate(name)


@pytest.mark.parametrize(
    ("kind", "public"), [(ED25519, bytes(31)), (0x02, bytes(32)), (0, bytes(32)), (256, bytes(32))]
)
def test_a_key_of_unknown_kind_or_wrong_length_is_made(kind: int, public: bytes) -> None:
    with pytest.raises(ValueError):
        VerificationKey("a", kind, public)


def test_a_key_is_another_after_its_pem() -> None:
    signer = SigningKey.generate("log.example/1")
    again = SigningKey.from_pem(signer.to_pem(), "log.example/1")
    assert signer.to_pem().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert again.key == signer.key
    signer.key.verify(b"a", again.sign(b"a"))


def pkcs8(key: ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey | x25519.X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_another_algorithms_key_is_taken_for_signing() -> None:
    locked = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a")
    )
    pems = [pkcs8(ec.generate_private_key(ec.SECP256R1())), pkcs8(ed448.Ed448PrivateKey.generate())]
    for pem in [*pems, pkcs8(x25519.X25519PrivateKey.generate()), locked, b"", b"secret text"]:
        with pytest.raises(ValueError) as caught:
            SigningKey.from_pem(pem, "a")
        assert "secret" not in str(caught.value)
