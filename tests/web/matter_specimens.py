"""Filled pages of matters in every state, with outside text that would break a page that does not escape."""

from dataclasses import replace
from typing import get_args

from web.specimens import AT, BARE, FRAME, HOSTILE, LINE, Page, recording

from api.web import coverage_views
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
from api.web.joint_lines import ConsentLine, Joint, OwnerLine, PartyLine, UnitPartLine
from api.web.joint_views import ConsentsView, PartiesView, PartyView
from api.web.joint_words import PARTS
from api.web.matter_lines import MatterLine, RecordingMatter, State
from api.web.matter_views import AssignedLine, LookedLine, MattersView, MatterView, MemberLine
from api.web.matter_words import RELATIONS
from api.web.views import HistoryLine
from archive.step_items import STEP_ITEMS

MODES = get_args(coverage_views.Mode)

SAID = StatementLine("stm_1", "gap", HOSTILE, AT, AT, "waiting", HOSTILE, AT, None, True, True)
STATEMENTS = (SAID, replace(SAID, id="stm_2", what="waiver", text=None, began=None, ended=None, state="confirmed",
                            decided_by=HOSTILE, may_confirm=False, may_decline=False))
JUDGED = tuple(JudgedLine(f"S{n}", HOSTILE, n == 0, None if state == "not_named" else MODES[n % 3], state, n % 2 == 0)
               for n, state in enumerate(get_args(coverage_views.State)))
UNRECORDED = tuple(UnrecordedLine(where, AT, AT, 1_000_000, 2_000_000) for where in get_args(coverage_views.Where))
COVERAGE = CoverageView(
    tuple(StepLine(f"stp_{n}", item, AT, AT, HOSTILE, JUDGED, UNRECORDED, () if n else STATEMENTS, ((0, 10),),
                   ((0, 20),))
          for n, item in enumerate(STEP_ITEMS)), (WithdrawnStep("hearing", AT, AT, HOSTILE),))
LISTED = {item: ListedItem(MODES[n % 3], "R5", HOSTILE, (HOSTILE,), {"zh": HOSTILE, "en": HOSTILE} if n % 2 else None)
          for n, item in enumerate(STEP_ITEMS[:4])}
LISTS = RecordingListsView(FRAME, STEP_ITEMS, (ListColumn("S0", HOSTILE, True, LISTED, {"hearing": "seizure"}),
                                               ListColumn("S1", HOSTILE, False, {}, {})), 10, 60, 10)
OWING = MatterLine("mat_1", "M2026-1", "case", HOSTILE, None, "going_on", None, None, AT, 2, True)
ENDED = replace(OWING, id="mat_2", number="M2026-2", title=None, case_no=HOSTILE, state="ended", ended_on="2026-11-20",
                basis="enforced", owes_case_no=False)
MERGED = replace(ENDED, id="mat_3", number="M2026-3", kind="clue", state="merged")
MEMBERS = tuple(MemberLine(f"mem_{n}", HOSTILE, relation, AT, n % 2 == 0) for n, relation in enumerate(RELATIONS))
ASSIGNED = (AssignedLine("asg_1", LINE, None, None, None, HOSTILE, AT),
            AssignedLine("asg_2", BARE, "M2026-3", 0, 90_000_000, HOSTILE, AT))
WHOLE = MatterView(
    FRAME, OWING, "2026-11-19", MEMBERS, ASSIGNED, (MERGED,), None, ENDED, 1, 1, 1,
    (LookedLine(HOSTILE, "access_copy", AT, LINE.recording_id),),
    (HistoryLine(7, "act.ended/1", AT, HOSTILE, (("year", 2026), ("basis", "enforced"),
                                                                ("ended_on", "2026-11-20"))),
     HistoryLine(8, "recording.assigned/1", AT, None, (("from_us", 0), ("to_us", 90_000_000)))),
    may_lead=True, may_work=True, may_deny=True, coverage=COVERAGE)
WAITING = ConsentLine("cns_1", HOSTILE, 2, HOSTILE, HOSTILE, HOSTILE, AT, "waiting", None, True, ("mat_1", "M2026-1"))
CONSENTS = (WAITING, replace(WAITING, id="cns_2", recipient=None, purpose=None, state="given", answered_at=AT,
                             may_answer=False, matter=None), replace(WAITING, state="refused", may_answer=False))
PARTIES = (PartyLine("inv_1", "par_1", HOSTILE, HOSTILE, True), PartyLine("inv_2", "par_2", None, None, True),
           PartyLine("inv_3", None, HOSTILE, None, False))
JOINT = Joint(tuple(UnitPartLine(f"ptn_{n}", HOSTILE, part, AT) for n, part in enumerate(PARTS)),
              (("unt_1", HOSTILE),), CONSENTS, PARTIES)
WHOLE = replace(WHOLE, joint=JOINT)
LOOKING_ON = replace(WHOLE, looked=None, may_lead=False, may_work=False, may_deny=False, members=(), recordings=(),
                     hidden=0, aside=0, beyond=0, coverage=replace(COVERAGE, steps=()))
STATES = {state: replace(WHOLE, line=line, into=ENDED if state == "merged" else None)
          for state, line in zip(get_args(State), (OWING, ENDED, MERGED), strict=True)}
PAGES: dict[str, Page] = {
    "matters": lambda r, g: r.matters(MattersView(FRAME, HOSTILE, True, (OWING, ENDED, MERGED), True), g),
    "matters_none": lambda r, g: r.matters(MattersView(FRAME, "", False, (), False), g),
    "matters_not_found": lambda r, g: r.matters(MattersView(FRAME, HOSTILE, False, (), False), g),
    "matter": lambda r, g: r.matter(WHOLE, g),
    "recording_lists": lambda r, g: r.recording_lists(LISTS, g),
    "matter_of_no_unit": lambda r, g: r.matter(replace(WHOLE, joint=replace(JOINT, units=(), parties=())), g),
    "consents": lambda r, g: r.consents(ConsentsView(FRAME, CONSENTS), g),
    "consents_none": lambda r, g: r.consents(ConsentsView(FRAME, ()), g),
    "parties": lambda r, g: r.parties(PartiesView(FRAME, HOSTILE, PARTIES, True), g),
    "parties_none": lambda r, g: r.parties(PartiesView(FRAME, "", (), False), g),
    "parties_not_found": lambda r, g: r.parties(PartiesView(FRAME, HOSTILE, (), False), g),
    "party": lambda r, g: r.party(PartyView(FRAME, PARTIES[0], (OWING, MERGED), ASSIGNED, 1, 1, 1), g),
    "party_erased": lambda r, g: r.party(PartyView(FRAME, PARTIES[1], (OWING,), (), 0, 0, 0), g),
    "matter_ended": lambda r, g: r.matter(STATES["ended"], g),
    "matter_merged": lambda r, g: r.matter(replace(STATES["merged"], may_lead=False, may_work=False), g),
    "matter_looked_on": lambda r, g: r.matter(replace(LOOKING_ON, line=replace(OWING, kind="clue")), g),
    "matter_nothing_yet": lambda r, g: r.matter(replace(WHOLE, recordings=(), looked=()), g),
    "recording_of_matters": lambda r, g: r.recording(replace(recording(), matters=(
        RecordingMatter("asg_1", OWING, None, None), RecordingMatter("asg_2", ENDED, 0, 90_000_000)),
        owner=OwnerLine(HOSTILE, (("unt_1", HOSTILE),))), g),
}
