"""Deadlines on pages: every state and reason has its words, the law's words stand apart, nothing from outside runs."""

import pytest
from web.deadline_specimens import ANNOUNCED, LABEL, LINES, line, view
from web.specimens import HOSTILE, recording

from api.web import deadline_words
from api.web.render import Renderer
from api.web.views import Language

RENDERER = Renderer()
BOTH = pytest.mark.parametrize("language", ["zh", "en"])


def test_the_specimens_leave_a_state_or_a_reason_out() -> None:
    assert {one.state for one in LINES} == set(deadline_words.STATES)
    assert {word for one in LINES for word in one.why} == set(deadline_words.WHY)
    assert {one.named_by for one in LINES} == set(deadline_words.NAMED_BY)
    assert {one.how for one in ANNOUNCED} == set(deadline_words.HOW)


@BOTH
def test_outside_text_runs_on_a_page_of_deadlines(language: Language) -> None:
    for html in (RENDERER.deadlines(view(), language), RENDERER.recording(recording(deadlines=LINES), language)):
        assert "&lt;script&gt;alert" in html
        assert HOSTILE not in html
        assert "<script>alert" not in html
    assert RENDERER.deadlines(view(()), language)


def test_a_clause_without_known_words_seems_quoted() -> None:
    quoted = RENDERER.recording(recording(deadlines=LINES[:1]), "en")
    assert "<blockquote" in quoted
    retold = RENDERER.recording(recording(deadlines=(line("on_time", "labelled", clause=LABEL),)), "en")
    assert "<blockquote" not in retold
    assert "retold, not quoted" in retold
    assert "not law" in retold


def test_a_form_to_explain_stands_where_nothing_is_late_or_all_is_confirmed() -> None:
    for one, there in zip(LINES, (False, False, True, False, True, True, False, False, False, False), strict=True):
        html = RENDERER.recording(recording(deadlines=(one,)), "en")
        assert ('name="explanation"' in html) == there, one
        assert ("/confirm" in html) == (one.explanation is not None and not one.explanation.confirmed)


def test_what_is_only_announced_cannot_be_explained_or_leads_to_a_page_that_is_not_there() -> None:
    html = RENDERER.deadlines(view(LINES[:1]), "en")
    assert html.count('name="explanation"') == len(ANNOUNCED) - 1  # a statement has its reason already
    assert html.count('name="back" value="/deadlines"') == len(ANNOUNCED)
    assert html.count("/confirm") == 1
    assert "announced, and no bytes came for too long" in html
    assert "the file is empty" in html
