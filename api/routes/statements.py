"""A station's door for what it states: that a file cannot be deposited, that a clip was wiped. The signature is the
authority."""

from fastapi import APIRouter

from api.deps import ServiceDep
from api.ledger_schemas import EnteredBody, StatementRequest, WipedBody, WipeRequest
from ingest.statements import state_unreadable
from ingest.wipe_statements import state_wipe

router = APIRouter(prefix="/api/v1", tags=["uploads"])


@router.post("/statements", status_code=201)
def state(service: ServiceDep, ask: StatementRequest) -> EnteredBody:
    """Log that a file cannot be deposited and why; the same statement again answers the same entry."""
    return EnteredBody(entry=state_unreadable(service.archive.site, ask.manifest.encode(), ask.labels.encode()))


@router.post("/wipes", status_code=201)
def state_wiped(service: ServiceDep, ask: WipeRequest) -> WipedBody:
    """Log that a clip was wiped from its recorder; the same statement again answers the same."""
    stated = state_wipe(service.archive.site, ask.statement.encode())
    return WipedBody(entry=stated.entry, contradictions=list(stated.contradictions))
