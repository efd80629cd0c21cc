"""A rule pack says what its document says: what it does not know is refused, and what is ours is no clause."""

import pytest

from archive.errors import NotFound, Refused
from retention.clauses import DEFAULT_PACK, PACKS, load_pack, parse_pack

TEXT = (PACKS / f"{DEFAULT_PACK}.toml").read_text("utf-8")


def test_a_shipped_pack_does_not_load_or_lacks_a_clause() -> None:
    for path in PACKS.glob("*.toml"):
        assert load_pack(path.stem).id == path.stem
    pack = load_pack(DEFAULT_PACK)
    assert [clause.rule for clause in pack.clause] == ["R23", "R25", "R26", "R27"]
    assert [clause.hours for clause in pack.clause] == [24, 24, None, 24]
    assert {pack.clause_id(clause.rule) for clause in pack.timed} == {
        "urumqi-market-2019/1/R23", "urumqi-market-2019/1/R25"}
    moved = pack.on_return("R25")
    assert moved is not None
    assert moved.rule == "R27"


def test_a_number_stands_in_the_code_and_not_in_the_pack() -> None:
    other = parse_pack(TEXT.replace("hours = 24", "hours = 48"))
    assert {clause.hours for clause in other.clause} == {48, None}


FAULTS = {
    "a key nobody knows": ("schema = 1", "schema = 1\ncolour = 1", "colour"),
    "a key of a clause nobody knows": ('article = "10(2)"', 'article = "10(2)"\nhour = 3', "clause.0.hour"),
    "another schema": ("schema = 1", "schema = 2", "schema"),
    "a number as text": ("hours = 24", 'hours = "24"', "clause.0.hours"),
    "no hours": ("hours = 24\n", "", "clause.0"),
    "hours below one": ("hours = 24", "hours = 0", "clause.0.hours"),
    "no quotes": ('quotes = ["专用存储器"]\n', "", "clause.0.quotes"),
    "a clause counted from elsewhere": ('"recording_made"', '"return_to_unit"', "clause.0"),
    "a label nobody can put on": ('["case_no", "party"', '["case_number", "party"', "clause.1.labels"),
    "a rule twice": ('rule = "R25"', 'rule = "R23"', "the pack"),
    "a rule id of another form": ('rule = "R25"', 'rule = "25"', "clause.1.rule"),
    "a return that moves nothing known": ('moves = ["R23", "R25"]', 'moves = ["R28"]', "the pack"),
    "a statement in one language": ('en = "Recordings are kept for the long term."', "", "clause.2.paraphrase.en"),
    "nothing of ours": ("no_recorder_before", "no_recorder", "ours"),
    "no TOML": ("schema = 1", "schema", "TOML"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_pack_with_a_fault_is_taken(fault: str) -> None:
    old, new, where = FAULTS[fault]
    assert old in TEXT
    with pytest.raises(Refused) as refusal:
        parse_pack(TEXT.replace(old, new, 1))
    assert refusal.value.code == "rules.malformed"
    assert where in refusal.value.message


def test_an_unknown_pack_is_not_named_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=DEFAULT_PACK) as refusal:
        load_pack("../urumqi-market-2019")
    assert refusal.value.code == "rules.unknown_pack"
