"""The page of what stands unclaimed in drop folders."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.page_answers import page
from api.web.unclaimed import UnclaimedLine, UnclaimedView
from ingest import drop_records
from ingest.import_accounts import accounts

router = APIRouter(include_in_schema=False)
LONGEST = 500


@router.get("/unclaimed")
def unclaimed(request: Request, service: ServiceDep, who: Person) -> Response:
    """What nobody could take in, with the reason and since when; showing it makes no event."""
    archive = service.archive
    names: dict[str, str] = {account.id: account.title or account.id for account in accounts(archive.site).values()}
    found = drop_records.unclaimed(archive.site, limit=LONGEST + 1)
    lines = tuple(UnclaimedLine(names.get(one.account, one.account), one.path, one.reason, one.detail, one.size,
                                one.since) for one in found[:LONGEST])
    view = UnclaimedView(page_answers.frame(request, who), lines, len(archive.settings.drop.folders),
                         len(found) > LONGEST)
    return page(service.pages.unclaimed(view, language_of(request)))
