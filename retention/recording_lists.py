"""Recording lists 音像记录事项清单 as data (R5-R7): what each plan wants recorded, quoted; what is ours, apart.

Limit: a list is only as right as its transcription; who relies on it compares it with the plan it names.
"""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from archive.errors import NotFound, Refused
from archive.step_items import STEP_ITEMS

LISTS = Path(__file__).parent / "recordinglists"
Mode = Literal["whole", "must", "should"]
"""To be recorded as a whole process 全程 (R5) | to be recorded 要进行 (R6) | as the case requires (R6)."""
Words = Annotated[str, Field(min_length=1)]
Seconds = Annotated[int, Field(ge=0, le=600)]


def _known(code: str) -> str:
    if code not in STEP_ITEMS:
        raise ValueError(f"no step is called {code!r}; a step is one of {', '.join(STEP_ITEMS)}")
    return code


Item = Annotated[str, AfterValidator(_known)]


class _Part(BaseModel):
    """Frozen; unknown keys are refused, so that a misspelt one cannot pass for set."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Reading(_Part):
    """How this archive reads an item: design, not law. ``includes``: steps that fall under it without being named."""

    zh: Words
    en: Words
    includes: list[Item] = []


class ListItem(_Part):
    """One kind of step. ``quotes``: words of the plan itself, perhaps none."""

    code: Item
    zh: Words
    en: Words
    mode: Mode
    rule: Literal["R5", "R6"]
    article: Words
    quotes: list[Words]
    ours: Reading | None = None

    @model_validator(mode="after")
    def _fits(self) -> "ListItem":
        if (self.mode == "whole") != (self.rule == "R5"):
            raise ValueError("a whole process is R5's, the others are R6's")
        return self


class OurTolerance(_Part):
    """``joined_within_s``: takes that follow one another within this are one cover. ``edge_within_s``: a beginning this
    late or an end this early is forgiven, but never more than ``edge_percent`` of the step's length."""

    joined_within_s: Seconds
    edge_within_s: Seconds
    edge_percent: Annotated[int, Field(ge=0, le=25)]

    @property
    def joined(self) -> timedelta:
        """What is forgiven between two takes."""
        return timedelta(seconds=self.joined_within_s)

    def edge(self, length: timedelta) -> timedelta:
        """What is forgiven at either end of a step of this length."""
        return min(timedelta(seconds=self.edge_within_s), max(length, timedelta()) * self.edge_percent / 100)


class RecordingList(_Part):
    """The list of one plan; ``id`` is its rule pack's where there is one. ``source`` is its number in the sources
    (S0 …); ``version`` counts transcriptions."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
    source: Annotated[str, Field(pattern=r"^S[0-9]+$")]
    title: Words
    in_force_from: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$")]
    item: Annotated[list[ListItem], Field(min_length=1)]
    ours: OurTolerance

    @model_validator(mode="after")
    def _agrees(self) -> "RecordingList":
        answered = [item.code for item in self.item] + [code for item in self.item if item.ours
                                                        for code in item.ours.includes]
        if len(set(answered)) != len(answered):
            raise ValueError("a step stands twice in the list, named or included")
        return self

    @property
    def by_code(self) -> Mapping[str, ListItem]:
        """The items it names."""
        return {item.code: item for item in self.item}

    def about(self, code: str) -> ListItem | None:
        """The item a step falls under: the one of its name, else the one that includes it; None: not named."""
        including = (item for item in self.item if item.ours and code in item.ours.includes)
        return self.by_code.get(code) or next(including, None)


def load_lists(folder: Path = LISTS) -> tuple[RecordingList, ...]:
    """Every shipped list in the order of its source; ``Refused lists.malformed`` with where and why."""
    found = [(path.stem, parse_list(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml"))]
    for name, one in found:
        if one.id != name:
            raise Refused("lists.malformed", f"the recording list {name} calls itself {one.id}")
    return tuple(sorted((one for _, one in found), key=lambda one: int(one.source[1:])))


def one_list(lists: tuple[RecordingList, ...], name: str) -> RecordingList:
    """A list by its id; ``NotFound lists.unknown``."""
    for one in lists:
        if one.id == name:
            return one
    raise NotFound("lists.unknown", f"there is no recording list {name!r}; there are: "
                   + ", ".join(one.id for one in lists))


def parse_list(untrusted_text: str) -> RecordingList:
    """A list from TOML; ``Refused lists.malformed`` for anything the schema does not know or lacks."""
    try:
        return RecordingList.model_validate(tomllib.loads(untrusted_text))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the list"
        raise Refused("lists.malformed", f"the recording list is wrong at {where}: {first['msg']}") from fault
    except ValueError as fault:
        raise Refused("lists.malformed", f"the recording list does not read as TOML: {fault}") from fault
