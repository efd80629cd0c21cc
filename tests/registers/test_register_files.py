"""Registers by file: what is read for what it is not, what a round trip changes, what unpacks without end."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from rebuild.lived_site import Lived, over
from registers.lines import CODE, ID_NUMBER, held, put, verdicts
from specimen_events import AT, beginning

from api.cli import main
from archive.actors import SYSTEM
from archive.errors import ArchiveError, Refused
from archive.register_kinds import REGISTERS
from archive.registers import apply, preview
from ingest.register_files import FORMS, download, read_lines, template
from ingest.register_sheet import HEADS, read_csv, write_csv
from ingest.register_xlsx import INFLATED, read_xlsx, write_xlsx

PERSON, UNIT = REGISTERS["person"], REGISTERS["unit"]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with over(tmp_path_factory.mktemp("files")) as made:
        made.append(beginning())
        made.clock.at = AT
        yield made


def book(*rows: Sequence[object]) -> bytes:
    made, out = Workbook(), io.BytesIO()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    made.save(out)
    return out.getvalue()


WORDS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\ufeff"), min_size=1, max_size=12) | (
    st.sampled_from(["=1+1", "'=x", "''@a", "+86", "-5", "@SUM(A1)", "'", "00123", "a,b", '"', "编号", "𠮷野", "1e5"]))


@pytest.mark.parametrize("form", FORMS)
@given(rows=st.lists(st.fixed_dictionaries({"number": WORDS, "name": WORDS, "parent": WORDS | st.just("")}),
                     max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_text_comes_back_another(form: str, rows: list[dict[str, str]]) -> None:
    write, read = {"csv": (write_csv, read_csv), "xlsx": (write_xlsx, read_xlsx)}[form]
    found = read(UNIT, write(UNIT, rows))
    assert [dict(row.values) for row in found] == rows
    assert [row.faults for row in found] == [()] * len(rows)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_a_download_given_back_changes_something(lived: Lived, form: str, name: str) -> None:
    put(lived, "unit", {"number": "=1", "name": "'局"}, {"number": "2", "name": "-所", "parent": "=1"})
    put(lived, "person", {"number": "0650101", "name": "张建国", "unit": "2", "heads": "2;=1"})
    put(lived, "certificate", {"number": "新B01", "holder": "0650101", "valid_from": "2026-01-01"})
    put(lived, "recorder", {"vendor": "海康", "serial": "0012", "kind": "x", "code": "+7"})
    put(lived, "party", {"name": "王某", "id_number": ID_NUMBER}, {"name": "某公司", "credit_code": CODE})
    register = REGISTERS[name]
    lines = read_lines(lived.site, register, download(lived.site, SYSTEM, register, form))
    shown = preview(lived.site, SYSTEM, register, lines)
    assert (verdicts(shown), shown.unmatched) == (["unchanged"] * len(held(lived, name)), ())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_a_template_is_not_taken_back(lived: Lived, name: str, form: str) -> None:
    assert read_lines(lived.site, REGISTERS[name], template(REGISTERS[name], form)) == []
    assert {field.name for field in REGISTERS[name].fields} <= set(HEADS)


@pytest.mark.parametrize("data", [
    "编号,名称,上级单位编号\n1,城东所,\n".encode(), "编号,名称,上级单位编号\n1,城东所,\n".encode("utf-8-sig"),
    "编号,名称,上级单位编号\r\n1,城东所,\r\n".encode("gbk"), "Number, NAME \n1,城东所\n".encode(),
    "name,number,,\n城东所,1,,\n\n,,\n".encode(), "ＮＵＭＢＥＲ,名称\n1,城东所\n".encode("gb18030"),
    book(["编号", "名称"], [1, "城东所"], [None, None])])
def test_a_usual_file_is_refused(data: bytes, lived: Lived) -> None:
    (line,) = read_lines(lived.site, UNIT, data)
    assert (dict(line.values), line.faults, line.number) == ({"number": "1", "name": "城东所", "parent": ""}, (), 2)


@pytest.mark.parametrize(("data", "code"), [
    (b"", "register.head"), ("编号\n1\n".encode(), "register.head"), ("编号,名称,编号\n".encode(), "register.head"),
    ("编号,名称,电话\n".encode(), "register.head"), (b"\xff\xff\xff", "register.encoding"),
    (b'number,name\n"1,x\n', "register.file"), (b"PK\x03\x04rubbish", "register.file"),
    (b"x" * (5 << 20), "register.file"), (b"number,name\n" + b"1,x\n" * 5001, "register.too_long"),
    (book(["编号"]), "register.head")])
def test_a_file_with_a_fault_is_taken(lived: Lived, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_lines(lived.site, UNIT, data)
    assert refusal.value.code == code


@pytest.mark.parametrize(("data", "faults"), [
    (b"number,name\n=1+1,x\n", [("number", "register.formula")]),
    (b"number,name\n1,x,y\n", [("", "register.width")]),
    (book(["编号", "名称"], ["=1+1", "x"]), [("number", "register.formula")]),
    (book(["编号", "名称"], [1.5, "x"]), [("number", "register.cell")]),
    (book(["编号", "名称"], [1234567890123456789, "x"]), [("number", "register.cell")]),
    (book(["编号", "名称"], [True, "x"]), [("number", "register.cell")])])
def test_a_cell_is_taken_for_what_it_does_not_say(
        lived: Lived, data: bytes, faults: list[tuple[str, str]]) -> None:
    (line,) = read_lines(lived.site, UNIT, data)
    assert [(fault.field, fault.code) for fault in line.faults] == faults


def test_a_spreadsheet_unpacks_without_end(lived: Lived) -> None:
    made = io.BytesIO(book(["编号", "名称"], ["1", "x"]))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/bomb.xml", bytes(INFLATED))
    with pytest.raises(Refused) as refusal:
        read_xlsx(UNIT, made.getvalue())
    assert refusal.value.code == "register.file"
    assert "unpacked" in refusal.value.message


SOUND = book(["编号", "名称"], ["1", "x"])


@given(at=st.integers(0, len(SOUND) - 1), flip=st.integers(1, 255), cut=st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_broken_spreadsheet_breaks_the_reader(at: int, flip: int, cut: bool) -> None:
    data = SOUND[:at] if cut else SOUND[:at] + bytes([SOUND[at] ^ flip]) + SOUND[at + 1:]
    try:
        read_xlsx(UNIT, data)
    except Refused:  # anything else is a fault of ours
        return


@given(data=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: ("编号,名称\n" + text).encode()))
@settings(max_examples=150, deadline=None)
def test_a_broken_csv_breaks_the_reader(data: bytes) -> None:
    try:
        read_csv(UNIT, data)
    except Refused:  # anything else is a fault of ours
        return


def test_a_new_users_commands_do_not_work(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sheet = tmp_path / "units.xlsx"
    assert main(["register", "template", "unit", "--form", "xlsx", "--out", str(sheet)]) == 0
    assert main(["register", "template", "unit", "--out", str(sheet)]) == 1
    assert main(["register", "template", "person"]) == 0
    assert "编号,名称,所属单位编号" in capfdbinary.readouterr().out.decode("utf-8-sig")


def test_a_line_of_a_file_is_applied_that_was_not_shown(lived: Lived) -> None:
    data = "编号,名称,所属单位编号,负责单位编号\n77,张三,,\n".encode()
    lines = read_lines(lived.site, PERSON, data)
    digest = preview(lived.site, SYSTEM, PERSON, lines).digest
    more = read_lines(lived.site, PERSON, data + "78,李四,,\n".encode())
    with pytest.raises(ArchiveError) as stale:
        apply(lived.site, SYSTEM, PERSON, more, digest)
    assert stale.value.code == "register.stale"
