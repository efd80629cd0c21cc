"""The wearer's page: every basis, word and origin is put into words, nothing from outside runs."""

from dataclasses import replace
from typing import get_args

import pytest
from web.deadline_specimens import LABEL, line
from web.set_aside_specimens import aside_line
from web.specimens import AT, FRAME, HOSTILE, LINE

from api.web import shift_words
from api.web.render import Renderer
from api.web.shift_views import FieldLine, SessionLines, ShiftView, TakeLine
from api.web.views import Language
from archive import shift

RENDERER = Renderer()
TAKES = tuple(TakeLine(LINE, by, "/poster", (line("pending", "not_done", clause=LABEL, missing=("party",)),), aside)
              for by, aside in zip(shift_words.BY, (None, aside_line("waiting")), strict=True))
FIELDS = tuple(FieldLine("matter", HOSTILE, origin) for origin in (*shift_words.ORIGINS, None))
SESSION = SessionLines(HOSTILE, AT, AT, TAKES, FIELDS, as_before=True, owing=True)
SECOND = replace(SESSION, key="b", as_before=False, owing=False)
VIEW = ShiftView(FRAME, "issued", HOSTILE, AT, (SESSION, SECOND), more=True)


def test_a_word_of_the_archive_has_no_words_on_the_page() -> None:
    assert set(shift_words.BASES) == set(get_args(shift.Basis))
    assert {*shift_words.BY, "ledger"} == set(get_args(shift.By))
    assert set(shift_words.ORIGINS) == set(get_args(shift.Origin))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_outside_text_runs_on_the_wearers_page(language: Language) -> None:
    html = RENDERER.shift(VIEW, language)
    assert HOSTILE not in html
    assert "<script>alert" not in html
    assert html.count('name="as_before"') == 1
    assert html.count(" autofocus") == 1
    for basis in shift_words.BASES:
        assert RENDERER.shift(ShiftView(FRAME, basis, None, None), language)


def test_how_much_is_left_is_not_said() -> None:
    assert "1 of 2 sessions owe no label any more" in RENDERER.shift(VIEW, "en")
    assert "共 2 次记录，其中 1 次已无须再标注" in RENDERER.shift(VIEW, "zh")
