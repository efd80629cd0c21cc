"""The registers there are, one row each: their fields, what identifies a thing, and what refers to what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from archive import register_fields as fields
from archive.errors import ArchiveError, NotFound, Refused
from archive.register_fields import Read


@dataclass(frozen=True)
class Field:
    """``refers``: the register whose numbers it names, one, or with ``many`` several with ``;`` between."""

    name: str
    required: bool = False
    read: Read = fields.text
    refers: str | None = None
    many: bool = False


@dataclass(frozen=True)
class Register:
    """``keys``: combinations of fields each of which identifies a thing. ``fixed``: what is once stated stays."""

    name: str
    prefix: str
    fields: tuple[Field, ...]
    keys: tuple[tuple[str, ...], ...] = (("number",),)
    fixed: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line; ``field`` empty when it is the line as a whole."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class Line:
    """A line as read: ``values`` of every field, ``""`` for an empty one. ``external_id``: the source's own id."""

    number: int
    values: Mapping[str, str]
    faults: tuple[Fault, ...] = ()
    external_id: str | None = None


REGISTERS: Mapping[str, Register] = {register.name: register for register in (
    Register("unit", "unt", (
        Field("number", True), Field("name", True), Field("parent", read=fields.reference, refers="unit"))),
    Register("person", "usr", (
        Field("number", True), Field("name", True), Field("unit", read=fields.reference, refers="unit"),
        Field("heads", read=fields.references, refers="unit", many=True))),
    Register("certificate", "crt", (
        Field("number", True), Field("holder", True, fields.reference, refers="person"),
        Field("valid_from", True, fields.day), Field("valid_to", read=fields.day))),
    Register("recorder", "rcd", (
        Field("vendor", True), Field("serial", True), Field("kind", True), Field("code")),
        keys=(("vendor", "serial"),), fixed=True),
    Register("party", "par", (
        Field("name", True), Field("credit_code", read=fields.credit_code),
        Field("id_number", read=fields.id_number)), keys=(("credit_code",), ("id_number",))),
)}


def register_of(untrusted_name: str) -> Register:
    """``NotFound register.unknown``."""
    found = REGISTERS.get(untrusted_name)
    if found is None:
        raise NotFound("register.unknown", f"there is no such register; there are {', '.join(REGISTERS)}")
    return found


@dataclass
class _Reading:
    values: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_line(register: Register, number: int, untrusted_values: Mapping[str, str], key: bytes,
              external_id: str | None = None) -> Line:
    """A line from outside, every field read by itself; what is wrong stands in ``faults``, and nothing raises.

    ``key``: under which id numbers become HMACs. A field that is not there counts as empty.
    """
    read = _Reading()
    for one in register.fields:
        untrusted_text = untrusted_values.get(one.name, "").strip()
        try:
            if not untrusted_text and one.required:
                raise Refused("register.required", f"{one.name} must be given")
            read.values[one.name] = one.read(untrusted_text, key) if untrusted_text else ""
        except ArchiveError as fault:
            read.values[one.name] = ""
            read.faults.append(Fault(one.name, fault.code, fault.message))
    if not read.faults and not any(all(read.values[name] for name in names) for names in register.keys):
        read.faults.append(Fault("", "register.unidentified", "nothing in this line identifies what it is about: give "
                                 + " or ".join("+".join(names) for names in register.keys)))
    start, end = read.values.get("valid_from", ""), read.values.get("valid_to", "")
    if start and end and end < start:
        read.faults.append(Fault("valid_to", "register.day", "it ends before it begins"))
    return Line(number, read.values, tuple(read.faults), external_id)
