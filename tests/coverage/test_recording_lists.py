"""Recording lists: every word a list quotes stands in the sources, and nothing of ours passes for a plan's."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import NotFound, Refused
from archive.step_items import STEP_ITEMS
from retention.clauses import DEFAULT_PACK
from retention.recording_lists import LISTS, load_lists, one_list, parse_list

ALL = load_lists()
TEXT = (LISTS / "nantong-2017.toml").read_text("utf-8")
WHOLE = {
    "S0": {"seizure", "life_health", "major_property", "premises"},
    "S1": {"personal_liberty", "life_health", "major_property", "premises"},
    "S3": {"seizure", "major_property"},
    "S4": {"seizure", "demolition", "personal_liberty", "life_health", "major_property"}}
SITUATIONAL = {
    "S0": {"on_site_enforcement", "investigation", "hearing", "service_by_leaving", "service_by_notice"},
    "S1": {"on_site_inspection", "random_check", "investigation", "evidence_preservation", "coercion", "hearing",
           "service"},
    "S3": {"on_site_enforcement", "investigation", "hearing", "service_by_leaving", "service_by_notice"},
    "S4": {"random_check", "evidence_preservation", "coercion", "service", "on_site_enforcement", "investigation",
           "hearing", "service_by_leaving", "service_by_notice"}}


def test_a_plan_is_made_to_say_what_another_plan_says() -> None:
    assert [one.source for one in ALL] == ["S0", "S1", "S3", "S4"]
    for one in ALL:
        assert {item.code for item in one.item if item.mode == "whole"} == WHOLE[one.source]
        others = {item.code: item.mode for item in one.item if item.mode != "whole"}
        assert others == dict.fromkeys(SITUATIONAL[one.source], "must" if one.source == "S1" else "should")
    assert DEFAULT_PACK in {one.id for one in ALL}


def test_a_list_quotes_words_that_are_not_of_its_plan() -> None:
    """S4's 现场执法, 调查取证 … are known only as standing beside those of S0 and S3: nothing of them is quoted."""
    for one in ALL:
        unquoted = {item.code for item in one.item if not item.quotes}
        expected = {"S0": {"premises"}, "S1": {"premises"}, "S3": set(),
                    "S4": SITUATIONAL["S4"] - {"random_check", "evidence_preservation", "coercion", "service"}}
        assert unquoted == expected[one.source]
        assert all(item.ours for item in one.item if not item.quotes)
        said = {quote for item in one.item for quote in item.quotes} - {"要进行", "要推行"}
        assert said <= {item.zh.removeprefix("涉及") for item in one.item}
        assert ("要进行" in str(one), "要推行" in str([i.quotes for i in one.item])) == (
            one.source == "S1", one.source == "S3")


def test_lists_call_one_step_differently_so_that_they_cannot_stand_side_by_side() -> None:
    named = {(item.code, item.zh, item.en) for one in ALL for item in one.item}
    assert {code for code, _, _ in named} == set(STEP_ITEMS)
    assert len(named) == len(STEP_ITEMS)


def test_a_step_falls_under_no_item_or_under_the_wrong_one() -> None:
    nantong, bingtuan = one_list(ALL, "nantong-2017"), one_list(ALL, "bingtuan-2019")
    assert (nantong.about("seizure"), bingtuan.about("seizure")) == (
        nantong.by_code["coercion"], bingtuan.by_code["seizure"])
    assert nantong.about("on_site_enforcement") is None
    assert bingtuan.about("premises") is None


@pytest.mark.parametrize(("old", "new"), [
    ("schema = 1", "schema = 2"), ('code = "premises"', 'code = "raid"'), ('mode = "must"', 'mode = "whole"'),
    ('code = "premises"', 'code = "hearing"'), ('includes = ["seizure"', 'includes = ["hearing"'),
    ("joined_within_s = 10", "joined_within_s = -1"), ("edge_percent = 10", "edge_percent = 26"),
    ('quotes = ["人身自由"]', "quotes = 1"), ('quotes = ["人身自由"]', 'quoted = ["人身自由"]'), ('version = "1"', ""),
    ("[ours]", "[theirs]"), ("[[item]]", "[[item]"), ('source = "S1"', 'source = "1"')])
def test_a_list_with_a_fault_is_read_all_the_same(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(Refused) as refusal:
        parse_list(TEXT.replace(old, new, 1))
    assert refusal.value.code == "lists.malformed"


@given(st.data())
def test_a_damaged_list_falls_over_with_something_else_than_a_refusal(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT)))
    damaged = TEXT[:start] + data.draw(st.text(max_size=5)) + TEXT[start + data.draw(st.integers(0, 30)):]
    with suppress(Refused):  # anything else is the fault
        assert parse_list(damaged).item


def test_an_unknown_list_is_found_or_a_file_bears_anothers_name(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nantong-2017") as refusal:
        one_list(ALL, "../nantong-2017")
    assert refusal.value.code == "lists.unknown"
    (tmp_path / "other.toml").write_text(TEXT, "utf-8")
    with pytest.raises(Refused, match="calls itself nantong-2017"):
        load_lists(tmp_path)


def test_a_mode_and_its_rule_disagree_in_a_shipped_list() -> None:
    for one in ALL:
        assert {(item.rule, item.mode == "whole") for item in one.item} == {("R5", True), ("R6", False)}
        assert all(re.fullmatch(r"9\(1\)|2|\(三\)2", item.article) for item in one.item)
