"""Password hashes: Argon2id, and no answer faster for a login nobody has."""

import time

import pytest

from api.passwords import LONGEST, hash_password, verify_password


def test_only_the_password_itself_fits_its_hash() -> None:
    kept = hash_password("密码 of twelve")
    assert verify_password("密码 of twelve", kept)
    for other in ("密码 of twelv", "", "密码 OF twelve", "密码 of twelve\x00"):
        assert not verify_password(other, kept)


def test_two_equal_passwords_have_different_hashes_of_the_agreed_cost() -> None:
    first, second = hash_password("the same password"), hash_password("the same password")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_nobody_can_be_signed_in_as_nobody() -> None:
    assert not verify_password("anything", None)


def test_an_unknown_login_costs_as_much_work_as_a_known_one() -> None:
    kept = hash_password("the right password")

    def cpu_s(password_hash: str | None) -> float:
        before = time.process_time()
        verify_password("a wrong password", password_hash)
        return time.process_time() - before

    known, unknown = (min(cpu_s(h) for _ in range(3)) for h in (kept, None))
    assert unknown > known / 2


@pytest.mark.parametrize("text", ["", "x" * (LONGEST + 1)])
def test_an_empty_or_endless_password_is_no_password(text: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        hash_password(text)
    assert not verify_password(text, hash_password("something else"))


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$v=19$m=65536,t=3,p=4$broken", "$2b$12$abc"])
def test_a_damaged_hash_lets_nobody_in(kept: str) -> None:
    assert not verify_password("plain", kept)


def test_text_no_encoding_holds_is_a_wrong_password() -> None:
    assert not verify_password("\ud800", hash_password("something else"))
