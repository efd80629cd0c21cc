"""Drives the built one-file verifier in Chromium from ``file://`` with the network off."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import FilePayload, Page, Request, expect
from web.cosigned import Case

ENDED = ", ".join(f"#result[data-verdict={verdict}]" for verdict in
                  ("proven", "consistent", "incomplete", "refused", "stopped"))


@dataclass
class Verifier:
    """The open page and everything it asked for."""

    page: Page
    requests: list[str] = field(default_factory=list)

    def watch(self) -> None:
        def note(request: Request) -> None:
            self.requests.append(request.url)

        self.page.on("request", note)

    def check(
        self, given: Case, policy: str = "", language: str = "en", file: Path | None = None, without_file: bool = False,
        saved: Sequence[bytes] = (), consistency: Sequence[bytes] = (), timeout: int = 20_000,
    ) -> str:
        """Fill in everything, press the button, wait; answers the verdict."""
        page = self.page
        page.locator(f"[data-language={language}]").click()
        page.locator("#receipt").set_input_files(payload("a.receipt.json", given.receipt))
        if not without_file:
            page.locator("#media").set_input_files(file if file else payload("a.mp4", given.file))
        page.locator("#policy").fill(policy)
        page.locator("summary").click()
        page.locator("#saved").set_input_files([payload(f"{at}.txt", note) for at, note in enumerate(saved)])
        page.locator("#consistency").set_input_files([payload(f"{at}", proof) for at, proof in enumerate(consistency)])
        return self.press(timeout)

    def press(self, timeout: int = 20_000) -> str:
        self.page.locator("#start").click()
        expect(self.page.locator(ENDED)).to_have_count(1, timeout=timeout)
        expect(self.page.locator("#start")).to_be_enabled()
        return self.page.locator("#result").get_attribute("data-verdict") or ""

    def outcomes(self) -> list[tuple[str, str]]:
        """(step, outcome) in order, in the command's words."""
        said = {"unchecked": "not checked"}
        read = "all => all.map((item) => [item.dataset.step, item.dataset.outcome])"
        found = self.page.locator("#steps li").evaluate_all(read)
        return [(name, said.get(outcome, outcome)) for name, outcome in found]

    def detail(self, step: str) -> str:
        return self.page.locator(f"#steps [data-step={step}] .detail").last.inner_text()

    def limits(self) -> list[str]:
        return self.page.locator("#limits li").all_inner_texts()


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}
