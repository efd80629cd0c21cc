"""The one browser of a test process (Playwright cannot be started twice in it), and no clock on properties."""

import fcntl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright
from service_fixture import AT_END

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
]  # fmt: skip
# A busy machine is no reason for a property to fail: how fast things are is measured by `make bench`.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_sessionfinish() -> None:
    """In each test process; a service that is still there would outlive the run."""
    AT_END.close()


@pytest.fixture(autouse=True)
def journal_is_nobodys() -> Iterator[None]:
    """A command run within the test process sets the journal to the standard error of that moment, which a test may
    have captured and closed: the next warning in the process would fail on a closed file."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def libraries() -> None:
    """The vendored browser libraries, fetched when absent; one test process at a time."""
    folder = ROOT / ".setup"
    folder.mkdir(exist_ok=True)
    with (folder / "assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([ROOT / "scripts" / "assets.sh"], check=True)


@pytest.fixture(scope="session")
def browser(libraries: None) -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; anything the browser complained of fails the test."""
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # The answers a test provokes (404, 503) are reported by the browser as well; those are no complaint.
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []
