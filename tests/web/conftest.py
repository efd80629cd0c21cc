"""A loopback server for the pages' own code."""

import threading
from collections.abc import Iterator

import pytest
from web.page_server import Showcase, serve
from web.specimens import FRAME


@pytest.fixture
def show() -> Showcase:
    return Showcase(csrf=FRAME.csrf)


@pytest.fixture
def address(show: Showcase) -> Iterator[str]:
    """Where the showcase is served."""
    server = serve(show)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
