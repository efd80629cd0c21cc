"""``liuhen serve``: one process with store, sequencer, worker and web; ends cleanly on SIGTERM and Ctrl-C."""

import os
import socket
import sys
from pathlib import Path

import structlog
import uvicorn

from api.app import make_app
from api.deps import Service
from api.settings import Settings
from api.web.render import Renderer
from api.wiring import Archive, running
from api.worker import Worker
from ingest.recovery import recover

GRACE_S = 10


def serve(data: Path, settings: Settings, port: int | None = None) -> None:
    """Serve until told to stop; prints the address once it answers. ``run/serve.pid`` holds our pid meanwhile."""
    log_to_stderr()
    with running(data, settings) as archive:
        recover(archive.intake)
        worker = Worker(archive.intake)
        listening = _listen(settings.web.host, settings.web.port if port is None else port)
        address = f"http://{settings.web.host}:{listening.getsockname()[1]}"
        pid = data / "run" / "serve.pid"
        pid.write_text(f"{os.getpid()} {address}\n")
        worker.start()
        try:
            _run(archive, settings, listening, address)
        finally:
            worker.stop()
            pid.unlink(missing_ok=True)


def _run(archive: Archive, settings: Settings, listening: socket.socket, address: str) -> None:
    service = Service(archive, Renderer(), secure_cookies=settings.web.public_url.startswith("https://"))
    config = uvicorn.Config(make_app(service), access_log=False, log_level="warning", server_header=False,
                            timeout_graceful_shutdown=GRACE_S)
    print(f"serving {settings.web.public_url or address}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(512)
    listening.set_inheritable(False)
    return listening


def log_to_stderr() -> None:
    """The journal: one line an event on standard error; codes and ids, no particulars, no tokens."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr))
