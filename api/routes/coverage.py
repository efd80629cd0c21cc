"""Steps of matters, statements, coverage and recording lists, as JSON."""

from fastapi import APIRouter

from api import coverage_schemas as schemas
from api.deps import Person, PersonWriting, Service, ServiceDep
from api.matter_schemas import RemarkRequest
from archive import step_statements, steps
from archive.step_views import StatementRow, StepRow, steps_of
from retention.coverage import Judged, Unrecorded
from retention.matter_coverage import coverage_of
from retention.recording_lists import RecordingList, one_list

router = APIRouter(prefix="/api/v1", tags=["coverage"])


@router.get("/recording-lists")
def lists(service: ServiceDep, who: Person) -> schemas.RecordingListsBody:
    """What each plan wants recorded, side by side."""
    return schemas.RecordingListsBody(in_force=in_force(service), lists=[_list(one) for one in service.lists])


@router.get("/recording-lists/{list_id}")
def one(service: ServiceDep, who: Person, list_id: str) -> schemas.RecordingListBody:
    """What one plan wants recorded."""
    return _list(one_list(service.lists, list_id))


@router.get("/matters/{matter}/steps")
def of_matter(service: ServiceDep, who: Person, matter: str) -> schemas.StepsBody:
    """The steps of a matter with the statements about them, withdrawn ones too."""
    return schemas.StepsBody(steps=[_step(row) for row in steps_of(service.archive.site, who.actor, matter)])


@router.post("/matters/{matter}/steps", status_code=201)
def taken(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.TakeStepRequest) -> schemas.StepMadeBody:
    """A step was taken."""
    made = steps.take_step(service.archive.site, who.actor, matter, ask.item, ask.began, ask.ended)
    return schemas.StepMadeBody(step=made)


@router.post("/matters/{matter}/steps/{step}/withdraw", status_code=204)
def withdrawn(service: ServiceDep, who: PersonWriting, matter: str, step: str, ask: RemarkRequest) -> None:
    """The step was entered wrongly."""
    steps.withdraw_step(service.archive.site, who.actor, matter, step, ask.remark)


@router.post("/matters/{matter}/statements", status_code=201)
def stated(service: ServiceDep, who: PersonWriting, matter: str,
           ask: schemas.StateRequest) -> schemas.StatementMadeBody:
    """Say why a step was not recorded."""
    made = step_statements.state(service.archive.site, who.actor, matter, ask.step, ask.what, ask.text, ask.began,
                                 ask.ended)
    return schemas.StatementMadeBody(statement=made)


@router.post("/matters/{matter}/statements/{statement}/confirm", status_code=204)
def confirmed(service: ServiceDep, who: PersonWriting, matter: str, statement: str) -> None:
    """A head agrees with somebody else's statement."""
    step_statements.confirm_statement(service.archive.site, who.actor, matter, statement)


@router.post("/matters/{matter}/statements/{statement}/decline", status_code=204)
def declined(service: ServiceDep, who: PersonWriting, matter: str, statement: str, ask: RemarkRequest) -> None:
    """A head does not agree, or its author takes it back."""
    step_statements.decline_statement(service.archive.site, who.actor, matter, statement, ask.remark)


@router.get("/matters/{matter}/coverage")
def coverage(service: ServiceDep, who: Person, matter: str) -> schemas.CoverageBody:
    """What each list says of each step of the matter."""
    found = coverage_of(service.archive.site, who.actor, service.rules, service.lists, matter)
    return schemas.CoverageBody(in_force=in_force(service), steps=[
        schemas.StepCoverageBody(step=one.step.id, item=one.step.item, judged=[_judged(told) for told in one.judged])
        for one in found.steps])


def in_force(service: Service) -> str | None:
    """The list that goes with the rule pack in use."""
    return next((one.id for one in service.lists if one.id == service.rules.id), None)


def _list(one: RecordingList) -> schemas.RecordingListBody:
    held = one.model_dump(include={"version", "source", "title", "in_force_from"})
    return schemas.RecordingListBody.model_validate(
        {**held, **one.ours.model_dump(), "list_id": one.id, "items": [item.model_dump() for item in one.item]})


def _step(row: StepRow) -> schemas.StepBody:
    held = {name: value for name, value in vars(row).items() if name not in ("id", "statements")}
    return schemas.StepBody.model_validate(
        {"step": row.id, **held, "statements": [_statement(one) for one in row.statements]})


def _statement(row: StatementRow) -> dict[str, object]:
    held = {name: value for name, value in vars(row).items() if name not in ("id", "step", "author")}
    return {"statement": row.id, **held}


def _judged(one: Judged) -> schemas.JudgedBody:
    return schemas.JudgedBody(
        list_id=one.list_id, item=one.item.code if one.item else None, mode=one.mode, state=one.state,
        unrecorded=[_unrecorded(span) for span in one.unrecorded], effective=list(one.effective),
        barred=list(one.barred), waiting=list(one.waiting))


def _unrecorded(one: Unrecorded) -> schemas.UnrecordedBody:
    return schemas.UnrecordedBody(
        where=one.where, surely_from=one.surely.start, surely_to=one.surely.end, perhaps_from=one.perhaps.start,
        perhaps_to=one.perhaps.end)
