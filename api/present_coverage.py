"""From what the archive knows of steps and recording lists to what pages show of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.web.coverage_views import (
    CoverageView,
    JudgedLine,
    ListColumn,
    ListedItem,
    RecordingListsView,
    StatementLine,
    StepLine,
    UnrecordedLine,
    WithdrawnStep,
)
from api.web.views import Frame
from archive.actors import Actor
from archive.site import Site
from archive.step_items import STEP_ITEMS
from archive.step_views import StatementRow, StepRow
from retention.clauses import RulePack
from retention.cover import Span
from retention.coverage import Judged, Take, Unrecorded
from retention.matter_coverage import StepCoverage, coverage_of
from retention.recording_lists import ListItem, RecordingList

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Looker:
    """Who looks at a matter's steps, and whether they may act on them and decide as a head."""

    actor: Actor
    works: bool
    headed: bool


def coverage_view(site: Site, looker: Looker, pack: RulePack, lists: Sequence[RecordingList],
                  untrusted_matter: str) -> CoverageView:
    """The steps of a matter; ``NotFound matter.unknown``."""
    found = coverage_of(site, looker.actor, pack, lists, untrusted_matter)
    steps = tuple(_step(one, found.takes, looker, pack, lists) for one in found.steps)
    return CoverageView(steps, tuple(WithdrawnStep(s.item, s.began, s.ended, s.by) for s in found.withdrawn))


def lists_view(frame: Frame, pack: RulePack, lists: Sequence[RecordingList]) -> RecordingListsView:
    """The lists side by side; what is ours is the in-force list's, else the first one's."""
    ours = next((one for one in lists if one.id == pack.id), lists[0]).ours
    columns = tuple(ListColumn(one.source, one.title, one.id == pack.id, {item.code: _item(item) for item in one.item},
                               {code: item.code for item in one.item if item.ours for code in item.ours.includes})
                    for one in lists)
    return RecordingListsView(frame, STEP_ITEMS, columns, ours.joined_within_s, ours.edge_within_s, ours.edge_percent)


def _item(item: ListItem) -> ListedItem:
    reading = None if item.ours is None else {"zh": item.ours.zh, "en": item.ours.en}
    return ListedItem(item.mode, item.rule, item.article, tuple(item.quotes), reading)


def _step(one: StepCoverage, takes: Sequence[Take], looker: Looker, pack: RulePack,
          lists: Sequence[RecordingList]) -> StepLine:
    step = one.step
    judged = tuple(_judged(told, plan, pack) for told, plan in zip(one.judged, lists, strict=True))
    told = next((told for told in one.judged if told.list_id == pack.id), one.judged[0])
    sure = [Span(t.started.latest, t.ended.earliest) for t in takes]
    perhaps = [Span(t.started.earliest, t.ended.latest) for t in takes]
    return StepLine(step.id, step.item, step.began, step.ended, step.by, judged,
                    tuple(map(_unrecorded, told.unrecorded)),
                    tuple(_statement(said, looker) for said in step.statements),
                    tuple(_parts(sure, step)), tuple(_parts(perhaps, step)))


def _judged(told: Judged, plan: RecordingList, pack: RulePack) -> JudgedLine:
    return JudgedLine(plan.source, plan.title, plan.id == pack.id, told.mode, told.state, bool(told.barred))


def _unrecorded(one: Unrecorded) -> UnrecordedLine:
    return UnrecordedLine(one.where, one.surely.start, one.surely.end, one.surely.length // _MICROSECOND,
                          one.perhaps.length // _MICROSECOND)


def _statement(said: StatementRow, looker: Looker) -> StatementLine:
    own, waits = said.author == looker.actor.id, looker.works and said.state == "waiting"
    return StatementLine(said.id, said.what, said.text, said.began, said.ended, said.state, said.by, said.at,
                         said.decided_by, waits and looker.headed and not own, waits and (looker.headed or own))


def _parts(spans: Sequence[Span], step: StepRow) -> Iterable[tuple[int, int]]:
    """Where spans lie within a step, in thousandths of it."""
    length = step.ended - step.began
    for span in spans:
        start, end = max(span.start, step.began), min(span.end, step.ended)
        if start < end:
            yield (start - step.began) * 1000 // length, -((step.began - end) * 1000 // length)
