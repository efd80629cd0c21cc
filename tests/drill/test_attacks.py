"""Every attack of the drill, on a real store, database, cosigners and time authority, comes to what is stated of it."""

import pytest

from api.drill import looks
from api.drill.attack import Attack, Outcome, Verdict, found, prevented, run
from api.drill.box import Box
from api.drill.report import ATTACKS, as_text


def untouched(box: Box) -> list[tuple[str, ...]]:
    """What is found where nothing was done."""
    data = box.copy()
    return [looks.start(box, data), looks.log_check(box, data, deep=True), looks.compare(box, data),
            looks.reconciled(box.archive, box.earlier.version.key),
            looks.verified(box, box.earlier.receipt, looks.read_back(box, box.earlier)),
            looks.Monitor(box).look(looks.served(box.archive.site, lambda: box.settled().note))]


def test_something_is_found_where_nothing_was_done(box: Box) -> None:
    """Else what an attack is said to be found by might be there without it."""
    assert untouched(box) == [()] * 6


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_does_not_come_to_what_is_stated(box: Box, attack: Attack) -> None:
    result = run(attack, box)
    assert result.trouble == ""
    assert result.as_stated, as_text(result)


def test_an_attack_spoils_the_archive_for_the_next(box: Box) -> None:
    assert untouched(box) == [()] * 6


@pytest.mark.parametrize(("seen", "right"), [
    (found("start: log.root_differs", "log check: row.changed"), True), (found("log check: row.changed"), False),
    (prevented("start: log.root_differs"), False), (found(), False),
])
def test_another_outcome_passes_for_the_stated_one(box: Box, seen: Outcome, right: bool) -> None:
    stated = Attack("x", "y", Verdict.DETECTED, ("start: log.root_differs",), "z", lambda box: seen)
    result = run(stated, box)
    assert result.as_stated is right
    assert ("NOT AS STATED" in as_text(result) or "missing" in as_text(result)) is not right


def test_an_attack_that_fails_by_itself_passes_for_a_prevented_one(box: Box) -> None:
    def fail(box: Box) -> Outcome:
        raise OSError("no such tool")

    result = run(Attack("x", "y", Verdict.PREVENTED, (), "z", fail), box)
    assert not result.as_stated
    assert "no such tool" in as_text(result)
