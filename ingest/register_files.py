"""Registers by file: a template to fill in, the register as it is in the same form, a file's lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from archive.actors import Actor
from archive.errors import Refused
from archive.party_key import party_key
from archive.register_kinds import Line, Register, read_line
from archive.registers import listed
from archive.site import Site
from ingest.register_sheet import Row, read_csv, write_csv
from ingest.register_xlsx import read_xlsx, write_xlsx

_WRITE: Mapping[str, Callable[[Register, Sequence[Mapping[str, str]]], bytes]] = {"csv": write_csv, "xlsx": write_xlsx}
FORMS = tuple(_WRITE)
_ZIP = b"PK\x03\x04"


def template(register: Register, form: str) -> bytes:
    """A file with the heads alone; ``form``: csv | xlsx. ``Refused register.form``."""
    return _written(register, form, [])


def download(site: Site, actor: Actor, register: Register, form: str) -> bytes:
    """The register as it is in force: given back as it is, it changes nothing. ``Refused register.form``.

    Limit: id numbers of people stand in it as the HMACs they are kept as.
    """
    return _written(register, form, [{word.field: word.value for word in one.words}
                                     for one in listed(site, actor, register)])


def read_lines(site: Site, register: Register, untrusted_data: bytes) -> list[Line]:
    """The lines of a CSV or XLSX, told apart by its first bytes; what is wrong with one stands in it.

    ``Refused register.file | register.encoding | register.head | register.too_long``.
    """
    read = read_xlsx if untrusted_data.startswith(_ZIP) else read_csv
    return lines_of(site, register, read(register, untrusted_data))


def lines_of(site: Site, register: Register, rows: Sequence[Row]) -> list[Line]:
    """Rows as lines of the register."""
    key = key_of(site, register)
    return [_line(register, row, key) for row in rows]


def key_of(site: Site, register: Register) -> bytes:
    """The key of id numbers where the register has any; it is made at the first use."""
    return party_key(site) if any(field.name == "id_number" for field in register.fields) else b""


def _line(register: Register, row: Row, key: bytes) -> Line:
    line = read_line(register, row.number, row.values, key)
    cells = {fault.field for fault in row.faults}
    return replace(line, faults=(*row.faults, *(fault for fault in line.faults if fault.field not in cells)))


def _written(register: Register, form: str, lines: Sequence[Mapping[str, str]]) -> bytes:
    if form not in _WRITE:
        raise Refused("register.form", f"a file is one of {', '.join(FORMS)}")
    return _WRITE[form](register, lines)
