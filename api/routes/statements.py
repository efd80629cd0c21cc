"""A station's door for what it cannot deposit: a signed manifest with a reason. The signature is the authority."""

from fastapi import APIRouter

from api.deps import ServiceDep
from api.ledger_schemas import EnteredBody, StatementRequest
from ingest.statements import state_unreadable

router = APIRouter(prefix="/api/v1", tags=["uploads"])


@router.post("/statements", status_code=201)
def state(service: ServiceDep, ask: StatementRequest) -> EnteredBody:
    """Log that a file cannot be deposited and why; the same statement again answers the same entry."""
    return EnteredBody(entry=state_unreadable(service.archive.site, ask.manifest.encode(), ask.labels.encode()))
