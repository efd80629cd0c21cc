"""The page of what is set aside: every state and reason is put into words, nothing from outside runs."""

from dataclasses import replace
from typing import get_args

import pytest
from web.set_aside_specimens import aside_line
from web.specimens import FRAME, HOSTILE, LINE

from api.web import set_aside_words
from api.web.render import Renderer
from api.web.search_views import SearchView
from api.web.set_aside_lines import State
from api.web.set_aside_views import AsideRow, SetAsideView
from api.web.views import CaseView, Language, StartView
from archive import set_aside
from archive.set_aside_events import SET_ASIDE_REASONS

RENDERER = Renderer()
WAITING = (AsideRow(LINE, aside_line("waiting", may_decide=True)), AsideRow(LINE, aside_line("waiting")))
VIEW = SetAsideView(FRAME, WAITING, (AsideRow(LINE, replace(aside_line("aside"), remark=None)),), cut=True)


def test_a_state_or_reason_has_no_words_on_the_page() -> None:
    assert set(set_aside_words.STATES) == set(get_args(State)) == set(get_args(set_aside.State))
    assert set(set_aside_words.REASONS) == set(SET_ASIDE_REASONS)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_outside_text_runs_or_a_form_stands_where_it_would_be_refused(language: Language) -> None:
    html = RENDERER.set_aside(VIEW, language)
    assert HOSTILE not in html
    assert "<script>alert" not in html
    assert (html.count("/confirm"), html.count("/decline"), html.count("/bring-back")) == (1, 1, 1)
    assert RENDERER.set_aside(SetAsideView(FRAME, (), (), cut=False), language).count("class=\"empty\"") == 2


@pytest.mark.parametrize("count", [0, 1, 12])
def test_a_list_hides_that_it_leaves_something_out(count: int) -> None:
    pages = (RENDERER.search(SearchView(FRAME, "6号", aside=count), "en"),
             RENDERER.case(CaseView(FRAME, "6号", (), 0, count), "en"),
             RENDERER.start(StartView(FRAME, (), 0, None, count), "en"))
    for html in pages:
        assert ("set aside and not shown here" in html) is (count > 0)
