"""Rules as data: a pack quotes the clauses of one document, with their numbers, and keeps apart what is ours.

Limit: a pack is only as right as its transcription; who relies on it compares it with the document it names.
"""

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from archive.errors import NotFound, Refused

PACKS = Path(__file__).parent / "rulepacks"
DEFAULT_PACK = "urumqi-market-2019"
Words = Annotated[str, Field(min_length=1)]
LabelName = Literal["case_no", "matter", "party", "handling_officer", "wearer", "place"]


class _Part(BaseModel):
    """Frozen; unknown keys are refused, so that a misspelt one cannot pass for set."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Told(_Part):
    """One statement in both languages."""

    zh: Words
    en: Words


class Ours(Told):
    """How this archive reads a clause: design, not law. ``instead``: labels that stand for one the clause names."""

    instead: Mapping[LabelName, list[LabelName]] = {}


class Clause(_Part):
    """One clause. ``quotes``: words of the document itself, perhaps none; ``paraphrase``: what it says besides.

    ``hours`` count from ``counted_from``; ``labels`` are what R25 asks for; ``moves``: rules whose hours begin anew
    at the return (R27).
    """

    rule: Annotated[str, Field(pattern=r"^R[1-9][0-9]{0,2}$")]
    article: Words
    subject: Literal["deposit", "label", "return", "keep"]
    quotes: list[Words]
    paraphrase: Told
    ours: Ours
    hours: Annotated[int, Field(gt=0, le=24 * 366)] | None = None
    counted_from: Literal["recording_made", "return_to_unit"] | None = None
    satisfied_by: list[Literal["archive", "dedicated_store"]] = []
    labels: list[LabelName] = []
    moves: list[str] = []

    @property
    def term(self) -> timedelta:
        """The hours, for clauses that have some."""
        return timedelta(hours=self.hours or 0)

    @model_validator(mode="after")
    def _whole(self) -> "Clause":
        counted = {"deposit": "recording_made", "label": "recording_made", "return": "return_to_unit", "keep": None}
        if self.counted_from != counted[self.subject] or (self.hours is None) != (self.subject == "keep"):
            raise ValueError(f"a {self.subject} clause has other hours or is counted from elsewhere")
        given = {"deposit": bool(self.satisfied_by), "label": bool(self.labels), "return": bool(self.moves)}
        if any(there != (kind == self.subject) for kind, there in given.items()):
            raise ValueError("satisfied_by is for deposit, labels for label and moves for return clauses, each needed")
        return self


class OurBounds(_Part):
    """``no_recorder_before``: an earlier time on a recorder means that its clock had lost the time."""

    no_recorder_before: date


class RulePack(_Part):
    """The clauses of one document. ``source`` is its number in the sources (S0 …); ``version`` counts transcriptions.

    ``in_force_from`` and ``in_force_until`` are a year or a day, as precisely as the document's date is known.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")]
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
    source: Annotated[str, Field(pattern=r"^S[0-9]+$")]
    title: Words
    in_force_from: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$")]
    in_force_until: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$")] | None = None
    clause: Annotated[list[Clause], Field(min_length=1)]
    ours: OurBounds

    @model_validator(mode="after")
    def _agrees(self) -> "RulePack":
        rules = [clause.rule for clause in self.clause]
        if len(set(rules)) != len(rules):
            raise ValueError("a rule stands twice in the pack")
        timed = {clause.rule for clause in self.clause if clause.counted_from == "recording_made"}
        if any(not set(clause.moves) <= timed for clause in self.clause):
            raise ValueError("a return clause moves a rule that has no hours in the pack")
        return self

    @property
    def timed(self) -> tuple[Clause, ...]:
        """The clauses that set a recording a term, in the pack's order."""
        return tuple(clause for clause in self.clause if clause.counted_from == "recording_made")

    @property
    def clock_floor(self) -> datetime:
        """``no_recorder_before`` as a time, UTC."""
        return datetime.combine(self.ours.no_recorder_before, time(), UTC)

    def on_return(self, rule: str) -> Clause | None:
        """The clause that moves this rule's term to the return, if the pack has one."""
        return next((clause for clause in self.clause if rule in clause.moves), None)

    def clause_id(self, rule: str) -> str:
        """How an event names a clause: pack/version/rule."""
        return f"{self.id}/{self.version}/{rule}"


def load_pack(name: str, folder: Path = PACKS) -> RulePack:
    """A shipped pack by its id. ``NotFound rules.unknown_pack``, ``Refused rules.malformed`` with where and why."""
    shipped = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    if name not in shipped:
        raise NotFound("rules.unknown_pack", f"there is no rule pack {name!r}; set rules.pack to one of: "
                       + ", ".join(shipped))
    pack = parse_pack(shipped[name].read_text("utf-8"))
    if pack.id != name:
        raise Refused("rules.malformed", f"the pack {name} calls itself {pack.id}")
    return pack


def parse_pack(untrusted_text: str) -> RulePack:
    """A pack from TOML; ``Refused rules.malformed`` for anything the schema does not know or lacks."""
    try:
        return RulePack.model_validate(tomllib.loads(untrusted_text))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the pack"
        raise Refused("rules.malformed", f"the rule pack is wrong at {where}: {first['msg']}") from fault
    except ValueError as fault:
        raise Refused("rules.malformed", f"the rule pack does not read as TOML: {fault}") from fault
