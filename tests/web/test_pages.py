"""Every page and state in both languages: renders, escapes, is labelled, carries nothing inline."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from jinja2 import UndefinedError
from web import matter_specimens, specimens
from web.specimens import AT, FRAME, HISTORY, HOSTILE, LINE, RECORDING, VIDEO, recording

from api.web import addresses, filters
from api.web.csp import CONTENT_SECURITY_POLICY
from api.web.render import Renderer
from api.web.views import Frame, Language, LoginView, ReceiptLine
from api.web.waveform import waveform_path

WEB = Path(addresses.__file__).parent
RENDERER = Renderer()
PAGES = {**specimens.PAGES, **matter_specimens.PAGES}
LANGUAGES: tuple[Language, ...] = ("zh", "en")
CODES_SHOWN = r"\d+ · \w+\.\w+|#\d+ [a-z_.]+/\d"
VOID = {"meta", "link", "input", "br", "img"}


class Elements(HTMLParser):
    """The page's elements as (tag, attributes), its nesting checked as it is read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice on {tag}"
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"{tag} closes another element"
        self.open.pop()

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    chosen: Language = request.param
    return chosen


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, language: Language) -> str:
    return PAGES[request.param](RENDERER, language)


def test_outside_text_never_becomes_markup(page: str) -> None:
    assert "<script>alert" not in page
    assert "'x')</script>" not in page
    assert "49" not in re.findall(r"&amp; (\S+)", page)


def test_nothing_inline_that_the_policy_would_block(page: str) -> None:
    elements = Elements(page)
    for tag, attributes in elements.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        assert not any(value.lower().startswith(("javascript:", "data:")) for value in attributes.values())
        if tag == "script":
            assert attributes["src"].startswith("/static/")
    assert not elements.all("style")


def test_each_form_that_changes_something_carries_the_token(page: str) -> None:
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.S)
    assert forms
    assert all('name="csrf" value="' in form for form in forms)


def test_each_field_has_a_label_and_each_id_stands_once(page: str) -> None:
    elements = Elements(page)
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["for"] for attributes in elements.all("label")}
    for field in elements.all("input"):
        assert field.get("type") == "hidden" or field["id"] in labelled, field
    for _, attributes in elements.found:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert attributes.get(name, ids[0]) in ids


def test_language_title_and_one_main_heading(page: str, language: Language) -> None:
    elements = Elements(page)
    assert elements.all("html")[0]["lang"] == {"zh": "zh-Hans-CN", "en": "en"}[language]
    assert page.count("<h1") == 1
    assert re.search(r"<title>[^<]+</title>", page)
    assert [a for a in elements.all("img") if "alt" not in a] == []


def test_english_pages_hold_no_chinese_of_ours_and_the_other_way_round() -> None:
    ours = re.compile(r"音像记录|保管流转|检查点|利用副本")
    for name, make in PAGES.items():
        assert not ours.search(make(RENDERER, "en")), name
    words = re.compile(r">[^<]*\b(the|recording|custody|Search|Station)\b[^<]*<")
    for name, make in PAGES.items():
        chinese = re.sub(rf'lang="en">.*?<|{CODES_SHOWN}', "<", make(RENDERER, "zh"))
        found = words.search(chinese.replace(HOSTILE, ""))
        assert not found, (name, found)


def test_a_coded_word_is_not_put_for_a_partys_name() -> None:
    page = RENDERER.recording(recording(), "zh")
    assert "<dt>当事人</dt><dd>original</dd>" in page
    assert "<dt>原因</dt><dd>摘要与清单不一致</dd>" in page
    assert "matter.unheard/1" in page
    assert "本页尚无文字说明的一类保管流转事件" in page
    assert "<dd>是</dd>" in page


def test_page_states_its_limits_beside_its_guarantee(language: Language) -> None:
    page = RENDERER.recording(recording(), language)
    for text in {
        "zh": ("不能识破不诚实的服务器", "liuhen verify", "仅为运营者一方之言", "十年后档案仍在", "以您的名义先行记入"),
        "en": ("cannot catch a dishonest server", "liuhen verify", "word only", "in ten years", "under your name"),
    }[language]:
        assert text in page
    words = {"zh": "仅为运营者一方之言", "en": "word only"}[language]
    by_whom = {lines: RENDERER.recording(recording(receipt=ReceiptLine("cosigned", 1, "o", 2, "k", lines)), language)
               for lines in ((), ("court",))}
    assert words in by_whom[()], "cosigners of the operator's own line vouch for nothing"
    assert words not in by_whom["court",]


def test_quarantined_deposit_offers_no_receipt_and_no_verification() -> None:
    page = PAGES["recording_quarantined"](RENDERER, "zh")
    assert "待核查" in page
    assert "摘要与清单不一致" in page
    assert 'id="verify"' not in page
    assert "/receipt" not in page
    assert "原始记录保持接收时的字节" not in page
    assert "不作任何保证" in page


def test_same_bytes_are_noted_with_the_other_deposit() -> None:
    page = RENDERER.recording(recording(), "zh")
    assert "由城西所采集站 03上传" in page
    assert "相同字节另有上传" in page


def test_case_addresses_survive_slashes_brackets_and_chinese() -> None:
    assert addresses.case_address("a/b?号") == "/cases/a%2Fb%3F%E5%8F%B7"
    assert f'href="/cases/{quote("乌市监罚[2026]118号", safe="")}"' in PAGES["start"](RENDERER, "en")
    assert addresses.search_address("a&b") == "/search?case=a%26b"


@pytest.mark.parametrize(
    "untrusted",
    ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x", "search", "/" * 3000],
)
def test_language_switch_sends_nobody_to_another_site(untrusted: str) -> None:
    assert addresses.safe_back(untrusted) == "/"


def test_language_switch_returns_to_the_same_search() -> None:
    assert addresses.safe_back(FRAME.address) == FRAME.address
    assert f'name="back" value="{FRAME.address}"' in PAGES["search_found"](RENDERER, "zh")


def test_time_is_shown_in_beijing_time_with_utc_beside_it() -> None:
    shown = filters.moment(AT)
    assert ">2026-11-21 01:05:09<" in shown
    assert 'title="2026-11-20 17:05:09.123456 UTC"' in shown
    with pytest.raises(ValueError, match="zone"):
        filters.moment(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (48_213_377, "48.2 MB"), (999_600, "1 MB"), (5 * 10**9, "5 GB"),
     (3 * 10**12, "3 TB"), (1234 * 10**12, "1,234 TB")],
)
def test_sizes_are_short_and_never_in_exponents(count: int, text: str) -> None:
    assert filters.size(count) == text


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0, "0:00.0"), (59_999_999, "0:59.9"), (61_500_000, "1:01.5"), (3_661_000_000, "1:01:01.0")],
)
def test_durations_are_never_rounded_up(microseconds: int, text: str) -> None:
    assert filters.duration(microseconds) == text


def test_waveform_shows_silence_and_stays_inside_its_box() -> None:
    assert waveform_path(()) == ""
    assert waveform_path(((0, 0), (-128, 127))) == "M0 127L1 0L1 256L0 128Z"
    numbers = [int(n) for n in re.findall(r"\d+ (\d+)", waveform_path(((-999, 999),)))]
    assert 0 <= min(numbers) <= max(numbers) <= 256


def test_a_field_the_view_lacks_is_an_error_not_a_blank() -> None:
    environment = RENDERER._environments["zh"]
    with pytest.raises(UndefinedError):
        environment.from_string("{{ view.nothing }}").render(view=LoginView(Frame("t", "/", None)))


def test_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert all(value in ("'self'", "'none'") for name, value in rules.items() if name != "script-src")


def test_history_keeps_the_logs_order() -> None:
    page = RENDERER.recording(recording(VIDEO), "en")
    shown = [int(n) for n in re.findall(r"#(\d+) [a-z_.]+/\d+", page)]
    assert shown == [line.index for line in HISTORY]
    assert LINE.recording_id == RECORDING


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_colour_reaches_aa_contrast(scheme: int) -> None:
    style = (WEB / "static" / "liuhen.css").read_text("utf-8")
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", style.split("prefers-color-scheme: dark")[scheme]))
    pairs = [(ink, sheet) for ink in ("ink", "ink-faint", "link") for sheet in ("paper", "sheet", "note-sheet")]
    pairs += [("accent-ink", "accent"), ("good", "good-sheet"), ("wait", "wait-sheet"), ("bad", "bad-sheet"),
              ("good", "sheet"), ("bad", "sheet"), ("wait", "sheet"), ("ink", "bad-sheet"), ("ink", "wait-sheet"),
              ("ink-faint", "bad-sheet")]
    for ink, sheet in pairs:
        light, dark = sorted((luminance(tokens[ink]), luminance(tokens[sheet])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, sheet)
