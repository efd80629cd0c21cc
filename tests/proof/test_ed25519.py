"""Ed25519 in plain Python: the RFC's answers, and the same decision as OpenSSL on every signature one can think of."""

from hashlib import sha512

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from archive.proof import ed25519, native
from archive.proof.ed25519 import L, P, verify, weak
from archive.proof.keys import COSIGNATURE_V1, ED25519, VerificationKey

# RFC 8032 §7.1: TEST 1, TEST 2, TEST 3, TEST SHA(abc).
RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"),
    ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
     "2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
     "d9bef1177331a704"),
]
BASE = (4 * pow(5, P - 2, P) % P).to_bytes(32, "little")
# y of every point whose order divides 8, in each spelling of 255 bits.
SMALL = sorted({y for start in (0, 1, P - 1, ed25519._Y_OF_ORDER_8, P - ed25519._Y_OF_ORDER_8)
                for y in (start, start + P) if y < 2**255})
OFF_THE_CURVE = next(y for y in range(2, 99) if ed25519._decode(y.to_bytes(32, "little")) is None)


def same(public: bytes, message: bytes, signature: bytes) -> bool:
    """Our answer, which must also be OpenSSL's."""
    ours = verify(public, message, signature)
    assert ours == native.verify(public, message, signature)
    return ours


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032, ids=["1", "2", "3", "SHA(abc)"])
def test_an_answer_of_the_rfc_is_refused(public: str, message: str, signature: str) -> None:
    assert same(*map(bytes.fromhex, (public, message, signature)))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.data())
def test_a_good_signature_is_refused_or_a_changed_one_passes(seed: bytes, message: bytes, data: st.DataObject) -> None:
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    parts = [bytearray(signer.public_key().public_bytes_raw()), bytearray(message), bytearray(signer.sign(message))]
    assert same(*map(bytes, parts))
    changed = data.draw(st.sampled_from([part for part in parts if part]))
    at = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[at // 8] ^= 1 << at % 8
    assert not same(*map(bytes, parts))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40))
def test_a_scalar_beyond_the_order_passes(seed: bytes, message: bytes) -> None:
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = signer.public_key().public_bytes_raw(), signer.sign(message)
    scalar = int.from_bytes(signature[32:], "little")
    for times in range(1, 16):
        assert not same(public, message, signature[:32] + (scalar + times * L).to_bytes(32, "little"))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64), st.binary(min_size=64, max_size=64))
def test_random_bytes_are_decided_otherwise(public: bytes, message: bytes, signature: bytes) -> None:
    same(public, message, signature)
    same(public, message, signature[:32] + bytes(32))


def forged(public: bytes, scalar: int) -> tuple[bytes, bytes]:
    """(message, signature) under a key of small order: S·B is R wherever the challenge is a multiple of 8."""
    encoded = ed25519._encode(ed25519._sum_of_products(scalar, ed25519._BASE, 0, ed25519._BASE))
    for number in range(10_000):
        message = b"%d" % number
        if int.from_bytes(sha512(encoded + public + message).digest(), "little") % L % 8 == 0:
            return message, encoded + scalar.to_bytes(32, "little")
    raise AssertionError("no message found")


@pytest.mark.parametrize("y", SMALL)
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_under_which_anyone_can_sign_is_decided_otherwise_or_taken(y: int, sign: int) -> None:
    public = (y | sign << 255).to_bytes(32, "little")
    assert same(public, *forged(public, 5))
    assert weak(public)
    for kind in (ED25519, COSIGNATURE_V1):
        with pytest.raises(ValueError, match="small order"):
            VerificationKey("a", kind, public)


def test_the_list_of_small_orders_lacks_one() -> None:
    """Of the points with y² as in the list, eight times each is the neutral one; a point of order 8 generates them."""
    generator = ed25519._decode(ed25519._Y_OF_ORDER_8.to_bytes(32, "little"))
    assert generator is not None
    point, seen = ed25519._ZERO, set()
    for _ in range(8):
        encoded = ed25519._encode(point)
        assert weak(encoded)
        seen.add(encoded)
        point = ed25519._add(point, generator)
    assert (len(seen), ed25519._encode(point)) == (8, ed25519._encode(ed25519._ZERO))


@pytest.mark.parametrize("y", range(P, 2**255))
def test_a_key_not_spelt_canonically_is_taken(y: int) -> None:
    for sign in (0, 1):
        public = (y | sign << 255).to_bytes(32, "little")
        assert weak(public)
        same(public, b"", BASE + bytes(32))


@pytest.mark.parametrize("y", [P, P + 1, 2**255 - 1])
def test_a_first_half_not_spelt_canonically_passes(y: int) -> None:
    """With S = 0 and a key of order 1, R must be the neutral point: only its own spelling is right."""
    public = (1).to_bytes(32, "little")
    assert same(public, b"", (1).to_bytes(32, "little") + bytes(32))
    assert not same(public, b"", y.to_bytes(32, "little") + bytes(32))
    assert not same(public, b"", (1 | 1 << 255).to_bytes(32, "little") + bytes(32))


@given(st.integers(1, L - 1), st.integers(0, 7), st.binary(max_size=20))
def test_a_key_with_a_part_of_small_order_is_decided_otherwise(scalar: int, torsion: int, message: bytes) -> None:
    """A = a·B + T: the check without cofactor passes only where the challenge cancels T, here as in OpenSSL."""
    small = ed25519._decode(ed25519._Y_OF_ORDER_8.to_bytes(32, "little"))
    assert small is not None
    public = ed25519._encode(ed25519._sum_of_products(scalar, ed25519._BASE, torsion, small))
    first = ed25519._encode(ed25519._sum_of_products(7, ed25519._BASE, 0, small))
    challenge = int.from_bytes(sha512(first + public + message).digest(), "little") % L
    signature = first + ((7 + challenge * scalar) % L).to_bytes(32, "little")
    assert same(public, message, signature) == (challenge * torsion % 8 == 0)
    assert not weak(public)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), OFF_THE_CURVE.to_bytes(32, "little")], ids=len)
def test_what_is_no_key_verifies(public: bytes) -> None:
    assert not same(public, b"", BASE + bytes(32))


@pytest.mark.parametrize("length", [1, 31, 33, 64])
def test_a_key_of_another_length_is_filled_up_or_cut(length: int) -> None:
    """Of 32 bytes, this key of order 1 would verify anything."""
    neutral = (1).to_bytes(32, "little")
    assert same(neutral, b"", neutral + bytes(32))
    assert not same((1).to_bytes(length, "little"), b"", neutral + bytes(32))


@pytest.mark.parametrize("signature", [b"", bytes(63), BASE + bytes(33), bytes(96)], ids=len)
def test_a_signature_of_another_length_passes(signature: bytes) -> None:
    assert not same((1).to_bytes(32, "little"), b"", signature)
