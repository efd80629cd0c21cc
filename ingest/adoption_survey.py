"""A look over an old share before anything is taken in: what lies there, what its sheet says, what contradicts.

The share is only read; every file is read once, to its digest.
"""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, select

from archive.errors import Refused
from archive.proof.digest import Digest
from archive.recordings import RECORDING
from archive.site import Site
from ingest.adoption_findings import WORDS, Finding
from ingest.adoption_sheet import Sheet, SheetRow
from ingest.drop_deposit import Pace, at_once, measured
from ingest.drop_listing import Found, look, opened_file
from ingest.drop_reasons import NotYet, Unclaimed

CHUNK = 500
NAME_ENCODING = "gb18030"
_DRIVE = re.compile(r"^(?:[A-Za-z]:)?/+")
_MEDIA = re.compile(
    rb"....(?:ftyp|moov|mdat|wide|free|skip)|RIFF....(?:AVI |WAVE)|\xff\xd8\xff|\x89PNG\r\n|\x00\x00\x01[\xba\xb3]|"
    rb"\x1aE\xdf\xa3|\x30\x26\xb2\x75|FLV\x01|OggS|fLaC|#!AMR|ID3|\xff[\xe2-\xff]|G.{187}G|II\*\x00|MM\x00\*|BM....\0\0",
    re.DOTALL).match
_ZIPPED = frozenset({".docx", ".docm", ".ofd"})
"""Documents that begin as any zip does: of an old share's other zips nobody has asked."""
_HEADERLESS = frozenset({".g722", ".g711", ".pcm", ".ts", ".dav", ".h264", ".264", ".265", ".mp3", ".aac"})
"""Forms that begin with no mark of their own, or of recorders' makers: taken by their suffix."""
Show = Callable[[int, int], None]
"""Told how many files were read, of how many."""


@dataclass(frozen=True)
class Adoptable:
    """A file that can be taken in, its digest, and its row of the sheet if it has one."""

    found: Found
    digest: Digest
    row: SheetRow | None


@dataclass(frozen=True)
class Survey:
    """``files``, ``size`` (bytes): all that lies there; ``adoptable`` in the order of their paths; ``compared``: an
    archive was asked which bytes it holds already."""

    files: int
    size: int
    adoptable: tuple[Adoptable, ...]
    findings: tuple[Finding, ...]
    compared: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each code, in the order of ``WORDS``."""
        found = [one.code for one in self.findings]
        return {code: found.count(code) for code in WORDS if code in found}


@dataclass
class Matching:
    """Rows by the path of their file, and what is wrong with the others."""

    by_file: dict[str, SheetRow] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def survey(root: Path, sheet: Sheet, site: Site | None, pace: Pace = at_once,
           show: Show = lambda done, total: None) -> Survey:
    """Read everything below ``root`` once. ``site`` None: no archive is compared with. ``Refused adopt.folder``."""
    found = listed(root)
    matched = match(found, sheet.rows)
    findings = [*sheet.findings, *matched.findings]
    whole = list[tuple[Found, Digest]]()
    for number, one in enumerate(found, 1):
        try:
            whole.append((one, _read(root, one, pace)))
        except (Unclaimed, NotYet) as fault:
            reason = fault.reason if isinstance(fault, Unclaimed) else "gone"
            findings.append(_about(one, reason, fault.detail if isinstance(fault, Unclaimed) else ""))
        show(number, len(found))
    held = held_digests(site, [str(digest) for _, digest in whole]) if site else frozenset[str]()
    adoptable, firsts = list[Adoptable](), dict[Digest, Found]()
    for one, digest in whole:
        if str(digest) in held:
            findings.append(_about(one, "already_held"))
        elif digest in firsts:
            findings.append(_about(one, "duplicate", firsts[digest].path))
        else:
            firsts[digest] = one
            adoptable.append(Adoptable(one, digest, matched.by_file.get(one.path)))
    findings += _missing(adoptable)
    return Survey(len(found), sum(one.size for one in found), tuple(adoptable), tuple(findings), site is not None)


def listed(root: Path) -> list[Found]:
    """Everything below ``root`` in order of paths; names that are not UTF-8 are read as GB18030."""
    try:
        return sorted(look(root, NAME_ENCODING, everything=True), key=lambda one: one.path)
    except OSError as fault:
        raise Refused("adopt.folder", f"{root} cannot be read: {fault.strerror}") from fault


def match(found: Sequence[Found], rows: Sequence[SheetRow]) -> Matching:
    """Which row is of which file, by path: as written, else whatever its slashes, case and NFC/NFD form."""
    exact = {_readable(one): one for one in found}
    loose = _grouped(found)
    made = Matching()
    for row in rows:
        written = _DRIVE.sub("", row.untrusted_path.replace("\\", "/")).removeprefix("./")
        here = [exact[written]] if written in exact else loose.get(_loosely(written), [])
        if len(here) != 1:
            made.findings.append(Finding("ambiguous" if here else "no_file", row.line, detail=row.untrusted_path[:200]))
        elif here[0].path in made.by_file:
            made.findings.append(Finding("row_twice", row.line, here[0].path))
        else:
            made.by_file[here[0].path] = row
            if written not in exact:
                made.findings.append(Finding("spelled_otherwise", row.line, here[0].path))
    return made


def held_digests(site: Site, digests: Sequence[str], only: str | None = None) -> frozenset[str]:
    """Those of the digests that some recording of the archive has; ``only``: that this station delivered."""
    found = set[str]()
    for at in range(0, len(digests), CHUNK):
        found.update(site.db.read(partial(_held, digests=digests[at:at + CHUNK], only=only)))
    return frozenset(found)


def _held(c: Connection, digests: Sequence[str], only: str | None) -> Sequence[str]:
    query = select(RECORDING.c.digest).where(RECORDING.c.digest.in_(digests))
    return c.execute(query if only is None else query.where(RECORDING.c.station == only)).scalars().all()


def _read(root: Path, one: Found, pace: Pace) -> Digest:
    if one.fault is not None:
        raise Unclaimed(*one.fault)
    if one.size == 0:
        raise Unclaimed("empty")
    with opened_file(root, one) as descriptor:
        try:
            begins = os.pread(descriptor, 512, 0)
        except OSError as fault:
            raise Unclaimed("unreadable", fault.strerror or "") from fault
        if not _is_known(begins, Path(one.name).suffix.lower()):
            raise Unclaimed("not_media")
        return measured(descriptor, one, pace)


def _is_known(begins: bytes, suffix: str) -> bool:
    zipped = begins.startswith(b"PK\x03\x04") and suffix in _ZIPPED
    return bool(_MEDIA(begins)) or b"%PDF-" in begins or zipped or suffix in _HEADERLESS


def _missing(adoptable: Sequence[Adoptable]) -> list[Finding]:
    findings = []
    for one in adoptable:
        row = one.row
        if row is None:
            findings.append(_about(one.found, "no_row"))
            continue
        if not row.values.keys() & {"handling_officer", "wearer", "wearer_no"}:
            findings.append(Finding("no_officer", row.line, one.found.path))
        if row.started is None and row.ended is None:
            findings.append(Finding("no_time", row.line, one.found.path))
    return findings


def _about(one: Found, code: str, detail: str = "") -> Finding:
    return Finding(code, None, one.path, detail)


def _grouped(found: Sequence[Found]) -> dict[str, list[Found]]:
    made: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        made[_loosely(_readable(one))].append(one)
    return made


def _readable(one: Found) -> str:
    return "/".join([*(_text(part) for part in one.folder), one.name])


def _text(untrusted_part: str) -> str:
    raw = os.fsencode(untrusted_part)
    for encoding in ("utf-8", NAME_ENCODING):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return untrusted_part


def _loosely(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
