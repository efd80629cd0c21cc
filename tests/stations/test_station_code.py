"""The text of a code: typed by people, and fitting nothing but what it was issued for."""

import pytest
from proof.known_keys import known_key

from archive.errors import Refused
from ingest.station_code import StationCode

LOG, OTHER = known_key("liuhen.example/0123456789abcdef").key, known_key("other.example/0123456789abcdef").key
POLICY = f"log {LOG.text()}\nquorum none\n"


def test_a_code_as_people_type_it_is_another() -> None:
    code = StationCode("0123456789ABCDEF", "1110HJKMNPQRSTVW")
    assert code.text == "0123-4567-89AB-CDEF-1110-HJKM-NPQR-STVW"
    for typed in (code.text.lower(), code.text.replace("-", " "), " " + code.text.replace("-", "") + "\n",
                  code.text.replace("1110", "iLlO").replace("0123", "oI23")):
        assert StationCode.parse(typed) == code


@pytest.mark.parametrize("typed", ["", "0123", "U" * 32, "0" * 31, "0" * 33, "0123-4567-89AB-CDEF-1110-HJKM-NPQR-STV*"])
def test_something_that_is_no_code_is_read(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        StationCode.parse(typed)
    assert refusal.value.code == "station.code_malformed"


def test_a_code_vouches_for_another_key_or_policy() -> None:
    code = StationCode.issue(LOG, POLICY)
    assert StationCode.parse(code.text).vouches_for(LOG, POLICY)
    assert not code.vouches_for(OTHER, POLICY)
    assert not code.vouches_for(LOG, "")
    assert not code.vouches_for(LOG, POLICY + "# more\n")


def test_a_mistyped_code_passes_on_the_station() -> None:
    code = StationCode.issue(LOG, "").text
    for at, letter in enumerate(code):
        if letter != "-":
            typed = code[:at] + ("7" if letter != "7" else "8") + code[at + 1:]
            assert not StationCode.parse(typed).vouches_for(LOG, "")


def test_two_codes_are_equal_or_short_of_bits() -> None:
    codes = {StationCode.issue(LOG, "").secret for _ in range(200)}
    assert len(codes) == 200
    assert {len(secret) for secret in codes} == {16}  # of 32 letters each: 80 bits
    assert len({letter for secret in codes for letter in secret}) == 32
