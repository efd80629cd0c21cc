"""Documents as the media adapter tells and reads them: real ones, and what outsiders may send instead."""

from pathlib import Path

import pytest
from documents import papers
from documents.papers import VECTORS
from hypothesis import given, settings
from hypothesis import strategies as st
from media.conftest import SANDBOXES

from archive.adapters import document_child
from archive.adapters.document_child import Package, Refusal, joined, kept, of_docx, of_ofd
from archive.adapters.ffmpeg import FfmpegMedia
from archive.mediums import medium_of
from archive.ports import DocumentText, MediaRefused

ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.fixture(scope="module", params=SANDBOXES)
def confined(request: pytest.FixtureRequest) -> FfmpegMedia:
    return FfmpegMedia(sandbox_kinds=(request.param,))


def read(media: FfmpegMedia, path: Path, data: bytes) -> DocumentText:
    path.write_bytes(data)
    facts = media.probe(path)
    assert medium_of(facts.container) == "document"
    assert facts.streams == ()
    return media.document(path, facts.container)


@pytest.mark.parametrize(("name", "pages", "said"), [
    ("record.docx", None, [(None, one) for one in (
        "询问笔录", "问：你的姓名？", "答：张某某。", "表一", "表二", "以上笔录我看过，和我说的一样。")]),
    ("notice.pdf", 2, [(1, "责令改正通知书。"), (1, "你单位未取得食品经营许可，违反《食品安全法》第三十五条。"),
                       (2, "请于2026年3月20日前改正。")]),
    ("scan.pdf", 1, [])])
def test_a_real_document_is_told_by_its_name_or_read_wrongly(
        confined: FfmpegMedia, tmp_path: Path, name: str, pages: int | None,
        said: list[tuple[int | None, str]]) -> None:
    found = read(confined, tmp_path / "photo.jpg", (VECTORS / name).read_bytes())
    assert (found.pages, list(found.paragraphs)) == (pages, said)
    assert {tool.name for tool in found.tools} == {"pypdf", "defusedxml"}


def test_an_ofd_is_no_document_or_loses_a_page(confined: FfmpegMedia, tmp_path: Path) -> None:
    found = read(confined, tmp_path / "a", papers.ofd([["行政处罚", "决定书。", "当事人：某公司。"], [], ["本决定"]]))
    assert (found.pages, found.paragraphs) == (3, (
        (1, "行政处罚决定书。"), (1, "当事人：某公司。"), (3, "本决定")))


def test_a_script_in_a_document_keeps_its_text_from_being_read(confined: FfmpegMedia, tmp_path: Path) -> None:
    run = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"
    assert read(confined, tmp_path / "a.pdf", papers.pdf(catalogue=run)).paragraphs == ((1, "Hello there."),)
    macro = papers.docx_members(["有宏"], "application/vnd.ms-word.document.macroEnabled.main+xml")
    said = read(confined, tmp_path / "a.docm", papers.packed(macro | {"word/vbaProject.bin": b"\xd0\xcf"}))
    assert said.paragraphs == ((None, "有宏"),)


def _bomb(kind: str) -> bytes:
    large = b"<a>" + b" " * (200 << 20) + b"</a>"
    if kind == "docx":
        return papers.packed(papers.docx_members([]) | {"word/document.xml": large})
    return papers.packed(papers.ofd_members([["一"]]) | {"Doc_0/Pages/Page_0/Content.xml": large})


def _entity(kind: str) -> bytes:
    members = papers.docx_members(["一"]) if kind == "docx" else papers.ofd_members([["一"]])
    name = "word/document.xml" if kind == "docx" else "OFD.xml"
    said = str(members[name]).replace("一", "&e;").replace("Doc_0", "&e;Doc_0")
    return papers.packed(members | {name: ENTITY + said})


FAULTS = {
    "bomb.docx": (lambda: _bomb("docx"), "too_large"),
    "bomb.ofd": (lambda: _bomb("ofd"), "too_large"),
    "entity.docx": (lambda: _entity("docx"), "undecodable"),
    "entity.ofd": (lambda: _entity("ofd"), "undecodable"),
    "torn.docx": (lambda: papers.docx(["一" * 999])[:-60], "not_media"),
    "torn.pdf": (lambda: papers.pdf()[:40], "undecodable"),
    "other.docx": (lambda: papers.packed({"a.txt": "no document"}), "not_media"),
    "untyped.docx": (lambda: papers.packed({"word/document.xml": "<a/>", papers.TYPES: "<Types/>"}), "not_media"),
    "many.docx": (lambda: papers.packed({f"{n}": "" for n in range(10_001)}), "too_large"),
    "outside.ofd": (lambda: papers.packed({"OFD.xml": "<O><DocRoot>../../../etc/passwd</DocRoot></O>"}),
                    "undecodable"),
    "encrypted.pdf": (lambda: papers.pdf(trailer="/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(x)/U(y)>>/ID[(a)(b)]"),
                      "encrypted|undecodable"),
    "long.docx": (lambda: papers.docx(["字"] * 20_001), "too_large"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_hostile_document_is_unpacked_followed_or_waited_for(confined: FfmpegMedia, tmp_path: Path,
                                                               name: str) -> None:
    make, reason = FAULTS[name]
    with pytest.raises(MediaRefused) as refused:
        read(confined, tmp_path / name, make())
    assert refused.value.reason in reason.split("|")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TEXT, max_size=4), max_size=4))
def test_a_page_of_an_ofd_gains_or_loses_a_character(tmp_path_factory: pytest.TempPathFactory,
                                                     pages: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("ofd") / "a"
    path.write_bytes(papers.ofd(pages))
    count, said = of_ofd(str(path))
    assert count == len(pages)
    for number, lines in enumerate(pages, 1):
        found = "".join(text for page, text in said if page == number)
        assert "".join(found.split()) == "".join("".join(lines).split())


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT.filter(lambda text: text == text.strip()), max_size=9))
def test_paragraphs_of_a_docx_are_run_together(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> None:
    path = tmp_path_factory.mktemp("docx") / "a"
    path.write_bytes(papers.docx(said))
    assert of_docx(str(path)) == (None, [(None, text) for text in said if text.strip()])


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2000))
def test_an_ofd_with_garbage_in_it_ends_the_reader_otherwise_than_by_a_fault(
        tmp_path_factory: pytest.TempPathFactory, garbage: bytes, at: int) -> None:
    data = bytearray(papers.ofd([["一", "二"]]))
    data[at:at + len(garbage)] = garbage
    path = tmp_path_factory.mktemp("garbage") / "a"
    path.write_bytes(data)
    order = {"source": str(path), "as": "ofd", "libraries": {}}
    found = document_child.answer(order)
    assert found.get("refused", "") in ("", "undecodable", "too_large")


def test_lines_of_one_sentence_stay_apart() -> None:
    assert list(joined(iter(["a b", "c.", "", "甲乙", "丙。", "丁"]))) == ["a b c.", "甲乙丙。", "丁"]
    with pytest.raises(Refusal):
        kept((None, "字") for _ in range(20_001))


def test_a_member_is_read_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(papers.packed({f"{n}": b" " * (60 << 20) for n in range(3)}))
    package = Package(str(path))
    package.read("0")
    package.read("1")
    with pytest.raises(Refusal, match="too_large"):
        package.read("2")
