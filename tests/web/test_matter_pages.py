"""Pages of matters: every code is put into words, and a form stands only where its act would be taken."""

import re
from typing import get_args

import pytest
from web.matter_specimens import LOOKING_ON, STATES, WHOLE

from api import matter_schemas
from api.web import matter_words
from api.web.matter_lines import State
from api.web.render import Renderer
from api.web.views import Language
from archive import matter_events, matter_views

RENDERER = Renderer()


def test_a_code_of_a_matter_has_no_words_or_the_api_does_not_know_it() -> None:
    assert set(matter_words.STATES) == set(get_args(State)) == set(get_args(matter_views.State))
    for table, codes, typed in ((matter_words.KINDS, matter_events.MATTER_KINDS, matter_schemas.Kind),
                                (matter_words.BASES, matter_events.END_BASES, matter_schemas.Basis),
                                (matter_words.RELATIONS, matter_events.RELATIONS, matter_schemas.Relation)):
        assert tuple(table) == codes == get_args(typed)


def acts(html: str) -> set[str]:
    return {address.split("/")[3] for address in re.findall(r'action="(/matters/mat_[^"]+)"', html)}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_form_stands_where_its_act_would_be_refused(language: Language) -> None:
    assert acts(RENDERER.matter(WHOLE, language)) == {
        "title", "case-number", "end", "merge", "split", "members", "recordings", "steps", "statements", "parties",
        "units", "consents"}
    assert acts(RENDERER.matter(STATES["ended"], language)) == {
        "title", "case-number", "go-on", "members", "recordings", "steps", "statements", "parties", "units", "consents"}
    assert acts(RENDERER.matter(LOOKING_ON, language)) == set()


def test_a_year_is_grouped_like_a_count() -> None:
    assert "<dd>2026</dd>" in RENDERER.matter(WHOLE, "en")


def test_who_may_not_deny_is_offered_to() -> None:
    for view, offered in ((WHOLE, 5), (STATES["ended"].__class__(**{**vars(WHOLE), "may_deny": False}), 3)):
        choice = re.findall(r'name="relation">(.*?)</select>', RENDERER.matter(view, "en"))[0]
        assert choice.count("<option") == offered
