"""The pages of registers and leavers: every code is put into words, nothing from outside runs."""

from dataclasses import replace
from typing import get_args

import pytest
from web.specimens import AT, FRAME, HOSTILE

from api.web import register_words
from api.web.register_views import (
    HandedLine,
    LeavingView,
    OpenLine,
    PlannedLine,
    PreviewView,
    RegisterLine,
    RegistersView,
    RegisterView,
    ThingLine,
    UnmatchedLine,
    WordLine,
)
from api.web.render import Renderer
from api.web.views import Language
from archive import unmatched
from archive.leaving_events import LEAVING_HOW, LEAVING_OUTCOMES
from archive.open_things import OPEN
from archive.register_kinds import REGISTERS
from archive.register_plan import VERDICTS
from ingest.register_sheet import HEADS

RENDERER = Renderer()
WORD = WordLine(HOSTILE, "feed", AT, HOSTILE)
LEAVING = LeavingView(FRAME, "usr_1", HOSTILE, False, "leaves", AT, None, (
    OpenLine("recorder", "rcd_1", HOSTILE, AT, False), OpenLine("label", "rec_1", None, None, True)),
    (HandedLine("label", "rec_1", HOSTILE, None, AT), HandedLine("label", "rec_2", None, HOSTILE, AT)), ("recorder",))


def test_a_code_has_no_words_on_the_pages() -> None:
    assert set(register_words.REGISTERS) == set(REGISTERS)
    fields = {field.name for one in REGISTERS.values() for field in one.fields}
    assert set(register_words.FIELDS) == fields == set(HEADS)
    assert set(register_words.SORTS) == set(OPEN)
    assert set(register_words.VERDICTS) == set(VERDICTS)
    assert (set(register_words.OUTCOMES), set(register_words.HOW)) == (set(LEAVING_OUTCOMES), set(LEAVING_HOW))
    assert (set(register_words.OF), set(register_words.WHERE)) == (set(get_args(unmatched.Of)),
                                                                   set(get_args(unmatched.Where)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_outside_text_runs_on_the_pages_of_registers(language: Language) -> None:
    index = RegistersView(FRAME, tuple(RegisterLine(name, 3) for name in REGISTERS), (
        UnmatchedLine("person_name", HOSTILE, "label", 1, AT),), True)
    pages = [RENDERER.registers(index, language), RENDERER.registers(replace(index, unmatched=()), language),
             RENDERER.leaving(LEAVING, language), *(
                 RENDERER.register(RegisterView(FRAME, one.name, tuple(field.name for field in one.fields), (
                     ThingLine("usr_1", (WORD,) * len(one.fields), one.name == "person"),)), language)
                 for one in REGISTERS.values())]
    pages.append(RENDERER.register_preview(PreviewView(FRAME, "unit", (PlannedLine(
        2, "changed", (("name", HOSTILE, HOSTILE, False),), ((HOSTILE, HOSTILE, HOSTILE),)),), (("added", 1),), 2,
        HOSTILE, "0" * 64), language))
    for html in pages:
        assert HOSTILE not in html
        assert "<script>alert" not in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_form_stands_where_it_would_be_refused(language: Language) -> None:
    html = RENDERER.leaving(LEAVING, language)
    assert (html.count("/hand-over"), html.count("class=\"main\"")) == (2, 0)
    done = RENDERER.leaving(replace(LEAVING, left=(), open=()), language)
    assert (done.count("/hand-over"), done.count("class=\"main\"")) == (0, 1)
    left = RENDERER.leaving(replace(LEAVING, outcome="left"), language)
    assert "/leaving" not in left
    back = RENDERER.leaving(replace(LEAVING, outcome="transferred", active=True), language)
    assert (back.count('name="how"'), back.count("/close")) == (2, 0)
