"""A register's table as a file has it: heads in Chinese or English, rows of text; CSV read and written here.

Sources: RFC 4180 for CSV; UTF-8 with or without byte order mark, else GB 18030 (which holds GBK).
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive.errors import Refused
from archive.register_kinds import Fault, Register
from archive.registers import MOST

HEADS: Mapping[str, tuple[str, str]] = {
    "number": ("编号", "number"), "name": ("名称", "name"), "parent": ("上级单位编号", "parent unit number"),
    "unit": ("所属单位编号", "unit number"), "heads": ("负责单位编号", "heads units"),
    "holder": ("持证人编号", "holder number"), "valid_from": ("有效期自", "valid from"),
    "valid_to": ("有效期至", "valid to"), "vendor": ("厂商", "vendor"), "serial": ("序列号", "serial"),
    "kind": ("设备类型", "kind of device"), "code": ("编码", "code"),
    "credit_code": ("统一社会信用代码", "unified social credit code"), "id_number": ("公民身份号码", "id number"),
}
"""Of each field the Chinese head, which templates bear, and the English one; the field's own name counts too."""
LARGEST = 4 << 20
"""Bytes of a file."""
_FORMULA = re.compile(r"'*[=+\-@]").match
_QUOTED = re.compile(r"'+[=+\-@]").match


@dataclass(frozen=True)
class Row:
    """A row that is not empty: its line in the file (the head is 1), its text by field, cells that are no text."""

    number: int
    values: Mapping[str, str]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A cell's text; ``fault``: code and sentence where it holds what is not taken."""

    text: str
    fault: tuple[str, str] | None = None


FORMULA = ("register.formula", "a formula is not taken; put its value in")


def read_csv(register: Register, untrusted_data: bytes) -> list[Row]:
    """The rows of a CSV. ``Refused register.file | register.encoding | register.head | register.too_long``."""
    if len(untrusted_data) > LARGEST:
        raise Refused("register.file", f"a file has at most {LARGEST >> 20} MiB")
    text = _decoded(untrusted_data)
    try:
        # Cells copied out of a spreadsheet come with tabs between.
        delimiter = "\t" if "\t" in text.split("\n", 1)[0] else ","
        table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return rows(register, ([_csv_cell(cell) for cell in row] for row in table))
    except csv.Error as fault:
        raise Refused("register.file", f"this is no CSV: {fault}") from fault


def write_csv(register: Register, lines: Iterable[Mapping[str, str]]) -> bytes:
    """A CSV that spreadsheets open: UTF-8 with byte order mark, Chinese heads. A text that a spreadsheet would take for
    a formula gets a ``'`` before it, which ``read_csv`` takes away."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([HEADS[field.name][0] for field in register.fields])
    for values in lines:
        texts = [values.get(field.name, "") for field in register.fields]
        writer.writerow([f"'{text}" if _FORMULA(text) else text for text in texts])
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def rows(register: Register, table: Iterable[Sequence[Cell]]) -> list[Row]:
    """Rows under their heads. ``Refused register.head`` for a head that is missing, unknown or there twice,
    ``register.too_long``."""
    cells = iter(table)
    heads = _heads(register, next(cells, ()))
    found = list[Row]()
    for number, row in enumerate(cells, 2):
        if not any(cell.text.strip() or cell.fault for cell in row):
            continue
        if len(found) == MOST:
            raise Refused("register.too_long", f"a file has at most {MOST} lines; split it")
        found.append(Row(number, {name: row[place].text for name, place in heads.items() if place < len(row)},
                         tuple(_faults(heads, row))))
    return found


def _faults(heads: Mapping[str, int], row: Sequence[Cell]) -> Iterator[Fault]:
    for name, place in heads.items():
        fault = row[place].fault if place < len(row) else None
        if fault is not None:
            yield Fault(name, *fault)
    if any(cell.text.strip() or cell.fault for cell in row[len(heads):] if len(row) > max(heads.values()) + 1):
        yield Fault("", "register.width", "this line has more cells than there are heads")


def _heads(register: Register, row: Sequence[Cell]) -> dict[str, int]:
    known = {_folded(word): field.name for field in register.fields for word in (field.name, *HEADS[field.name])}
    texts = [_folded(cell.text) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    found = [known.get(text) for text in texts]
    strange = [row[place].text for place, name in enumerate(found) if name is None]
    missing = [HEADS[field.name][0] for field in register.fields if field.required and field.name not in found]
    if strange or missing or len(set(found)) != len(found):
        raise Refused("register.head", f"the first line must name columns of the template, each once; missing: "
                      f"{', '.join(missing) or '-'}; unknown: {', '.join(text[:40] for text in strange) or '-'}")
    return {name: place for place, name in enumerate(found) if name is not None}


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())


def _csv_cell(text: str) -> Cell:
    if text.startswith("="):
        return Cell("", FORMULA)
    return Cell(text[1:] if _QUOTED(text) else text)


def _decoded(untrusted_data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return untrusted_data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("register.encoding", "the file is neither UTF-8 nor GBK text; save it as CSV again")
