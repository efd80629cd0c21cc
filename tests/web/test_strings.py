"""The catalogue is complete, holds nothing unused, and the scripts' words and the log's kinds all have sentences."""

import dataclasses
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api.web import catalogue, page_words, room_words, script_words, transcript_words, unclaimed, verifier_page, words
from archive.events import BODIES
from ingest.drop_reasons import REASONS

WEB = Path(catalogue.__file__).parent
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
NO_TEXT = r"\{%.*?%\}|\{\{.*?\}\}|<code>.*?</code>|<!doctype html>"
METHODS = [("templates/**.html", "jinja2.ext.babel_extract"), ("**.py", "python")]


def extracted() -> set[str]:
    """Every text marked in a template or source; of a plural its singular."""
    found = extract_from_dir(
        WEB, METHODS, {"templates/**.html": {"silent": "false"}}, keywords={"_": None, "ngettext": (1, 2)}
    )
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def entries(path: Path = catalogue.CHINESE) -> dict[str, tuple[str, bool]]:
    with path.open("rb") as file:
        messages = [message for message in read_po(file, abort_invalid=True) if message.id]
    return {first(message.id): (first(message.string), message.fuzzy) for message in messages}


def first(forms: str | tuple[str, ...] | list[str] | None) -> str:
    return forms if isinstance(forms, str) else (forms or [""])[0]


def test_no_text_of_ours_lacks_its_chinese() -> None:
    assert extracted() - {text for text, (chinese, _) in entries().items() if chinese.strip()} == set()


def test_no_entry_is_unused_or_fuzzy() -> None:
    assert set(entries()) - extracted() == set()
    assert [text for text, (_, fuzzy) in entries().items() if fuzzy] == []


def test_no_translation_loses_a_placeholder() -> None:
    for text, (chinese, _) in entries().items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(chinese)), text


def test_no_visible_text_of_a_template_escapes_translation() -> None:
    for template in (WEB / "templates").glob("*.html"):
        bare = re.sub(NO_TEXT, "", template.read_text("utf-8"), flags=re.S)
        bare = re.sub(r"<(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>", "\n", bare)
        left = [line for line in bare.split("\n") if re.search(r"[A-Za-z一-鿿]{2}", line)]
        assert set(map(str.strip, left)) <= {"English", "中文", "留痕", "/log/checkpoint"}, (template.name, left)


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(words.EVENTS) == {body.KIND for body in BODIES}


def test_every_reason_for_which_a_file_is_not_taken_in_has_a_sentence() -> None:
    assert set(unclaimed.REASON_WORDS) == REASONS


def test_every_plain_field_of_an_event_has_a_word() -> None:
    internal = {"manifest_nonce", "segment_size", "stored_form", "claimed_size", "arguments", "threads"}
    for body in BODIES:
        assert dataclasses.is_dataclass(body)
        for field in dataclasses.fields(body):
            assert field.name in words.FIELDS or field.name in internal, (body, field.name)


@pytest.mark.parametrize("table", [words.CODES, words.FIELDS, words.SORTS,
                                    page_words.PROBLEM_TITLES, unclaimed.REASON_WORDS])
def test_no_word_is_put_twice_into_chinese_by_accident(table: dict[object, str]) -> None:
    chinese = catalogue.chinese()
    assert all(chinese.gettext(text) != text for text in table.values())


def test_scripts_say_nothing_the_page_has_no_words_for() -> None:
    scripts = {path.name: path.read_text("utf-8") for path in (WEB / "static").glob("*.js")}
    said = set(re.findall(r"words\.(\w+)", scripts["player.js"]))
    assert said == set(script_words.PLAYER_WORDS)
    said = set(re.findall(r"words\.(\w+)", scripts["room_set.js"]))
    assert said == set(room_words.SET_WORDS)
    said = set(re.findall(r"words\.(\w+)", scripts["transcript.js"]))
    assert said == set(transcript_words.FORM_WORDS)
    said = set(re.findall(r"words\.(\w+)", scripts["verify.js"])) | {"proven", "refused", "unchecked"}
    said |= {f"step_{name}" for name in re.findall(r"begin\(\"(\w+)\"\)", scripts["verify.js"])}
    said |= faults("".join(text for name, text in scripts.items() if name not in ("player.js", "room_set.js")))
    assert said - verifier_page.words()["en"].keys() <= set(script_words.VERIFY_WORDS)
    assert set(script_words.VERIFY_WORDS) <= said


def faults(script: str) -> set[str]:
    """Every fault a script can throw, as the code of its sentence."""
    thrown = re.findall(r"new Fault\(\"(\w+)\"", script)
    thrown += re.findall(r"readJson\([^;]*\"(\w+)\"\)", script)
    return {f"fault_{code}" for code in (*thrown, *re.findall(r"requireMembers\([^;]*\"(\w+_f\w+)\"\)", script))}


def test_the_one_file_verifier_says_nothing_it_has_no_words_for() -> None:
    script = verifier_page.bundle("main.js")
    html = (verifier_page.SOURCES / "page.html").read_text("utf-8")
    known = verifier_page.words()["en"].keys()
    assert known == verifier_page.words()["zh"].keys()
    said = {f"step_{name}" for name in re.findall(r"step\(\"(\w+)\"", script)} | faults(script)
    said |= set(re.findall(r"(?:say|Unreadable)\(\"(\w+)\"", script)) | set(re.findall(r"\[\"(\w+)\", \{", script))
    said |= set(re.findall(r"data-word(?:-label)?=\"(\w+)\"", html))
    assert said <= known
    quoted = set(re.findall(r"\"(\w+)\"", script)) | said
    families = {f"{family}_{name}" for family in ("verdict", "input") for name in quoted}
    assert known - quoted - families == set()


def test_a_fuzzy_or_empty_entry_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "zh.po"
    path.write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
                    '#, fuzzy\nmsgid "a"\nmsgstr "甲"\n\nmsgid "b"\nmsgstr ""\n\nmsgid "c"\nmsgstr "丙"\n', "utf-8")
    chinese = catalogue.chinese(path)
    assert [chinese.gettext(text) for text in "abc"] == ["a", "b", "丙"]
    assert chinese.ngettext("c", "cs", 5) == "丙"
    assert catalogue.english().ngettext("c", "cs", 5) == "cs"
    assert catalogue.english().ngettext("c", "cs", 1) == "c"
