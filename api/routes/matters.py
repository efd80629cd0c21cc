"""Matters, as JSON."""

from dataclasses import asdict

from fastapi import APIRouter

from api import matter_schemas as schemas
from api.deps import Person, PersonWriting, ServiceDep
from archive import matter_members, matter_merging, matter_recordings, matter_views, matters
from archive.matter_names import named
from archive.matter_views import Assigned, MatterRow, Member

router = APIRouter(prefix="/api/v1", tags=["matters"])


@router.get("/matters")
def listed(service: ServiceDep, who: Person, q: str = "", own: bool = False) -> schemas.MattersBody:
    """Matters this person may know of: by own number, case number or part of a title; ``own``: that they work on."""
    rows, more = matter_views.find_matters(service.archive.site, who.actor, q[:1000], own=own)
    return schemas.MattersBody(matters=[schemas.MatterLineBody.model_validate(line(row)) for row in rows], more=more)


@router.post("/matters", status_code=201)
def opened(service: ServiceDep, who: PersonWriting, ask: schemas.OpenMatterRequest) -> schemas.MatterMadeBody:
    """Open a matter; who opens it leads it."""
    made = matters.open_matter(service.archive.site, who.actor, ask.kind, ask.title, ask.case_no)
    return schemas.MatterMadeBody(matter=made)


@router.get("/matters/{matter}")
def one(service: ServiceDep, who: Person, matter: str) -> schemas.MatterBody:
    """A matter with its members and its recordings in the order they were taken."""
    found = matter_views.find_matter(service.archive.site, who.actor, matter)
    return schemas.MatterBody.model_validate({
        **line(found.row), "members": [_named(m, "membership") for m in found.members],
        "assigned": [assignment(a) for a in found.recordings],
        "merged": [m.id for m in found.merged], "into": found.into.id if found.into else None,
        "split_from": found.split_from.id if found.split_from else None, "hidden": found.left_out.hidden,
        "set_aside": found.left_out.aside, "beyond": found.left_out.beyond})


@router.patch("/matters/{matter}", status_code=204)
def changed(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.ChangeMatterRequest) -> None:
    """Call a matter otherwise, or give it its case number."""
    if ask.title is not None:
        matters.retitle(service.archive.site, who.actor, matter, ask.title)
    if ask.case_no is not None:
        matters.give_case_number(service.archive.site, who.actor, matter, ask.case_no)


@router.post("/matters/{matter}/file", status_code=204)
def filed(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.FileCaseRequest) -> None:
    """The matter becomes a case."""
    matters.file_case(service.archive.site, who.actor, matter, ask.decided_on, ask.case_no)


@router.post("/matters/{matter}/end", status_code=204)
def ended(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.EndActRequest) -> None:
    """The act of enforcement is over."""
    matters.end_act(service.archive.site, who.actor, matter, ask.basis, ask.ended_on)


@router.post("/matters/{matter}/go-on", status_code=204)
def going_on(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.RemarkRequest) -> None:
    """Take the end of the act back."""
    matters.withdraw_end(service.archive.site, who.actor, matter, ask.remark)


@router.post("/matters/{matter}/merge", status_code=204)
def merged(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.MergeRequest) -> None:
    """The matter goes on as part of another."""
    site = service.archive.site
    matter_merging.merge(site, who.actor, matter, named(site, who.actor, ask.into), ask.remark)


@router.post("/matters/{matter}/split", status_code=201)
def split(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.SplitRequest) -> schemas.MatterMadeBody:
    """A new matter is split off."""
    made = matter_merging.split(service.archive.site, who.actor, matter, ask.kind, ask.title, ask.assignments,
                                ask.remark)
    return schemas.MatterMadeBody(matter=made)


@router.post("/matters/{matter}/members", status_code=201)
def member(service: ServiceDep, who: PersonWriting, matter: str, ask: schemas.MemberRequest) -> schemas.MembershipBody:
    """Put a person in a relation to the matter."""
    made = matter_members.add_member(service.archive.site, who.actor, matter, ask.login, ask.relation)
    return schemas.MembershipBody(membership=made)


@router.delete("/matters/{matter}/members/{membership}", status_code=204)
def member_gone(service: ServiceDep, who: PersonWriting, matter: str, membership: str) -> None:
    """End a relation."""
    matter_members.remove_member(service.archive.site, who.actor, matter, membership)


@router.post("/matters/{matter}/recordings", status_code=201)
def assigned(service: ServiceDep, who: PersonWriting, matter: str,
             ask: schemas.AssignRequest) -> schemas.AssignmentsBody:
    """Recordings, or a span of one, belong to the matter."""
    made = matter_recordings.assign(service.archive.site, who.actor, ask.recordings, matter,
                                    matter_recordings.span_of(ask.from_us, ask.to_us))
    return schemas.AssignmentsBody(assignments=list(made))


@router.post("/matters/{matter}/recordings/{assignment}/withdraw", status_code=204)
def withdrawn(service: ServiceDep, who: PersonWriting, matter: str, assignment: str,
              ask: schemas.RemarkRequest) -> None:
    """A recording does not belong to the matter."""
    matter_recordings.withdraw(service.archive.site, who.actor, matter, assignment, ask.remark)


@router.post("/matters/{matter}/recordings/{assignment}/correct", status_code=201)
def corrected(service: ServiceDep, who: PersonWriting, matter: str, assignment: str,
              ask: schemas.CorrectRequest) -> schemas.AssignmentsBody:
    """A recording belongs to another matter."""
    site = service.archive.site
    made = matter_recordings.correct(site, who.actor, matter, assignment, named(site, who.actor, ask.matter),
                                     ask.remark, matter_recordings.span_of(ask.from_us, ask.to_us))
    return schemas.AssignmentsBody(assignments=[made])


def line(row: MatterRow) -> dict[str, object]:
    """A matter as members of a JSON body."""
    return _named(row, "matter")


def assignment(a: Assigned) -> dict[str, object]:
    """A recording of a matter as members of a JSON body."""
    return {"assignment": a.id, "matter": a.matter, "recording": a.row.id, "from_us": a.from_us, "to_us": a.to_us,
            "by": a.by, "at": a.at}


def _named(row: MatterRow | Member, name: str) -> dict[str, object]:
    """A row whose id goes by its kind's name."""
    held = asdict(row)
    return {name: held.pop("id"), **held}
