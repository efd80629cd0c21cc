"""What a file or feed would change in a register, line by line. Pure: the same lines over the same state are the same
plan, so that what is applied can be held against what was shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from archive.register_kinds import Fault, Line, Register

Verdict = Literal["added", "changed", "unchanged", "refused"]
VERDICTS: tuple[Verdict, ...] = ("added", "changed", "unchanged", "refused")


@dataclass(frozen=True)
class Said:
    """A source's word about a field: ``value`` ``""`` for empty."""

    value: str
    account: str | None = None


@dataclass(frozen=True)
class Thing:
    """A thing in a register. ``base``: its fields as the archive holds them now; ``hand``, ``feed``: what sources said;
    ``external``: a feed's own id by account."""

    id: str
    base: Mapping[str, str] = field(default_factory=dict)
    hand: Mapping[str, str] = field(default_factory=dict)
    feed: Mapping[str, str] = field(default_factory=dict)
    external: Mapping[str, str] = field(default_factory=dict)

    def in_force(self, name: str) -> str:
        """The feed's word before the hand's before what the archive held without either."""
        told = [said[name] for said in (self.feed, self.hand) if name in said]
        return next((word for word in told if word), "" if told else self.base.get(name, ""))

    def source(self, name: str) -> str:
        """Whose word is in force: feed | hand | archive."""
        if self.feed.get(name) or (name in self.feed and not self.hand.get(name)):
            return "feed"
        return "hand" if name in self.hand else "archive"


@dataclass(frozen=True)
class State:
    """A register as it is. ``numbers``: for each register referred to, the id behind each number; ``taken``: logins of
    accounts without a number, which no officer's number may be."""

    things: Mapping[str, Thing]
    numbers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Change:
    """A field's value before, as it was in force, and as said now; ``counts`` False: kept, but a feed's is in force."""

    field: str
    before: str
    after: str
    counts: bool


@dataclass(frozen=True)
class Planned:
    """What one line comes to. ``thing``: its id, ``new:<line>`` for one to be added, empty when refused."""

    line: int
    verdict: Verdict
    thing: str
    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = ()
    external_id: str | None = None
    after: Thing | None = None


@dataclass(frozen=True)
class Plan:
    """``unmatched``: ids of things in the register that no line names; they stay as they are."""

    register: Register
    lines: tuple[Planned, ...]
    unmatched: tuple[str, ...]
    digest: str

    def count(self, verdict: Verdict) -> int:
        """Lines of this verdict."""
        return sum(line.verdict == verdict for line in self.lines)


def plan(register: Register, state: State, account: str | None, lines: Sequence[Line]) -> Plan:
    """What these lines of one source would change. ``account``: of a feed, None for a hand."""
    now, numbers = dict(state.things), {name: dict(held) for name, held in state.numbers.items()}
    external = {one.external[account]: one.id for one in now.values() if account in one.external} if account else {}
    planner = _Planner(register, state, account, now, numbers, _keys(register, now), external)
    found = [planner.line(line) for line in lines]
    done = _checked(register, now, numbers, found)
    named = {line.thing for line in done}
    unmatched = tuple(sorted(set(state.things) - named))
    return Plan(register, done, unmatched, _digest(register, account, done))


@dataclass
class _Planner:
    register: Register
    state: State
    account: str | None
    now: dict[str, Thing]
    numbers: dict[str, dict[str, str]]
    keys: dict[tuple[str, ...], set[str]]
    external: dict[str, str]

    def line(self, line: Line) -> Planned:
        """The line's part of the plan; later lines see what it adds."""
        if line.faults:
            return Planned(line.number, "refused", "", faults=line.faults)
        found = self._matches(line)
        if len(found) > 1:
            return _refused(line, "", "register.ambiguous", "this line names several things of the register")
        before = self.now[found.pop()] if found else Thing(f"new:{line.number}")
        if before.id.startswith("new:") and before.id in self.now:
            return _refused(line, "", "register.repeated", "an earlier line of this file names the same thing")
        changes = tuple(self._changes(before, line))
        after = self._after(before, line, changes)
        fresh_id = line.external_id if self._new_external(before, line) else None
        self.now[after.id] = after
        for names in self.register.keys:
            self.keys.setdefault((*names, *(after.in_force(name) for name in names)), set()).add(after.id)
        if fresh_id is not None:
            self.external[fresh_id] = after.id
        if "number" in line.values and self.register.name in self.numbers:
            self.numbers[self.register.name][after.in_force("number")] = after.id
        is_new = before.id.startswith("new:")
        if is_new and line.values.get("number") in self.state.taken:
            return _refused(line, "number", "person.login_taken", "an account without a number has this login; give it "
                            "the number first (liuhen person number)")
        if self.register.fixed and not is_new and before.base.get("code") is not None and any(
                change.counts for change in changes):
            return _refused(line, changes[0].field, "register.fixed", "what stands of this in the register cannot be "
                            "changed")
        verdict: Verdict = "added" if is_new else "changed" if changes or fresh_id else "unchanged"
        return Planned(line.number, verdict, after.id, changes, external_id=fresh_id, after=after)

    def _matches(self, line: Line) -> set[str]:
        """By the source's own id first; else by whatever identifies a thing, as it is in force."""
        if line.external_id is not None and line.external_id in self.external:
            return {self.external[line.external_id]}
        return {one for names in self.register.keys if all(line.values[name] for name in names)
                for one in self.keys.get((*names, *(line.values[name] for name in names)), ())
                if all(self.now[one].in_force(name) == line.values[name] for name in names)}

    def _new_external(self, before: Thing, line: Line) -> bool:
        return (self.account is not None and line.external_id is not None
                and before.external.get(self.account) != line.external_id)

    def _changes(self, before: Thing, line: Line) -> list[Change]:
        """A hand says something new where it says neither what is in force nor what it said before; a feed where it has
        not said it before."""
        found = []
        for name, value in line.values.items():
            if self.account is None:
                is_new = value != before.in_force(name) and before.hand.get(name) != value
            else:
                is_new = before.feed.get(name) != value
            if is_new:
                counts = self.account is not None or not before.feed.get(name)
                found.append(Change(name, before.in_force(name), value, counts))
        return found

    def _after(self, before: Thing, line: Line, changes: Sequence[Change]) -> Thing:
        said = {change.field: change.after for change in changes}
        if self.account is None:
            return Thing(before.id, before.base, {**before.hand, **said}, before.feed, before.external)
        external = {self.account: line.external_id} if line.external_id else {}
        return Thing(before.id, before.base, before.hand, {**before.feed, **said}, {**before.external, **external})


def _checked(register: Register, now: Mapping[str, Thing], numbers: Mapping[str, Mapping[str, str]],
             found: Sequence[Planned]) -> tuple[Planned, ...]:
    """References are looked up when every line was read: a line may name what a later one adds."""
    seen, keys = set[str](), _keys(register, now)
    done = []
    for one in found:
        after = one.after
        if after is None:
            done.append(one)
            continue
        fault = None
        if one.thing in seen:
            fault = Fault("", "register.repeated", "an earlier line of this file names the same thing")
        seen.add(one.thing)
        fault = fault or _dangling(register, after, numbers) or _shared(register, after, keys) or _circle(
            register, after, now, numbers)
        done.append(one if fault is None else Planned(one.line, "refused", "", faults=(fault,)))
    return tuple(done)


def _dangling(register: Register, after: Thing, numbers: Mapping[str, Mapping[str, str]]) -> Fault | None:
    for one in register.fields:
        named = after.in_force(one.name)
        for number in (named.split(";") if one.many else [named]) if one.refers and named else []:
            if number not in numbers.get(one.refers or "", {}):
                return Fault(one.name, "register.reference", f"no {one.refers} in the register has this number")
    return None


def _keys(register: Register, now: Mapping[str, Thing]) -> dict[tuple[str, ...], set[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    for thing in now.values():
        for names in register.keys:
            values = tuple(thing.in_force(name) for name in names)
            if all(values):
                found.setdefault((*names, *values), set()).add(thing.id)
    return found


def _shared(register: Register, after: Thing, keys: Mapping[tuple[str, ...], set[str]]) -> Fault | None:
    for names in register.keys:
        if len(keys.get((*names, *(after.in_force(name) for name in names)), ())) > 1:
            return Fault(names[0], "register.taken", "another thing in the register has this already")
    return None


def _circle(register: Register, after: Thing, now: Mapping[str, Thing],
            numbers: Mapping[str, Mapping[str, str]]) -> Fault | None:
    if register.name != "unit" or not after.in_force("parent"):
        return None
    seen, above = {after.id}, numbers["unit"].get(after.in_force("parent"))
    while above is not None and above in now:
        if above in seen:
            return Fault("parent", "unit.circle", "a unit cannot stand beneath itself")
        seen.add(above)
        above = numbers["unit"].get(now[above].in_force("parent"))
    return None


def _refused(line: Line, name: str, code: str, message: str) -> Planned:
    return Planned(line.number, "refused", "", faults=(Fault(name, code, message),))


def _digest(register: Register, account: str | None, lines: Sequence[Planned]) -> str:
    told = [register.name, account, [[
        one.line, one.verdict, one.thing, one.external_id,
        [[change.field, change.before, change.after, change.counts] for change in one.changes],
        [[fault.field, fault.code] for fault in one.faults]] for one in lines]]
    return sha256(json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
