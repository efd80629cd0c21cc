"""The spreadsheet of an old share as CSV: GB18030, UTF-8 or UTF-16, Chinese or English headers, dirty cells named.

Nothing of a bad cell is guessed: it is named with its line and left out.
"""

import codecs
import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.errors import Refused
from archive.event_values import Interval
from archive.proof.digest import Digest
from ingest.adoption_findings import Finding
from ingest.adoption_times import stated

MAX_SHEET = 64 * 1024 * 1024
"""Bytes of a sheet; a row is far below a kilobyte."""
LONGEST = {"vendor": 64, "serial": 64}
LABELS = ("case_no", "party", "handling_officer", "wearer", "wearer_no", "place")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "path": ("文件路径", "文件", "路径", "文件名", "path", "file", "file_name", "filename"),
    "started": ("开始时间", "拍摄时间", "摄录时间", "started", "start", "start_time"),
    "ended": ("结束时间", "ended", "end", "end_time"),
    "case_no": ("案号", "案件编号", "立案号", "case_no", "case_number", "case"),
    "party": ("当事人", "party"),
    "handling_officer": ("承办人", "执法人员", "办案人员", "handling_officer", "officer"),
    "wearer": ("佩戴人", "使用人", "wearer"),
    "wearer_no": ("执法证号", "佩戴人编号", "警号", "wearer_no", "officer_no"),
    "place": ("地点", "执法地点", "place"),
    "vendor": ("设备品牌", "设备厂商", "vendor"),
    "serial": ("设备编号", "设备序列号", "serial"),
}
"""What a column may be called; the first is the template's."""
_BY_NAME = {name: field for field, names in COLUMNS.items() for name in names}


@dataclass(frozen=True)
class SheetRow:
    """One row that names a file. ``untrusted_path`` as written; times as intervals, None when nobody says or it does
    not read; ``values``: cleaned cells by field."""

    line: int
    untrusted_path: str
    started: Interval | None
    ended: Interval | None
    values: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """``digest`` is over the file's bytes; ``findings`` are those that need no look at the share."""

    digest: Digest
    encoding: str
    rows: tuple[SheetRow, ...]
    findings: tuple[Finding, ...]


def template() -> str:
    """A CSV with the Chinese headers and one row to show the forms."""
    shown = {"path": "2023/06/执法记录01.mp4", "started": "2023-06-01 09:30:15", "ended": "2023-06-01 09:45",
             "case_no": "吉市监罚〔2023〕6号", "party": "某公司", "handling_officer": "张建国", "wearer": "李明",
             "wearer_no": "650101", "place": "某路1号", "vendor": "某品牌", "serial": "DSJ-7"}
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow([names[0] for names in COLUMNS.values()])
    writer.writerow([shown[field] for field in COLUMNS])
    return "\ufeff" + made.getvalue()


def read_sheet(untrusted: bytes, now: datetime | None) -> Sheet:
    """Every row, and what is wrong with them by line. ``Refused adopt.sheet`` where it is no such table at all.
    ``now`` None: no time is taken for one still to come."""
    if len(untrusted) > MAX_SHEET:
        raise Refused("adopt.sheet", f"the sheet has more than {MAX_SHEET >> 20} MiB; split it")
    text, encoding = _decoded(untrusted)
    findings: list[Finding] = []
    try:
        lines = _lines(text)
        fields = _header(next(lines, (1, []))[1], findings)
        rows = tuple(row for line, cells in lines if any(cell.strip() for cell in cells)
                     for row in _row(line, fields, cells, now, findings))
    except csv.Error as fault:
        raise Refused("adopt.sheet", f"the sheet does not read as CSV: {fault}") from fault
    digest = Digest("sha256", hashlib.sha256(untrusted).digest())
    return Sheet(digest, encoding, rows, tuple(findings))


def _decoded(untrusted: bytes) -> tuple[str, str]:
    """By its byte order mark; without one UTF-8 if it is that, else GB18030, of which GBK is a part."""
    marks = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
    marked = next(((encoding, len(mark)) for mark, encoding in marks if untrusted.startswith(mark)), None)
    for encoding, skipped in (marked,) if marked else (("utf-8", 0), ("gb18030", 0)):
        try:
            text = untrusted[skipped:].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise Refused("adopt.sheet", "the sheet is text neither in UTF-8, UTF-16 nor GBK; save it as CSV UTF-8")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins in; parted by comma, semicolon or tab, whichever the header has most of."""
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    before = 0
    for cells in reader:
        yield before + 1, cells
        before = reader.line_num


def _header(cells: list[str], findings: list[Finding]) -> list[str | None]:
    names = [unicodedata.normalize("NFKC", cell).strip().lower().replace(" ", "_") for cell in cells]
    fields = [_BY_NAME.get(name) for name in names]
    findings += [Finding("unknown_column", 1, detail=name[:40]) for name, field in zip(names, fields, strict=True)
                 if field is None and name]
    known = [field for field in fields if field]
    if "path" not in known:
        raise Refused("adopt.sheet", f"the first line names no column {COLUMNS['path'][0]} (path); "
                      "`liuhen adopt --template` prints a sheet")
    if twice := [field for field in dict.fromkeys(known) if known.count(field) > 1]:
        raise Refused("adopt.sheet", f"two columns stand for {twice[0]}: {', '.join(COLUMNS[twice[0]])}; keep one")
    return fields


def _row(line: int, fields: list[str | None], cells: list[str], now: datetime | None,
         findings: list[Finding]) -> Iterator[SheetRow]:
    if any(cell.strip() for cell in cells[len(fields):]):
        findings.append(Finding("cells", line))
        return
    said = {field: cell.strip() for field, cell in zip(fields, cells, strict=False) if field and cell.strip()}
    path = said.pop("path", "")
    if not path:
        findings.append(Finding("no_path", line))
        return
    started, ended = (_time(line, said.pop(name, ""), now, findings) for name in ("started", "ended"))
    if started and ended and ended.latest < started.earliest:
        findings.append(Finding("times_contradict", line))
        started = ended = None
    for name, value in list(said.items()):
        if len(value) > LONGEST.get(name, 500) or not value.isprintable():
            findings.append(Finding("bad_value", line, detail=COLUMNS[name][0]))
            del said[name]
    yield SheetRow(line, path, started, ended, said)


def _time(line: int, cell: str, now: datetime | None, findings: list[Finding]) -> Interval | None:
    if not cell:
        return None
    try:
        told = stated(cell)
    except ValueError:
        findings.append(Finding("bad_time", line, detail=cell[:40]))
        return None
    if now is not None and told.earliest > now:
        findings.append(Finding("future_time", line, detail=cell[:40]))
        return None
    return told
