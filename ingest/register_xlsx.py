"""A register's table as a spreadsheet (ECMA-376), read row by row within limits, and written; openpyxl's only home.

Limit: one sheet, the first; formats, comments and macros are not looked at.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from archive.errors import Refused
from archive.register_kinds import Register
from ingest.register_sheet import FORMULA, HEADS, LARGEST, Cell, Row, rows

INFLATED, PARTS, WIDEST = 64 << 20, 200, 64
"""Bytes of all parts unpacked, as the file itself states them (no part is read further), parts, and columns."""
EXACT = 10 ** 15
"""Numbers from here on a spreadsheet keeps with their last digits lost."""
_UNREADABLE = (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError,
               EOFError, NotImplementedError, RuntimeError, zlib.error)
"""What openpyxl is known to raise on a file that is none; its reader promises no family of errors."""


def read_xlsx(register: Register, untrusted_data: bytes) -> list[Row]:
    """The rows of the first sheet. ``Refused register.file | register.head | register.too_long``.

    A formula is refused, and a number of 16 or more digits, which the spreadsheet has rounded already.
    """
    if len(untrusted_data) > LARGEST:
        raise Refused("register.file", f"a file has at most {LARGEST >> 20} MiB")
    try:
        _require_bounded(untrusted_data)
        book = load_workbook(io.BytesIO(untrusted_data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size decides nothing
        return rows(register, _table(sheet.iter_rows(max_col=WIDEST)))
    except _UNREADABLE as fault:
        raise Refused("register.file", "this is no spreadsheet that can be read; save it as .xlsx again") from fault


def write_xlsx(register: Register, lines: Iterable[Mapping[str, str]]) -> bytes:
    """A spreadsheet of text cells, Chinese heads first: no cell is a formula, no number loses digits."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(register.name)
    for texts in ([HEADS[field.name][0] for field in register.fields],
                  *([values.get(field.name, "") for field in register.fields] for values in lines)):
        sheet.append([_text_cell(sheet, text) for text in texts])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _require_bounded(untrusted_data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(untrusted_data)) as packed:
        parts = packed.infolist()
    if len(parts) > PARTS or sum(part.file_size for part in parts) > INFLATED:
        raise Refused("register.file", f"unpacked, a file has at most {INFLATED >> 20} MiB in {PARTS} parts")


def _table(found: Iterable[Sequence[Any]]) -> Iterator[list[Cell]]:
    for row in found:
        yield [_cell(cell) for cell in row]


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("")
    if cell.data_type == "f":
        return Cell("", FORMULA)
    if isinstance(value, bool) or cell.data_type == "e":
        return Cell("", ("register.cell", "this cell holds neither text, number nor day"))
    if isinstance(value, datetime | date):
        return Cell(value.strftime("%Y-%m-%d"))
    if isinstance(value, int | float):
        if value != int(value) or abs(value) >= EXACT:
            return Cell("", ("register.cell", "a number here has at most 15 digits and no fraction: format the column "
                                              "as text and enter it again"))
        return Cell(str(int(value)))
    return Cell(str(value)) if isinstance(value, str) else Cell("", ("register.cell", "this cell holds neither text, "
                                                                                      "number nor day"))


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text or None)
    if text:
        cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula otherwise
    cell.number_format = "@"
    return cell
