"""From deadlines as judged to what pages show of them."""

from datetime import datetime, timedelta
from itertools import islice

from api.web.deadline_lines import AnnouncedLine, ClauseText, DeadlineLine, DeadlineState, ExplanationLine
from api.web.deadline_views import AbsenceLine, DeadlinesView
from api.web.views import Frame
from archive import absences
from archive.absences import AbsenceRow
from archive.actors import Actor
from archive.site import Site
from retention.announced import Announced, announced
from retention.clauses import Clause, RulePack
from retention.deadline_facts import Explanation
from retention.deadline_list import RecordingDeadline, deadlines_of, needing_attention
from retention.deadlines import Deadline

SHOWN_PAST = timedelta(days=90)
LONGEST = 500


def of_recording(site: Site, actor: Actor, pack: RulePack, untrusted_recording: str) -> tuple[DeadlineLine, ...]:
    """The deadlines on a recording's page."""
    return tuple(line(pack, one) for one in deadlines_of(site, actor, pack, untrusted_recording))


def deadlines_view(site: Site, actor: Actor, pack: RulePack, frame: Frame) -> DeadlinesView:
    """What needs somebody's hand among the recordings of the last 90 days, without those explained and confirmed."""
    since = site.ports.clock.now() - SHOWN_PAST
    found = list(islice(_to_show(site, actor, pack, since), LONGEST + 1))
    lines = [line(pack, one) for one in found[:LONGEST]]

    def of(state: DeadlineState) -> tuple[DeadlineLine, ...]:
        return tuple(sorted((one for one in lines if one.state == state), key=_soonest))

    owed = [one for one in announced(site, actor, pack, since) if not one.settled]
    return DeadlinesView(
        frame, tuple(_announced(pack, one) for one in owed[:LONGEST]), of("late"), of("cannot_know"), of("pending"),
        of("exempt"), tuple(_absence(one) for one in absences.declared(site, only_open=True)), since,
        max(len(found), len(owed)) > LONGEST)


def _to_show(site: Site, actor: Actor, pack: RulePack, since: datetime) -> "filter[RecordingDeadline]":
    return filter(lambda one: not one.settled, needing_attention(site, actor, pack, since))


def line(pack: RulePack, one: RecordingDeadline) -> DeadlineLine:
    """One deadline as a line."""
    found = one.deadline
    return DeadlineLine(
        one.recording, one.case_no, found.state, _clause(pack, found.clause), (one.ended.earliest, one.ended.latest),
        _due(found), found.done, found.missing, found.why, one.named_by, _explanation(one.explanation))


def _announced(pack: RulePack, one: Announced) -> AnnouncedLine:
    found = one.deadline
    return AnnouncedLine(
        one.entry, one.recording, one.recorder, one.how, one.reason, one.announced_at, found.state,
        _clause(pack, found.clause), _due(found), found.why, one.named_by, _explanation(one.explanation))


def _due(found: Deadline) -> tuple[datetime, datetime] | None:
    first, last = found.due
    return None if first is None or last is None else (first, last)


def _explanation(said: Explanation | None) -> ExplanationLine | None:
    return ExplanationLine(said.id, said.reason, said.text, said.confirmed_by is not None) if said else None


def _clause(pack: RulePack, clause: Clause) -> ClauseText:
    told, ours = clause.paraphrase, clause.ours
    return ClauseText(clause.rule, clause.subject, pack.title, clause.article, f"{pack.id} {pack.version}",
                      tuple(clause.quotes), {"zh": told.zh, "en": told.en}, {"zh": ours.zh, "en": ours.en})


def _soonest(one: DeadlineLine) -> tuple[datetime, str]:
    return (one.due[0] if one.due else one.ended[0]), one.recording_id


def _absence(row: AbsenceRow) -> AbsenceLine:
    named = " ".join(part for part in (row.officer, row.officer_no) if part)
    return AbsenceLine(row.id, row.reason, named, row.began, row.declared_at)
