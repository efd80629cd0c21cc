"""ffprobe and ffmpeg behind the Media port: guarded arguments, sandboxed runs, outside strings reduced to tokens."""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from archive.adapters.children import Child, Finished
from archive.adapters.code_reader import CodeReader
from archive.adapters.magic import shape_of
from archive.adapters.media_facts import BY_SUFFIX, DEMUXERS, facts_of
from archive.adapters.papers import PaperReader
from archive.adapters.pictures import PictureReader
from archive.adapters.sandbox import BUBBLEWRAP, ENVIRONMENT, LANDLOCK, Limits, Sandbox
from archive.ports import CodesRead, DocumentText, MediaFacts, MediaRefused, MediaRun, StillMade, Tool

MAX_PIXELS = 36_000_000  # 8192 × 4352: 8K recorders pass, decompression bombs do not
MAX_STREAMS = 64
_STDOUT_CAP = 512 << 20
_LINE_CAP = 64 << 10
_PROBE_SECONDS = 120.0
_PROBE_FIELDS = ("format=format_name,duration:stream=index,codec_type,codec_name,profile,width,height,pix_fmt,"
                 "field_order,avg_frame_rate,sample_rate,channels,nb_frames:stream_disposition=attached_pic")
# A stream may begin half a minute after the first (pre-event buffer): the probe must read that far.
_GUARDS = ("-protocol_whitelist", "file", "-format_whitelist", ",".join(DEMUXERS),
           "-max_pixels", str(MAX_PIXELS), "-max_streams", str(MAX_STREAMS),
           "-probesize", str(64 << 20), "-analyzeduration", "60000000")


class FfmpegMedia:
    """``archive.ports.Media`` with the ffmpeg and ffprobe found on PATH.

    Every run carries the guards of the hostile-file list: local files only, named demuxers only, bounded
    pixels, streams and probing. ``allow_unsandboxed`` is the operator's opt-out, seen in ``sandbox()``.
    """

    def __init__(self, allow_unsandboxed: bool = False, sandbox_kinds: Sequence[str] = (BUBBLEWRAP, LANDLOCK),
                 code_reader: CodeReader | None = None, pictures: PictureReader | None = None,
                 papers: PaperReader | None = None) -> None:
        self._ffmpeg, self._ffprobe = _program("ffmpeg"), _program("ffprobe")
        programs = (self._ffmpeg, self._ffprobe)
        self._sandbox = Sandbox(programs, allow_unsandboxed, sandbox_kinds)
        self._code_reader = code_reader or CodeReader(allow_unsandboxed, sandbox_kinds)
        self._pictures = pictures or PictureReader(allow_unsandboxed, sandbox_kinds)
        self._papers = papers or PaperReader(allow_unsandboxed, sandbox_kinds)
        self._tools = tuple(_tool(p) for p in programs)

    def tools(self) -> tuple[Tool, ...]:
        """ffmpeg and ffprobe: name, version, digest of the executable as found at start.

        Limit: the shared libraries they load are not part of the digest.
        """
        return self._tools

    def sandbox(self) -> str:
        """``bubblewrap``, ``landlock`` or ``none``."""
        return self._sandbox.name

    def probe(self, source: Path) -> MediaFacts:
        """Facts of an untrusted file; ``not_media`` when no allowed demuxer knows it.

        Photographs and documents are told by their bytes and read by other programs. The suffix decides only after all
        others failed: for headerless sound (G.722, A-law, µ-law).
        """
        shape = shape_of(source)
        if shape == "still":
            return self._pictures.facts(source)
        if shape == "pdf":
            return MediaFacts("pdf", None, ())
        if shape == "zip":
            return self._papers.facts(source)
        try:
            return self._facts(source, ())
        except MediaRefused as refused:
            demuxer = BY_SUFFIX.get(source.suffix.lower())
            if refused.reason != "not_media" or demuxer is None:
                raise
        return self._facts(source, demuxer)

    def run(self, arguments: Sequence[str], source: Path, target: Path | None, timeout_s: float) -> MediaRun:
        """Run ffmpeg; the guards go in before every ``-i``, the recorded arguments include them."""
        return self._collect(self._ffmpeg, _guarded(arguments), source, target, timeout_s)

    def inspect(self, arguments: Sequence[str], source: Path, timeout_s: float) -> MediaRun:
        """Run ffprobe; ``arguments`` may hold ``-f name`` for a headerless source, ``-i {in}`` is added."""
        return self._collect(self._ffprobe, _probe_arguments(arguments), source, None, timeout_s)

    def lines(self, arguments: Sequence[str], source: Path, timeout_s: float) -> Iterator[bytes]:
        """ffprobe's stdout line by line (without line ends), so that long files need little memory."""
        with self._start(self._ffprobe, _probe_arguments(arguments), source, None, timeout_s) as child:
            rest = b""
            for chunk in child.chunks():
                *whole, rest = (rest + chunk).split(b"\n")
                yield from whole
                if len(rest) > _LINE_CAP:
                    raise MediaRefused("too_large", "a line of the probe's answer has no end")
            if rest:
                yield rest
            _demand_success(child.finish())

    def chunks(self, arguments: Sequence[str], source: Path, timeout_s: float) -> Iterator[bytes]:
        """ffmpeg's stdout in pieces of at most 256 KiB."""
        with self._start(self._ffmpeg, _guarded(arguments), source, None, timeout_s) as child:
            yield from child.chunks()
            _demand_success(child.finish())

    def codes(self, pictures: Path, side: int, timeout_s: float) -> CodesRead:
        """QR codes, read by another program than ffmpeg in a sandbox of the same kind."""
        return self._code_reader.read(pictures, side, timeout_s)

    def document(self, source: Path, container: str) -> DocumentText:
        """A document's text, read by another program than ffmpeg in a sandbox of the same kind."""
        return self._papers.text(source, container)

    def still(self, source: Path, target: Path, side: int) -> StillMade:
        """A photograph's copy, made by another program than ffmpeg in a sandbox of the same kind."""
        return self._pictures.copy(source, target, side)

    def _facts(self, source: Path, demuxer: Sequence[str]) -> MediaFacts:
        arguments = (*demuxer, "-show_entries", _PROBE_FIELDS, "-of", "json")
        try:
            run = self.inspect(arguments, source, _PROBE_SECONDS)
        except MediaRefused as refused:
            if refused.reason != "tool_failed":
                raise
            raise MediaRefused("not_media", refused.detail) from refused
        facts = facts_of(json.loads(run.stdout), demuxer[1] if demuxer else "")
        _within_limits(facts)
        return facts

    def _collect(self, program: Path, arguments: Sequence[str], source: Path, target: Path | None,
                 timeout_s: float) -> MediaRun:
        kept = bytearray()
        with self._start(program, arguments, source, target, timeout_s) as child:
            for chunk in child.chunks():
                kept += chunk
                if len(kept) > _STDOUT_CAP:
                    raise MediaRefused("too_large", "the tool answered with more than 512 MiB")
            _demand_success(child.finish())
        return MediaRun(tuple(arguments), self.sandbox(), bytes(kept))

    def _start(self, program: Path, arguments: Sequence[str], source: Path, target: Path | None,
               timeout_s: float) -> Child:
        source = source.resolve()
        if not source.is_file():
            raise MediaRefused("tool_failed", "the input is not a regular file")
        folder = None if target is None else target.parent.resolve()
        places = {"{in}": f"file:{source}"}
        if folder is not None and target is not None:
            places["{out}"] = f"file:{folder / target.name}"
        command = [str(program), *(_place(a, places) for a in arguments)]
        # A copy is seldom larger than its source; four times is room enough and stops a runaway writer.
        limits = Limits(cpu_s=int(timeout_s * 4) + 1, file_size=4 * source.stat().st_size + (256 << 20))
        return Child(self._sandbox.wrap(command, source, folder, limits), ENVIRONMENT, timeout_s)


def _place(argument: str, places: Mapping[str, str]) -> str:
    """Only a whole argument is a placeholder: nothing is put into filter strings."""
    return places.get(argument, argument)


def _guarded(arguments: Sequence[str]) -> tuple[str, ...]:
    out = ["-nostdin", "-hide_banner", "-v", "error", "-y"]
    for argument in arguments:
        if argument == "-i":
            out += _GUARDS
        out.append(argument)
    return tuple(out)


def _probe_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    return ("-hide_banner", "-v", "error", *_GUARDS, *arguments, "-i", "{in}")


def _demand_success(done: Finished) -> None:
    if done.timed_out:
        raise MediaRefused("timeout", "the tool did not finish in time")
    if done.returncode != 0:
        raise MediaRefused("tool_failed", _printable(done.stderr))


def _printable(untrusted_stderr: bytes) -> str:
    """The last line, ASCII only, at most 200 characters: file names and tags of outsiders may stand in it."""
    lines = untrusted_stderr.decode("ascii", "replace").strip().splitlines() or [""]
    text = re.sub(r"file:/\S*", "the file", lines[-1])  # where the archive keeps its files is nobody's concern
    return "".join(c if c.isprintable() and c.isascii() else "?" for c in text)[-200:]


def _within_limits(facts: MediaFacts) -> None:
    if len(facts.streams) >= MAX_STREAMS:
        raise MediaRefused("too_many_streams", f"{MAX_STREAMS} streams or more")
    if any(s.width * s.height > MAX_PIXELS for s in facts.streams):
        raise MediaRefused("too_large", "the picture has too many pixels")


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise MediaRefused("tool_failed", f"{name} is not installed")
    return Path(found).resolve()


def _tool(program: Path) -> Tool:
    """The tool's own version line and the SHA-256 of its executable. It reads no outside input here."""
    with program.open("rb") as executable:
        digest = hashlib.file_digest(executable, "sha256").hexdigest()
    done = subprocess.run([str(program), "-version"], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=30, check=True)
    version = done.stdout.decode("utf-8", "replace").splitlines()[0].split(" Copyright")[0]
    return Tool(program.name, version, f"sha256:{digest}")
