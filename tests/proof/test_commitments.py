"""Commitments: a fixed answer, every part of a field bound, any subset checkable against one root."""

from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.proof.canonical import CanonicalError
from archive.proof.commitments import Particular, commitment_root
from archive.proof.merkle import leaf_hash, node_hash

NAMES = st.text("abcz019_", min_size=1, max_size=6)
SALTS = st.binary(min_size=16, max_size=16)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=10) | st.integers(-5, 5) | st.booleans()
PARTICULARS = st.builds(Particular, NAMES, SALTS, VALUES)


def test_the_commitment_is_not_the_documented_one() -> None:
    field = Particular("case_number", bytes(range(16)), "沪市监罚〔2026〕7号")
    message = b"liuhen/particular/1\ncase_number\n" + bytes(range(16)) + '"沪市监罚〔2026〕7号"'.encode()
    assert field.commitment == sha256(message).digest()


@given(PARTICULARS, PARTICULARS)
def test_two_different_fields_share_a_commitment(one: Particular, other: Particular) -> None:
    same = (one.name, one.salt, one.value, type(one.value)) == (other.name, other.salt, other.value, type(other.value))
    assert (one.commitment == other.commitment) == same


@given(st.dictionaries(NAMES, SALTS, min_size=1, max_size=6), st.data())
def test_the_root_depends_on_the_order_fields_are_given_in(salts: dict[str, bytes], data: st.DataObject) -> None:
    commitments = {name: sha256(salt).digest() for name, salt in salts.items()}
    shuffled = dict(data.draw(st.permutations(list(commitments.items()))))
    assert commitment_root(shuffled) == commitment_root(commitments)


@given(st.dictionaries(NAMES, SALTS, min_size=1, max_size=6), st.data())
def test_a_changed_commitment_leaves_the_root_as_it_was(salts: dict[str, bytes], data: st.DataObject) -> None:
    commitments = {name: sha256(salt).digest() for name, salt in salts.items()}
    name = data.draw(st.sampled_from(sorted(commitments)))
    changed = {**commitments, name: data.draw(st.binary(min_size=32, max_size=32))}
    assume(changed != commitments)
    assert commitment_root(changed) != commitment_root(commitments)
    removed = {key: value for key, value in commitments.items() if key != name}
    if removed:
        assert commitment_root(removed) != commitment_root(commitments)


def test_the_root_is_not_the_rfc_6962_tree_in_name_order() -> None:
    first, second = b"\x01" * 32, b"\x02" * 32
    expected = node_hash(leaf_hash(first), leaf_hash(second))
    assert commitment_root({"b": second, "a": first}).value == expected
    assert str(commitment_root({"a": first})) == f"sha256:{leaf_hash(first).hex()}"


@pytest.mark.parametrize(("name", "salt"), [("", bytes(16)), ("A", bytes(16)), ("a\n", bytes(16)), ("a", bytes(15))])
def test_a_field_with_a_bad_name_or_salt_is_made(name: str, salt: bytes) -> None:
    with pytest.raises(ValueError):
        Particular(name, salt, "x")


def test_a_value_outside_the_profile_is_committed_to() -> None:
    with pytest.raises(CanonicalError):
        _ = Particular("a", bytes(16), "\ud800").commitment


@pytest.mark.parametrize("commitments", [{}, {"A": bytes(32)}, {"a": bytes(31)}, {"a" * 65: bytes(32)}], ids=repr)
def test_a_root_is_made_over_nothing_or_malformed_parts(commitments: dict[str, bytes]) -> None:
    with pytest.raises(ValueError):
        commitment_root(commitments)
