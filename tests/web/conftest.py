"""A loopback server for the pages' own code, and the one-file verifier opened from disk."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from web.page_server import Showcase, serve
from web.specimens import FRAME
from web.verifier_page import Verifier

from api.web import verifier_page


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


@pytest.fixture(scope="session")
def built(libraries: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verifier") / "liuhen-verify.html"
    path.write_bytes(verifier_page.build())
    return path


@pytest.fixture
def verifier(page: Page, built: Path) -> Iterator[Verifier]:
    """The page, opened from disk; it must not have asked for anything but itself and its own worker."""
    page.context.set_offline(True)
    page.add_init_script("Object.defineProperty(globalThis, 'crypto', { value: undefined })")
    opened = Verifier(page)
    opened.watch()
    page.goto(built.as_uri())
    expect(page.locator("html[data-ready]")).to_have_count(1)
    yield opened
    asked = [url for url in opened.requests if not url.startswith("blob:null/") and url != built.as_uri()]
    assert asked == [], "a verifier that asks the network tells somebody what is being verified"
