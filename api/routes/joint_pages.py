"""The forms about units, consents and parties on a matter's page, and the pages of consents and parties."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.page_answers import PersonForm, away, page
from api.present_joint import consents_view, parties_view, party_view
from api.routes.deadline_pages import to_recording
from api.web.addresses import matter_address
from archive import consents, joint_matters, matter_parties, owners

router = APIRouter(include_in_schema=False)
LONGEST_QUERY = 200


@router.post("/matters/{matter}/units")
def joined(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """A unit takes part."""
    joint_matters.join_unit(service.archive.site, who.actor, matter, form.get("unit", ""), form.get("part", ""))
    return away(matter_address(matter))


@router.post("/matters/{matter}/units/{participation}/end")
def left(service: ServiceDep, who: Person, matter: str, participation: str, form: PersonForm) -> Response:
    """No more."""
    joint_matters.unit_leaves(service.archive.site, who.actor, matter, participation)
    return away(matter_address(matter))


@router.post("/recordings/{recording}/owner")
def owned(service: ServiceDep, who: Person, recording: str, form: PersonForm) -> Response:
    """The recording is another unit's."""
    owners.give_to(service.archive.site, who.actor, recording, form.get("unit", ""))
    return to_recording(recording, form)


@router.post("/matters/{matter}/consents")
def asked(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """Ask the owners of its recordings."""
    consents.ask(service.archive.site, who.actor, matter, form.get("recipient", ""), form.get("purpose", ""))
    return away(matter_address(matter))


@router.get("/consents")
def waiting(request: Request, service: ServiceDep, who: Person) -> Response:
    """What waits for this person's answer as a head."""
    view = consents_view(service.archive.site, who.actor, page_answers.frame(request, who))
    return page(service.pages.consents(view, language_of(request)))


@router.post("/consents/{consent}")
def answered(service: ServiceDep, who: Person, consent: str, form: PersonForm) -> Response:
    """Agree, or do not."""
    given = form.get("answer") == "given"
    consents.answer(service.archive.site, who.actor, consent, given, form.get("remark", ""))
    return away("/consents")


@router.post("/matters/{matter}/parties")
def involved(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """A party is one of the matter's."""
    matter_parties.involve(service.archive.site, who.actor, matter, form.get("name", ""), form.get("credit_code", ""),
                           form.get("id_number", ""))
    return away(matter_address(matter))


@router.post("/matters/{matter}/parties/{involvement}/withdraw")
def withdrawn(service: ServiceDep, who: Person, matter: str, involvement: str, form: PersonForm) -> Response:
    """It is none."""
    matter_parties.withdraw(service.archive.site, who.actor, matter, involvement, form.get("remark", ""))
    return away(matter_address(matter))


@router.get("/parties")
def parties(request: Request, service: ServiceDep, who: Person) -> Response:
    """Parties of matters this person may know of."""
    view = parties_view(service.archive.site, who.actor, page_answers.frame(request, who), "")
    return page(service.pages.parties(view, language_of(request)))


@router.post("/parties")
def found(request: Request, service: ServiceDep, who: Person, form: PersonForm) -> Response:
    """Those that go by this. A form, for an id number must stand in no address."""
    query = form.get("q", "")[:LONGEST_QUERY]
    view = parties_view(service.archive.site, who.actor, page_answers.frame(request, who), query)
    return page(service.pages.parties(view, language_of(request)))


@router.get("/parties/{party}")
def one(request: Request, service: ServiceDep, who: Person, party: str) -> Response:
    """Everything of one party together."""
    view = party_view(service.archive.site, who.actor, page_answers.frame(request, who), party)
    return page(service.pages.party(view, language_of(request)))
