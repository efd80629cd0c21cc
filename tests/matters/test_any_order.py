"""Matters opened, merged, split, corrected, joined and left in any order: who sees what, what counts, what rebuilds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deadlines.takes import PACK
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from matters.expected_coverage import found, in_order, judged, take_of
from matters.model import ALL, HOMES, LOGINS, WORKS, Held, Matter, TakenStep, Told
from matters.office import HEAD, HOUR, LEAD, MINUTE, NORTH, NORTH_TEAM, SOUTH, TODAY, deposit, office, with_units
from rebuild.lived_site import Lived
from specimen_events import AT as WHEN

from archive.actors import Actor
from archive.errors import ArchiveError
from archive.event_values import Interval
from archive.joint_matters import join_unit, unit_leaves, units_of
from archive.matter_members import add_member, remove_member
from archive.matter_merging import merge, split
from archive.matter_recordings import Span, assign, correct, withdraw
from archive.matter_views import find_matter, find_matters
from archive.matters import end_act, open_matter, withdraw_end
from archive.recordings import visible_to
from archive.steps import take_step, withdraw_step
from retention.coverage import StepFact
from retention.deadline_list import deadlines_of

WHO = st.sampled_from(ALL)
AT = st.integers(0, 30)
AT_WORK = WHEN - 2 * HOUR
SPANS = st.sampled_from([None, Span(0, 1), Span(1, 3)])


class Office(Told, RuleBasedStateMachine):
    """Acts by anybody on anything; what may be done and seen is told by the model alone."""

    lived: Lived
    uploads: Iterator[int]

    def __init__(self) -> None:
        super().__init__()
        self.recordings = [deposit(self.lived, next(self.uploads), case_no="吉市监罚〔2026〕6号") for _ in range(3)]
        self.clocks = [self._clocks(one) for one in self.recordings]
        self.matters, self.held, self.owner = list[Matter](), list[Held](), dict[str, str]()
        self.steps = list[TakenStep]()

    @initialize(begun=st.booleans())
    def begin(self, begun: bool) -> None:
        """Half of the examples start with two matters that have a recording and a step each."""
        for number in range(2 * begun):
            self.open(LEAD, "inspection")
            self.assign(LEAD, number, number, None)
            self.step(LEAD, number, 0, 30 * number + 5, False)

    def _clocks(self, recording: str) -> Any:
        found = deadlines_of(self.lived.site, HEAD, PACK, recording)
        return [(one.deadline.clause_id, one.deadline.state, one.deadline.due, one.deadline.done) for one in found]

    def _on(self, number: int) -> Matter | None:
        return self.matters[number % len(self.matters)] if self.matters else None

    @rule(who=WHO, kind=st.sampled_from(["inspection", "case"]))
    def open(self, who: Actor, kind: str) -> None:
        made = Matter(open_matter(self.lived.site, who, kind, "检查"))
        self._learn(made)
        self.matters.append(made)

    @rule(who=WHO, at=AT, whom=WHO, relation=st.sampled_from(["lead", "taking_part", "recused"]))
    def add(self, who: Actor, at: int, whom: Actor, relation: str) -> None:
        matter = self._on(at)
        if matter is not None:
            may = self.may(who, matter, {"lead"}) and matter.into is None \
                and (relation != "recused" or self.heads(who, matter)) \
                and (whom, relation) not in matter.relations.values()
            made = self._done(may, lambda: add_member(self.lived.site, who, matter.id, LOGINS[whom], relation))
            if may:
                matter.relations[made] = (whom, relation)

    @rule(who=WHO, at=AT, which=AT)
    def remove(self, who: Actor, at: int, which: int) -> None:
        matter = self._on(at)
        if matter is not None and matter.relations:
            membership = sorted(matter.relations)[which % len(matter.relations)]
            _, relation = matter.relations[membership]
            leads = sum(one == "lead" for _, one in matter.relations.values())
            last = relation == "lead" and not matter.ended and leads == 1
            may = self.may(who, matter, {"lead"}) and matter.into is None and not last \
                and (relation != "recused" or self.heads(who, matter))
            self._done(may, lambda: remove_member(self.lived.site, who, matter.id, membership))
            if may:
                del matter.relations[membership]

    @rule(who=WHO, at=AT, unit=st.sampled_from([NORTH, NORTH_TEAM, SOUTH]), part=st.sampled_from(
        ["responsible", "co_unit"]))
    def join(self, who: Actor, at: int, unit: str, part: str) -> None:
        matter = self._on(at)
        if matter is not None:
            held = list(matter.units.values())
            may = self.may(who, matter, {"lead"}) and matter.into is None and unit not in {one for one, _ in held} \
                and not (part == "responsible" and "responsible" in {one for _, one in held})
            made = self._done(may, lambda: join_unit(self.lived.site, who, matter.id, unit, part))
            if may:
                matter.units[made] = (unit, part)

    @rule(who=WHO, at=AT, which=AT)
    def leave(self, who: Actor, at: int, which: int) -> None:
        matter = self._on(at)
        if matter is not None and matter.units:
            part = sorted(matter.units)[which % len(matter.units)]
            may = self.may(who, matter, {"lead"}) and matter.into is None
            self._done(may, lambda: unit_leaves(self.lived.site, who, matter.id, part))
            if may:
                del matter.units[part]

    @rule(who=WHO, at=AT, end=st.booleans())
    def end(self, who: Actor, at: int, end: bool) -> None:
        matter = self._on(at)
        if matter is not None:
            may = self.may(who, matter, {"lead"}) and matter.into is None and matter.ended is not end
            self._done(may, lambda: end_act(self.lived.site, who, matter.id, "enforced", TODAY) if end
                       else withdraw_end(self.lived.site, who, matter.id, "未完"))
            matter.ended = end if may else matter.ended

    @rule(who=WHO, at=AT, other=AT)
    def merge(self, who: Actor, at: int, other: int) -> None:
        matter, into = self._on(at), self._on(other)
        if matter is not None and into is not None:
            both = (matter, into)
            may = matter is not into and all(self.may(who, one, {"lead"}) and one.into is None and not one.ended
                                             for one in both)
            self._done(may, lambda: merge(self.lived.site, who, matter.id, into.id, "同案"))
            matter.into = into if may else matter.into

    @rule(who=WHO, at=AT, take=AT)
    def split(self, who: Actor, at: int, take: int) -> None:
        matter = self._on(at)
        if matter is not None:
            own = [one for one in self.held if one.on and one.matter is matter]
            moved = own[:take % (len(own) + 1)]
            may = self.may(who, matter, {"lead"}) and matter.into is None and not matter.ended
            made = self._done(may, lambda: split(
                self.lived.site, who, matter.id, "case", "另案", [one.id for one in moved], "分案"))
            if may:
                new = Matter(made)
                self._learn(new)
                assert set(new.relations.values()) == set(matter.relations.values())
                assert set(new.units.values()) == set(matter.units.values())
                self.matters.append(new)
                self._moved(moved, new)

    @rule(who=WHO, at=AT, take=AT, span=SPANS)
    def assign(self, who: Actor, at: int, take: int, span: Span | None) -> None:
        matter, recording = self._on(at), self.recordings[take % 3]
        if matter is not None:
            may = self.sees(who, recording) and self.may(who, matter, WORKS) and matter.into is None
            made = self._done(may, lambda: assign(self.lived.site, who, [recording], matter.id, span))
            if may and not self.there(recording, matter, span):
                self.held.append(Held(made[0], recording, matter, span))
                if who in HOMES:  # the wearer belongs to no unit
                    self.owner.setdefault(recording, HOMES[who])
            elif may:
                assert made == ()

    @rule(who=WHO, which=AT, at=AT, span=SPANS, only_out=st.booleans())
    def correct(self, who: Actor, which: int, at: int, span: Span | None, only_out: bool) -> None:
        right = self._on(at)
        if right is None or not self.held:
            return
        wrong = self.held[which % len(self.held)]
        may = wrong.on and self.may(who, wrong.matter, WORKS)
        if only_out:
            self._done(may, lambda: withdraw(self.lived.site, who, wrong.matter.id, wrong.id, "误归"))
            wrong.on = wrong.on and not may
            return
        may = may and self.may(who, right, WORKS) and right.into is None \
            and not self.there(wrong.recording, right, span)
        made = self._done(may, lambda: correct(
            self.lived.site, who, wrong.matter.id, wrong.id, right.id, "误归", span))
        if may:
            wrong.on = False
            self.held.append(Held(made, wrong.recording, right, span))

    @rule(who=WHO, at=AT, which=AT, minutes=st.integers(1, 90), out=st.booleans())
    def step(self, who: Actor, at: int, which: int, minutes: int, out: bool) -> None:
        matter = self._on(at)
        if matter is None:
            return
        own = [one for one in self.steps if one.on and matter in self.up(one.matter)]
        may = self.may(who, matter, WORKS) and matter.into is None
        if out and own:
            step = own[which % len(own)]
            self._done(may, lambda: withdraw_step(self.lived.site, who, matter.id, step.fact.id, "误录"))
            step.on = step.on and not may
        elif not out:
            began, ended = AT_WORK, AT_WORK + minutes * MINUTE
            made = self._done(may, lambda: take_step(self.lived.site, who, matter.id, "seizure", began, ended))
            if may:
                fact = StepFact(made, "seizure", Interval(began, began), Interval(ended, ended))
                self.steps.append(TakenStep(fact, matter))

    @invariant()
    def sight_is_as_told(self) -> None:
        for who in ALL:
            seen = self.lived.site.db.read(lambda c, who=who: set(c.execute(visible_to(who)).scalars()))
            known = {row.id for row in find_matters(self.lived.site, who, limit=100_000)[0]}
            assert seen & set(self.recordings) == {one for one in self.recordings if self.sees(who, one)}, LOGINS[who]
            assert known & {one.id for one in self.matters} == {
                one.id for one in self.matters if self.knows(who, one)}, LOGINS[who]

    def teardown(self) -> None:
        for recording, clocks in zip(self.recordings, self.clocks, strict=True):
            if self.sees(HEAD, recording):
                assert self._clocks(recording) == clocks
        for matter in self.matters:
            if self.knows(HEAD, matter):
                found = find_matter(self.lived.site, HEAD, matter.id)
                assert sorted(one.id for one in found.recordings) == sorted(
                    one.id for one in self.held if one.on and matter in self.up(one.matter)
                    and self.sees(HEAD, one.recording))
                self._covered(matter)

    def _covered(self, matter: Matter) -> None:
        takes = in_order(take_of(self.lived, one.recording, one.span)
                         for one in self.held if one.on and matter in self.up(one.matter))
        assert found(self.lived, HEAD, matter.id) == (takes, {
            one.fact.id: judged(one.fact, takes) for one in self.steps if one.on and matter in self.up(one.matter)})

    def _done(self, may: bool, act: Any) -> Any:
        try:
            made = act()
        except ArchiveError:
            made = None
            if may:
                raise
        else:
            assert may
        return made

    def _learn(self, matter: Matter) -> None:
        """Who stands how to a new matter, as the archive tells its own reading side."""
        found = find_matter(self.lived.site, Actor("system"), matter.id)
        accounts = {who.id: who for who in ALL}
        matter.relations = {one.id: (accounts[one.person], one.relation) for one in found.members}
        matter.units = {one.id: (one.unit, one.part) for one in units_of(self.lived.site, Actor("system"), matter.id)}

    def _moved(self, moved: list[Held], new: Matter) -> None:
        found = {one.row.id: one for one in find_matter(self.lived.site, Actor("system"), new.id).recordings}
        made = find_matter(self.lived.site, Actor("system"), new.id).recordings
        assert len(made) == len(moved)
        assert found.keys() == {one.recording for one in moved}
        for one in moved:
            one.on = False
        self.held += [Held(one.id, one.row.id, new, None if one.from_us is None or one.to_us is None
                           else Span(one.from_us, one.to_us)) for one in made]


def run(folder: Path, examples: int, steps: int) -> None:
    """Examples share a site: each has matters and recordings of its own, and the whole of it is rebuilt at the end."""
    with office(folder) as lived:
        with_units(lived)
        Office.lived, Office.uploads = lived, iter(range(1, 1_000_000))
        run_state_machine_as_test(Office, settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck)))


def test_an_order_of_acts_shows_what_it_should_not_or_moves_a_clock(tmp_path: Path) -> None:
    run(tmp_path / "office", 15, 25)


@pytest.mark.long
def test_a_longer_order_of_acts_does(tmp_path: Path) -> None:
    run(tmp_path / "office", 400, 60)


