"""Register lines as tests write them, and applying them by hand or as a feed."""

from collections.abc import Mapping, Sequence

from rebuild.lived_site import Lived
from specimen_events import STATION

from archive.actors import SYSTEM, Actor
from archive.party_key import party_key
from archive.register_kinds import REGISTERS, Line, read_line
from archive.register_plan import Plan
from archive.registers import apply, listed, preview

FEED = Actor(STATION)
CODE, OTHER_CODE = "91350100M000100Y43", "911101080000000007"
ID_NUMBER = "11010519491231002X"


def read(lived: Lived, name: str, rows: Sequence[Mapping[str, str]]) -> list[Line]:
    key = party_key(lived.site) if name == "party" else b""
    return [read_line(REGISTERS[name], number, row, key, row.get("external_id")) for number, row in enumerate(rows, 2)]


def put(lived: Lived, name: str, *rows: Mapping[str, str], account: str | None = None) -> Plan:
    """Preview and apply, as one would; the plan that was applied."""
    lines, actor = read(lived, name, rows), SYSTEM if account is None else FEED
    shown = preview(lived.site, actor, REGISTERS[name], lines, account)
    return apply(lived.site, actor, REGISTERS[name], lines, shown.digest, account)


def verdicts(plan: Plan) -> list[str]:
    return [line.verdict for line in plan.lines]


def held(lived: Lived, name: str) -> list[dict[str, str]]:
    """The register as it is in force."""
    return [{word.field: word.value for word in one.words} for one in listed(lived.site, SYSTEM, REGISTERS[name])]
