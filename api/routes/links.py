"""Links between documents and recordings, as JSON."""

from fastapi import APIRouter

from api.deps import Person, PersonWriting, ServiceDep
from api.link_schemas import LinkBody, LinkMadeBody, LinkRemark, LinkRequest
from archive import links
from archive.links import Target

router = APIRouter(prefix="/api/v1", tags=["links"])


@router.get("/recordings/{recording}/links")
def listed(service: ServiceDep, who: Person, recording: str) -> list[LinkBody]:
    """Links in force from or to this recording; those whose other end may not be known are left out."""
    return [LinkBody(link=one.id, document=one.document, paragraph=one.paragraph, page=one.page,
                     recording=one.recording, from_us=one.from_us, to_us=one.to_us, by=one.by, at=one.at)
            for one in links.links_of(service.archive.site, who.actor, recording)]


@router.post("/recordings/{recording}/links", status_code=201)
def make(service: ServiceDep, who: PersonWriting, recording: str, ask: LinkRequest) -> LinkMadeBody:
    """Link a paragraph or page of this document to a recording that is in a matter with it."""
    made = links.make_link(service.archive.site, who.actor, recording, Target(ask.recording, ask.from_us, ask.to_us),
                           paragraph=ask.paragraph, page=ask.page)
    return LinkMadeBody(link=made)


@router.post("/recordings/{recording}/links/{link}/withdraw", status_code=204)
def withdraw(service: ServiceDep, who: PersonWriting, recording: str, link: str, ask: LinkRemark) -> None:
    """Say that a link of this document does not hold after all."""
    links.withdraw_link(service.archive.site, who.actor, recording, link, ask.remark)
