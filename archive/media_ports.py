"""Port to the tools that look at media of outsiders: facts, copies, refusals, all learnt in a sandbox."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Tool:
    """A program that looked at or made bytes: name, version line, SHA-256 of its executable as ``sha256:hex``."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True)
class StreamFacts:
    """One elementary stream as probed; strings are reduced to ``[a-z0-9_.-]``, numbers are integers.

    ``first_pts_us``/``last_pts_us`` in microseconds; ``frame_rate`` as "num/den".
    """

    index: int
    kind: str  # video | audio | data | subtitle | attachment
    codec: str
    profile: str
    width: int = 0
    height: int = 0
    pixel_format: str = ""
    field_order: str = ""
    frame_rate: str = ""
    sample_rate: int = 0
    channels: int = 0
    declared_packets: int | None = None


@dataclass(frozen=True)
class MediaFacts:
    """A probed file: container name, duration, streams."""

    container: str
    duration_us: int | None
    streams: tuple[StreamFacts, ...]

    def first(self, kind: str) -> StreamFacts | None:
        """The first stream of a kind, or None."""
        return next((s for s in self.streams if s.kind == kind), None)


@dataclass(frozen=True)
class MediaRun:
    """One finished ffmpeg/ffprobe run: exact arguments (input and output as ``{in}``/``{out}``), sandbox used."""

    arguments: tuple[str, ...]
    sandbox: str
    stdout: bytes


@dataclass(frozen=True)
class CodesRead:
    """QR codes found: (picture from 0, text) in the order of the pictures; what read them, in which sandbox."""

    found: tuple[tuple[int, str], ...]
    tool: Tool
    sandbox: str


@dataclass(frozen=True)
class StillMade:
    """A photograph's copy: its pixels, what the file claims (untrusted texts by name), recipe, tools, sandbox."""

    width: int
    height: int
    claims: Mapping[str, str]
    arguments: tuple[str, ...]
    tools: tuple[Tool, ...]
    sandbox: str


@dataclass(frozen=True)
class DocumentText:
    """A document's text: how many pages it has (None: no fixed ones), and (page, text) of each paragraph in order."""

    pages: int | None
    paragraphs: tuple[tuple[int | None, str], ...]
    arguments: tuple[str, ...]
    tools: tuple[Tool, ...]
    sandbox: str


class MediaRefused(Exception):
    """The media tool would not or could not do it: ``reason`` is a stable code, ``detail`` a short printable text."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Media(Protocol):
    """ffprobe and ffmpeg run in a sandbox without network that reads one file and writes one folder.

    Raises ``MediaRefused`` with reason ``not_media | too_large | too_many_streams | timeout | tool_failed |
    undecodable | encrypted | check_failed | no_sandbox``. Limit: a fault in the kernel or the sandbox is not defended
    against.
    """

    def tools(self) -> tuple[Tool, ...]:
        """ffprobe and ffmpeg as they will run."""

    def sandbox(self) -> str:
        """``bubblewrap``, ``landlock`` or ``none`` (only when the operator opted out)."""

    def probe(self, source: Path) -> MediaFacts:
        """Facts of an untrusted file."""

    def run(self, arguments: Sequence[str], source: Path, target: Path | None, timeout_s: float) -> MediaRun:
        """Run ffmpeg on ``source``; ``{in}``/``{out}`` in the arguments stand for the two absolute paths."""

    def inspect(self, arguments: Sequence[str], source: Path, timeout_s: float) -> MediaRun:
        """Run ffprobe on ``source`` with extra arguments; stdout is capped at 512 MiB, else ``too_large``."""

    def lines(self, arguments: Sequence[str], source: Path, timeout_s: float) -> Iterator[bytes]:
        """Like ``inspect``, line by line without line ends and without the cap; errors may come after lines."""

    def chunks(self, arguments: Sequence[str], source: Path, timeout_s: float) -> Iterator[bytes]:
        """Run ffmpeg and hand on its stdout as it comes, uncapped; errors may come after chunks."""

    def codes(self, pictures: Path, side: int, timeout_s: float) -> CodesRead:
        """QR codes in a file of raw 8-bit grey pictures, each ``side`` × ``side`` pixels; the texts are untrusted."""

    def document(self, source: Path, container: str) -> DocumentText:
        """The text of a document (``pdf | docx | ofd``) as paragraphs; nothing in it is run, shown or fetched."""

    def still(self, source: Path, target: Path, side: int) -> StillMade:
        """Write ``target``: the photograph upright in sRGB as a JPEG of at most ``side`` pixels a side, pixels only."""
