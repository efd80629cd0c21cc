"""The device ledger as JSON: recorders by id or code, and every act on them."""

from fastapi import APIRouter

from api.deps import Person, PersonWriting, ServiceDep
from api.ledger_schemas import (
    EnteredBody,
    ExplainRequest,
    ExplanationBody,
    FindingBody,
    HandOverRequest,
    HolderBody,
    IssueRequest,
    LedgerEntryBody,
    PersonRequest,
    RecorderBody,
    RecorderDetailBody,
    RegisteredBody,
    RegisterRequest,
    ReportRequest,
    ReturnRequest,
    UnreadableBody,
)
from archive import recorder_ledger, recorder_views
from archive.recorder_ledger import Check
from archive.recorder_views import EntryRow, RecorderRow
from ingest import recorder_completeness

router = APIRouter(prefix="/api/v1", tags=["recorders"])


@router.get("/recorders")
def recorders(service: ServiceDep, who: Person) -> list[RecorderBody]:
    """All recorders known, by vendor and serial."""
    return [_recorder(row) for row in recorder_views.recorders(service.archive.site, who.actor)]


@router.post("/recorders", status_code=201)
def register(service: ServiceDep, who: PersonWriting, ask: RegisterRequest) -> RegisteredBody:
    """Register a recorder; one seen in a deposit keeps its id."""
    return RegisteredBody(recorder=recorder_ledger.register(
        service.archive.site, who.actor, ask.vendor, ask.serial, ask.kind, ask.code))


@router.post("/hand-overs", status_code=201)
def hand_over(service: ServiceDep, who: PersonWriting, ask: HandOverRequest) -> EnteredBody:
    """Hand recorders from one wearer to the next: all of the sheet or nothing."""
    return EnteredBody(entry=recorder_ledger.hand_over(
        service.archive.site, who.actor, ask.recorders, _person(ask.giver), _person(ask.taker)))


@router.get("/recorders/{recorder}")
def recorder(service: ServiceDep, who: Person, recorder: str) -> RecorderDetailBody:
    """One recorder and its entries."""
    row, entries = recorder_views.recorder(service.archive.site, who.actor, recorder)
    known = recorder_completeness.completeness(service.archive.site, row.id)
    return RecorderDetailBody(
        recorder=_recorder(row), entries=[_entry(entry) for entry in entries],
        findings=[FindingBody(finding=f.key, kind=f.kind, basis=f.basis, says=f.says, first=f.first, last=f.last,
                              uploads=list(f.uploads)) for f in known.findings],
        explanations=[ExplanationBody(entry=e.entry, finding=e.finding, explanation=e.text, by=e.by, at=e.at,
                                      confirmed_by=e.confirmed_by, confirmed_at=e.confirmed_at)
                      for e in known.explained],
        unreadable=[UnreadableBody(file_name=u.file_name, reason=u.reason, size=u.size, sequence=u.sequence, at=u.at)
                    for u in known.unreadable])


@router.post("/recorders/{recorder}/explanations", status_code=201)
def explain(service: ServiceDep, who: PersonWriting, recorder: str, ask: ExplainRequest) -> EnteredBody:
    """Say why something is missing."""
    return EnteredBody(entry=recorder_completeness.explain(
        service.archive.site, who.actor, recorder, ask.finding, ask.explanation))


@router.post("/explanations/{entry}/confirm", status_code=204)
def confirm(service: ServiceDep, who: PersonWriting, entry: str) -> None:
    """Confirm an explanation of somebody else, as head of the unit."""
    recorder_completeness.confirm(service.archive.site, who.actor, entry)


@router.post("/recorders/{recorder}/issue", status_code=201)
def issue(service: ServiceDep, who: PersonWriting, recorder: str, ask: IssueRequest) -> EnteredBody:
    """Give a recorder out."""
    check = Check(ask.passed, ask.failed, ask.clock_offset_ms)
    return EnteredBody(entry=recorder_ledger.issue(
        service.archive.site, who.actor, recorder, _person(ask.wearer), check))


@router.post("/recorders/{recorder}/return", status_code=201)
def take_back(service: ServiceDep, who: PersonWriting, recorder: str, ask: ReturnRequest) -> EnteredBody:
    """Take a recorder back."""
    return EnteredBody(entry=recorder_ledger.take_back(
        service.archive.site, who.actor, recorder, ask.condition, ask.remark))


@router.post("/recorders/{recorder}/report", status_code=201)
def report(service: ServiceDep, who: PersonWriting, recorder: str, ask: ReportRequest) -> EnteredBody:
    """Report a recorder lost, damaged or recovered."""
    return EnteredBody(entry=recorder_ledger.report(
        service.archive.site, who.actor, recorder, ask.what, ask.circumstances))


def _person(asked: PersonRequest) -> recorder_ledger.Person:
    return recorder_ledger.Person(asked.number, asked.name)


def _recorder(row: RecorderRow) -> RecorderBody:
    holder = row.now.holder
    return RecorderBody(
        id=row.id, vendor=row.vendor, serial=row.serial, kind=row.kind, code=row.code, state=row.now.state,
        since=row.now.since, holder=None if holder is None else HolderBody(number=holder.number, name=holder.name),
        last_seen=row.last_seen)


def _entry(row: EntryRow) -> LedgerEntryBody:
    return LedgerEntryBody(
        entry=row.entry, what=row.what, at=row.at, leaf=row.leaf, wearer=_holder(row.wearer_no, row.wearer),
        giver=_holder(row.giver_no, row.giver), passed=list(row.passed), failed=list(row.failed),
        clock_offset_ms=row.clock_offset_ms, condition=row.condition, remark=row.remark)


def _holder(number: str | None, name: str | None) -> HolderBody | None:
    return None if number is None and name is None else HolderBody(number=number, name=name)
