"""Steps and recording lists on pages: every code has words, and they are the lists' own."""

from typing import get_args

from api import coverage_schemas
from api.web import catalogue, coverage_views, step_words
from api.web.coverage_views import bar_path
from archive.step_events import STATEMENTS
from archive.step_items import STEP_ITEMS
from archive.step_views import Decision
from retention import coverage, recording_lists


def test_a_code_of_a_step_has_no_words_or_the_api_does_not_know_it() -> None:
    assert tuple(step_words.ITEMS) == STEP_ITEMS
    assert tuple(step_words.STATEMENTS) == STATEMENTS == get_args(coverage_schemas.What) == get_args(coverage.What)
    assert tuple(step_words.DECISIONS) == get_args(Decision)
    for words, *typed in (
            (step_words.STATES, coverage.State, coverage_schemas.Coverage, coverage_views.State),
            (step_words.MODES, recording_lists.Mode, coverage_schemas.Mode, coverage_views.Mode),
            (step_words.WHERE, coverage_views.Where)):
        assert all(set(words) == set(get_args(one)) for one in typed)


def test_a_page_calls_a_step_otherwise_than_the_list_does() -> None:
    chinese = catalogue.chinese()
    for item in (item for one in recording_lists.load_lists() for item in one.item):
        assert step_words.ITEMS[item.code] == item.en
        assert chinese.gettext(item.en) == item.zh


def test_an_axis_shows_what_is_not_covered() -> None:
    assert bar_path(()) == ""
    assert bar_path(((0, 250), (500, 1000))) == "M0 0H250V20H0ZM500 0H1000V20H500Z"
