"""Documents, read by pypdf and defusedxml in a confined child: never in the service's own process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archive.adapters.confined import ConfinedPython, library
from archive.adapters.sandbox import Limits
from archive.media_ports import DocumentText, MediaFacts, MediaRefused
from archive.mediums import DOCUMENTS

CHILD = Path(__file__).with_name("document_child.py")
_MEMORY = 2 << 30
_SECONDS = 120.0
_MOST_PAGES, _MOST_PARAGRAPHS = 2_000, 20_000


class PaperReader:
    """Starts one child for each document."""

    def __init__(self, allow_unsandboxed: bool, kinds: Sequence[str]) -> None:
        libraries = (library("pypdf", "pypdf"), library("defusedxml", "defusedxml"))
        self._child = ConfinedPython(CHILD, libraries, allow_unsandboxed, kinds)

    def facts(self, source: Path) -> MediaFacts:
        """What a zip is; ``not_media`` when it is neither DOCX nor OFD."""
        named = self._ask(source, None).get("container")
        if named not in DOCUMENTS:
            raise MediaRefused("tool_failed", "the child names another kind of document")
        return MediaFacts(str(named), None, ())

    def text(self, source: Path, container: str) -> DocumentText:
        """See ``archive.ports.Media.document``."""
        said = self._ask(source, container)
        pages, paragraphs = said.get("pages"), said.get("paragraphs")
        if not (pages is None or (type(pages) is int and 0 <= pages <= _MOST_PAGES)) or not isinstance(
                paragraphs, list) or len(paragraphs) > _MOST_PARAGRAPHS:
            raise MediaRefused("tool_failed", "the child's answer is not of its form")
        found = tuple(_paragraph(one, pages) for one in paragraphs)
        return DocumentText(pages, found, ("paragraphs/1", container, "{in}", "{out}"), self._child.tools,
                            self._child.sandbox)

    def _ask(self, source: Path, container: str | None) -> dict[str, Any]:
        limits = Limits(cpu_s=int(_SECONDS) + 1, memory=_MEMORY, file_size=0)
        return self._child.ask({"as": container}, source, None, limits, _SECONDS)


def _paragraph(untrusted: object, pages: int | None) -> tuple[int | None, str]:
    page, text = untrusted if isinstance(untrusted, list) and len(untrusted) == 2 else (0, None)
    fits = page is None if pages is None else type(page) is int and 1 <= page <= pages
    if not fits or not isinstance(text, str) or not text:
        raise MediaRefused("tool_failed", "the child's answer is not of its form")
    return page, text
