"""An account's officer number: one each, the last one counts, erasable, made again from the log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from log_site import LOCK
from rebuild.lived_site import ORDER, Lived, over
from specimen_events import PERSON, beginning

from archive.actors import SYSTEM, Actor
from archive.erasure import erase
from archive.errors import ArchiveError, Conflict, Refused
from archive.officer_numbers import number_of, set_number
from archive.people import add_person
from archive.rebuilding import compare_with_log

ZHANG = Actor(PERSON)


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    """A site with the account zhang; its tables are in the end what its log gives."""
    with over(tmp_path) as made:
        made.append(beginning())
        yield made
        made.settle()
        found = compare_with_log(made.sources, made.path, made.published(), lambda *_: None)
        assert [one.text() for one in found.differences] == []


def refused(code: str, family: type[ArchiveError]) -> "pytest.RaisesExc[ArchiveError]":
    return pytest.raises(family, check=lambda fault: fault.code == code)


def test_two_accounts_are_one_wearer_or_an_old_number_goes_on_counting(lived: Lived) -> None:
    assert number_of(lived.site, ZHANG) is None
    other = Actor(add_person(lived.site, "gu", "古丽", ("investigator",), "x"))
    set_number(lived.site, "zhang", " 650101 ")
    with refused("person.number_taken", Conflict):
        set_number(lived.site, "gu", "650101")
    with refused("person.unknown", Refused):
        set_number(lived.site, "nobody", "650103")
    with refused("recorder.text", Refused):
        set_number(lived.site, "gu", " ")
    set_number(lived.site, "zhang", "650102")
    set_number(lived.site, "gu", "650101")
    assert (number_of(lived.site, ZHANG), number_of(lived.site, other)) == ("650102", "650101")


def test_an_erased_number_still_says_whose_recordings_they_are(lived: Lived) -> None:
    set_number(lived.site, "zhang", "650101")
    lived.settle()
    erase(lived.site, PERSON, ORDER, SYSTEM, key_lock=LOCK)
    assert number_of(lived.site, ZHANG) is None
    assert b"650101" not in lived.path.read_bytes()
