"""A Python of its own in a sandbox: shown named libraries and one file, answers with one JSON object."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from archive.adapters.children import Child
from archive.adapters.sandbox import ENVIRONMENT, Limits, Sandbox
from archive.ports import MediaRefused, Tool

_ANSWER_CAP = 64 << 20


@dataclass(frozen=True)
class Library:
    """One library as the child may see it: where it lies, what lies beside it, and as which tool it is logged."""

    name: str
    place: Path
    beside: tuple[Path, ...]
    tool: Tool | None


def library(name: str, package: str | None, native: str | None = None) -> Library:
    """A library of this environment, found without loading it; ``package``: what it is called where it was published,
    None for a part that is not logged. ``native``: the file whose digest is logged, else ``__init__.py``'s."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise MediaRefused("tool_failed", f"{name} is not installed")
    origin = Path(found.origin).resolve()
    place = origin.parent if found.submodule_search_locations else origin
    beside = tuple(path for path in [place.parent / f"{(package or name).replace('-', '_').lower()}.libs"]
                   if path.is_dir())
    tool = None
    if package is not None:
        measured = next(iter(sorted(place.glob(native))), origin) if native else origin
        with measured.open("rb") as file:
            tool = Tool(package, version(package), f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")
    return Library(name, place, beside, tool)


class ConfinedPython:
    """Starts one child for each file; it may read that file, Python's own, and the libraries; write one folder.

    Limit: a fault in the kernel or the sandbox is not defended against.
    """

    def __init__(self, program: Path, libraries: Sequence[Library], allow_unsandboxed: bool,
                 kinds: Sequence[str]) -> None:
        self._places = {one.name: str(one.place) for one in libraries}
        shown = [path for one in libraries for path in (one.place, *one.beside)]
        # The sandbox shows the folder a program stands in: for a Python outside /usr that is all of it.
        self._sandbox = Sandbox((Path(sys.base_prefix) / "python",), allow_unsandboxed, kinds, shown)
        self._program = program.read_text("utf-8")
        self.tools = tuple(one.tool for one in libraries if one.tool is not None)

    @property
    def sandbox(self) -> str:
        """Name of the confinement in use."""
        return self._sandbox.name

    def ask(self, order: Mapping[str, Any], source: Path, folder: Path | None, limits: Limits,
            timeout_s: float) -> dict[str, Any]:
        """The child's answer, of unchecked form. ``MediaRefused`` with its own reason, ``timeout | tool_failed``."""
        told = json.dumps({**order, "source": str(source.resolve()), "libraries": self._places})
        command = [str(Path(sys.executable).resolve()), "-I", "-S", "-c", self._program, told]
        given = bytearray()
        with Child(self._sandbox.wrap(command, source.resolve(), folder and folder.resolve(), limits), ENVIRONMENT,
                   timeout_s) as child:
            for chunk in child.chunks():
                given += chunk
                if len(given) > _ANSWER_CAP:
                    raise MediaRefused("too_large", "the child answered with more than 64 MiB")
            done = child.finish()
        if done.timed_out:
            raise MediaRefused("timeout", "the child did not finish in time")
        if done.returncode != 0:
            raise MediaRefused("tool_failed", f"the child ended with {done.returncode}")
        return _object(bytes(given))


def _object(untrusted: bytes) -> dict[str, Any]:
    try:
        said = json.loads(untrusted)
    except (ValueError, RecursionError) as fault:
        raise MediaRefused("tool_failed", "the child's answer does not read") from fault
    if not isinstance(said, dict):
        raise MediaRefused("tool_failed", "the child's answer is not of its form")
    if "refused" in said:
        reason = said["refused"]
        known = reason in ("too_large", "undecodable", "encrypted", "not_media")
        raise MediaRefused(reason if known else "tool_failed", "the child could not read it")
    return said
