"""``liuhen serve``: one process with store, sequencer, worker and web; ends cleanly on SIGTERM and Ctrl-C."""

import os
import socket
import sys
import threading
from pathlib import Path

import structlog
import uvicorn

from api import allocator, collector
from api.app import make_app
from api.deps import Service
from api.drop import DropThread
from api.rota import rota
from api.settings import Settings
from api.web.render import Renderer
from api.wiring import Archive, running
from api.worker import Worker
from archive.errors import Refused
from ingest.reconcile import reconcile
from ingest.recovery import recover
from retention.clauses import load_pack

GRACE_S = 10
_journal = structlog.get_logger("serve")


def serve(data: Path, settings: Settings, port: int | None = None) -> None:
    """Serve until told to stop; prints the address once it answers. ``run/serve.pid`` holds our pid meanwhile."""
    log_to_stderr()
    allocator.give_back_large_blocks()
    listening = listen(settings.web.host, settings.web.port if port is None else port)
    with running(data, settings) as archive:
        recover(archive.intake)
        drop = DropThread(archive)
        worker = Worker(archive.intake)
        threading.Thread(target=_look_over, args=(archive,), name="reconcile", daemon=True).start()
        address = f"http://{settings.web.host}:{listening.getsockname()[1]}"
        pid = data / "run" / "serve.pid"
        pid.write_text(f"{os.getpid()} {address}\n")
        tasks = rota(archive)
        worker.start()
        tasks.start()
        drop.start()
        try:
            _run(archive, settings, listening, address)
        finally:
            drop.stop()
            tasks.stop()
            worker.stop()
            pid.unlink(missing_ok=True)


def _run(archive: Archive, settings: Settings, listening: socket.socket, address: str) -> None:
    service = Service(archive, Renderer(), secure_cookies=settings.web.public_url.startswith("https://"),
                      rules=load_pack(settings.rules.pack))
    config = uvicorn.Config(make_app(service), access_log=False, log_level="warning", server_header=False,
                            timeout_graceful_shutdown=GRACE_S)
    collector.settle()
    print(f"serving {settings.web.public_url or address}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; ``Refused serve.port_taken``."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as fault:
        raise Refused("serve.port_taken", f"{host}:{port} cannot be listened on: {fault.strerror}; "
                      "choose another by --port") from fault
    listening.listen(512)
    listening.set_inheritable(False)
    return listening


def _look_over(archive: Archive) -> None:
    """Once at every start: what lies in the store against the rows; findings go to the journal, nothing is changed."""
    try:
        findings = reconcile(archive.intake)
    except Exception as fault:
        _journal.warning("reconcile.not_done", reason=str(fault))  # the service goes on; `liuhen reconcile` tells
        return
    for finding in findings:
        report = _journal.error if finding.grave else _journal.info
        report("reconcile.finding", kind=finding.kind, key=finding.key, detail=finding.detail)


def log_to_stderr() -> None:
    """The journal: one line an event on standard error; codes and ids, no particulars, no tokens."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr))
