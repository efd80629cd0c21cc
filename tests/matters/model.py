"""What the rules say of matters, kept beside the archive: who may know of what, and who may do what."""

from dataclasses import dataclass, field

from matters.office import (
    EVERYBODY,
    LEAD,
    NORTH,
    NORTH_HEAD,
    NORTH_TEAM,
    OTHER,
    SOUTH,
    SOUTH_HEAD,
    UNIT_HEADS,
    WEARER,
)
from matters.office import LOGINS as OFFICE_LOGINS

from archive.actors import Actor
from archive.matter_recordings import Span
from retention.coverage import StepFact

WORKS, DENIED = {"lead", "second", "taking_part"}, {"recused", "complained_against"}
LOGINS = OFFICE_LOGINS | UNIT_HEADS
ALL = (*EVERYBODY, *UNIT_HEADS)
HOMES = {LEAD: NORTH_TEAM, OTHER: SOUTH, NORTH_HEAD: NORTH, SOUTH_HEAD: SOUTH}
HEADED = {NORTH_HEAD: {NORTH, NORTH_TEAM}, SOUTH_HEAD: {SOUTH}}
"""The other heads head no unit of the register: all of them."""


@dataclass
class Matter:
    """What the rules say of a matter, kept beside the archive."""

    id: str
    relations: dict[str, tuple[Actor, str]] = field(default_factory=dict)
    units: dict[str, tuple[str, str]] = field(default_factory=dict)
    into: "Matter | None" = None
    ended: bool = False


@dataclass
class Held:
    """An assignment and whether it is in force."""

    id: str
    recording: str
    matter: Matter
    span: Span | None
    on: bool = True


@dataclass
class TakenStep:
    """A step and whether it is in force."""

    fact: StepFact
    matter: Matter
    on: bool = True


class Told:
    """Everything that was done, and what follows from it."""

    matters: list[Matter]
    held: list[Held]
    owner: dict[str, str]
    steps: list[TakenStep]

    def there(self, recording: str, matter: Matter, span: Span | None) -> bool:
        """Whether an assignment like this is in force."""
        return any(one.on and (one.recording, one.matter, one.span) == (recording, matter, span) for one in self.held)

    def up(self, matter: Matter) -> list[Matter]:
        """The matter and what it was merged into."""
        return [matter, *(self.up(matter.into) if matter.into else [])]

    def denies(self, who: Actor, matter: Matter) -> bool:
        """Whether anything merged with the matter denies this person."""
        root = self.up(matter)[-1]
        tree = [one for one in self.matters if self.up(one)[-1] is root]
        return any((who, relation) in one.relations.values() for one in tree for relation in DENIED)

    def works(self, who: Actor, matter: Matter) -> bool:
        """Whether they work on it or on what it was merged into."""
        return any((who, relation) in one.relations.values() for one in self.up(matter) for relation in WORKS)

    def knows(self, who: Actor, matter: Matter) -> bool:
        """Whether they may know of the matter."""
        return not self.denies(who, matter) and (self.watches(who, matter) or self.works(who, matter))

    def watches(self, who: Actor, matter: Matter) -> bool:
        """As a head: a unit of theirs takes part in it or in what it was merged into, or none is responsible for it."""
        if who not in HEADED:
            return who.is_head
        return self._nobodys(matter) or any(
            unit in HEADED[who] for one in self.up(matter) for unit, _ in one.units.values())

    def heads(self, who: Actor, matter: Matter) -> bool:
        """Decides as a head."""
        if who not in HEADED:
            return who.is_head
        return self._nobodys(matter) or any(
            part == "responsible" and unit in HEADED[who] for unit, part in matter.units.values())

    def _nobodys(self, matter: Matter) -> bool:
        return all(part != "responsible" for _, part in matter.units.values())

    def may(self, who: Actor, matter: Matter, relations: set[str]) -> bool:
        """Whether they may act on it in one of these relations."""
        own = any((who, relation) in matter.relations.values() for relation in relations)
        return self.knows(who, matter) and (self.heads(who, matter) or own)

    def sees(self, who: Actor, recording: str) -> bool:
        """Whether they may know of the recording."""
        ever = [one for one in self.held if one.recording == recording]
        on = [one.matter for one in ever if one.on]
        if any(self.denies(who, matter) for matter in on):
            return False
        return self._heads_owner(who, recording, on) or who is WEARER or not ever \
            or any(self.works(who, matter) or self.watches(who, matter) for matter in on)

    def _heads_owner(self, who: Actor, recording: str, on: list[Matter]) -> bool:
        if who not in HEADED:
            return who.is_head
        owner = self.owner.get(recording)
        return owner in HEADED[who] if owner is not None else not on
