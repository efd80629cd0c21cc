"""Units in matters, owners of recordings, their consents, and parties, as JSON."""

from dataclasses import asdict

from fastapi import APIRouter

from api import joint_schemas as schemas
from api.deps import Person, PersonWriting, ServiceDep
from api.matter_schemas import RemarkRequest
from api.routes.matters import assignment, line
from archive import consents, joint_matters, matter_parties, owners

router = APIRouter(prefix="/api/v1", tags=["matters"])


@router.get("/matters/{matter}/units")
def units(service: ServiceDep, who: Person, matter: str) -> schemas.UnitPartsBody:
    """The units that take part in a matter."""
    found = joint_matters.units_of(service.archive.site, who.actor, matter)
    return schemas.UnitPartsBody(units=[schemas.UnitPartBody.model_validate(_named(one, "participation"))
                                        for one in found])


@router.post("/matters/{matter}/units", status_code=201)
def joined(service: ServiceDep, who: PersonWriting, matter: str,
           ask: schemas.JoinUnitRequest) -> schemas.ParticipationBody:
    """A unit takes part."""
    made = joint_matters.join_unit(service.archive.site, who.actor, matter, ask.unit, ask.part)
    return schemas.ParticipationBody(participation=made)


@router.delete("/matters/{matter}/units/{participation}", status_code=204)
def left(service: ServiceDep, who: PersonWriting, matter: str, participation: str) -> None:
    """A unit takes part no more."""
    joint_matters.unit_leaves(service.archive.site, who.actor, matter, participation)


@router.put("/recordings/{recording}/owner", status_code=204)
def owned(service: ServiceDep, who: PersonWriting, recording: str, ask: schemas.OwnerRequest) -> None:
    """A recording is another unit's."""
    owners.give_to(service.archive.site, who.actor, recording, ask.unit)


@router.get("/matters/{matter}/consents")
def asked_for(service: ServiceDep, who: Person, matter: str) -> schemas.ConsentsBody:
    """What was asked of owners for this matter."""
    return _consents(consents.of_matter(service.archive.site, who.actor, matter))


@router.post("/matters/{matter}/consents", status_code=201)
def asked(service: ServiceDep, who: PersonWriting, matter: str,
          ask: schemas.AskConsentRequest) -> schemas.ConsentsMadeBody:
    """Ask the owners of a matter's recordings."""
    made = consents.ask(service.archive.site, who.actor, matter, ask.recipient, ask.purpose, ask.recordings)
    return schemas.ConsentsMadeBody(consents=list(made))


@router.get("/consents")
def waiting(service: ServiceDep, who: Person) -> schemas.ConsentsBody:
    """What waits for this person's answer as a head."""
    return _consents(consents.to_answer(service.archive.site, who.actor))


@router.post("/consents/{consent}/answer", status_code=204)
def answered(service: ServiceDep, who: PersonWriting, consent: str, ask: schemas.AnswerConsentRequest) -> None:
    """Agree, or do not."""
    consents.answer(service.archive.site, who.actor, consent, ask.given, ask.remark)


@router.get("/matters/{matter}/parties")
def parties_of(service: ServiceDep, who: Person, matter: str) -> schemas.InvolvedPartiesBody:
    """The parties of a matter."""
    found = matter_parties.parties_of(service.archive.site, who.actor, matter)
    return schemas.InvolvedPartiesBody(parties=[schemas.InvolvedPartyBody.model_validate(_named(one, "involvement"))
                                                for one in found])


@router.post("/matters/{matter}/parties", status_code=201)
def involved(service: ServiceDep, who: PersonWriting, matter: str,
             ask: schemas.InvolvePartyRequest) -> schemas.InvolvementBody:
    """A party is one of the matter's."""
    made = matter_parties.involve(service.archive.site, who.actor, matter, ask.name, ask.credit_code, ask.id_number)
    return schemas.InvolvementBody(involvement=made)


@router.post("/matters/{matter}/parties/{involvement}/withdraw", status_code=204)
def withdrawn(service: ServiceDep, who: PersonWriting, matter: str, involvement: str, ask: RemarkRequest) -> None:
    """It is none."""
    matter_parties.withdraw(service.archive.site, who.actor, matter, involvement, ask.remark)


@router.post("/party-search")
def found(service: ServiceDep, who: PersonWriting, ask: schemas.FindPartiesRequest) -> schemas.PartiesBody:
    """Parties of matters this person may know of: by part of the name, credit code or id number, which must stand in no
    address."""
    found, more = matter_parties.find_parties(service.archive.site, who.actor, ask.q[:200])
    return schemas.PartiesBody(parties=[schemas.PartyLineBody.model_validate(_named(one, "party")) for one in found],
                               more=more)


@router.get("/parties/{party}")
def one(service: ServiceDep, who: Person, party: str) -> schemas.PartyBody:
    """Everything of one party together (R31)."""
    found = matter_parties.find_party(service.archive.site, who.actor, party)
    return schemas.PartyBody.model_validate({
        **_named(found.row, "party"), "matters": [line(row) for row in found.matters],
        "assigned": [assignment(a) for a in found.recordings], "hidden": found.left_out.hidden,
        "set_aside": found.left_out.aside, "beyond": found.left_out.beyond})


def _consents(found: tuple[consents.Consent, ...]) -> schemas.ConsentsBody:
    return schemas.ConsentsBody(consents=[schemas.ConsentBody.model_validate(
        {**_named(one, "consent"), "recordings": list(one.recordings)}) for one in found])


def _named(row: joint_matters.TakesPart | consents.Consent | matter_parties.InvolvedParty | matter_parties.PartyRow,
           name: str) -> dict[str, object]:
    """A row whose id goes by its kind's name."""
    held = asdict(row)
    return {name: held.pop("id"), **held}
