"""Liveness, readiness and metrics, for supervisors on the same machine."""

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from api.deps import ServiceDep
from api.schemas import HealthBody, content
from archive import custody, jobs
from archive.publication import Act, require

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(service: ServiceDep) -> HealthBody:
    """The log can be published now; 503 otherwise."""
    site = service.archive.site
    require(site, Act.PLAYBACK)
    tree = site.sequencer.signed
    return HealthBody(status="ready", log_size=tree.checkpoint.size if tree else 0, jobs=site.db.read(jobs.counts))


@router.get("/metrics", response_class=Response, responses={200: content("text/plain")})
def metrics(service: ServiceDep) -> Response:
    """Prometheus text: sizes of the log, jobs by state. Counts only; no names."""
    site, registry = service.archive.site, CollectorRegistry()
    tree = site.sequencer.signed
    Gauge("liuhen_log_rows", "Custody rows", registry=registry).set(site.db.read(custody.size))
    Gauge("liuhen_log_signed", "Leaves under the signed checkpoint", registry=registry).set(
        tree.checkpoint.size if tree else 0)
    by_state = Gauge("liuhen_jobs", "Jobs by state", ["state"], registry=registry)
    for state, count in site.db.read(jobs.counts).items():
        by_state.labels(state).set(count)
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")
