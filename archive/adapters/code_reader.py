"""QR codes in pictures, read by zxing-cpp in a confined child: decoding what outsiders filmed is never done here."""

import hashlib
import json
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from archive.adapters.children import Child, Finished
from archive.adapters.sandbox import ENVIRONMENT, Limits, Sandbox
from archive.ports import CodesRead, MediaRefused, Tool

CHILD = Path(__file__).with_name("code_child.py")
_ANSWER_CAP = 1 << 20
_LONGEST = 512
_MEMORY = 1 << 30


class CodeReader:
    """Starts one child for each file of pictures; it may read that file, Python's own, and one native library.

    Limit: a fault in the kernel or the sandbox is not defended against.
    """

    def __init__(self, allow_unsandboxed: bool, kinds: Sequence[str], program: str | None = None) -> None:
        self._library = _library()
        # The sandbox shows the folder a program stands in: for a Python outside /usr that is all of it.
        self._sandbox = Sandbox((self._library, Path(sys.base_prefix) / "python"), allow_unsandboxed, kinds)
        self._program = CHILD.read_text("utf-8") if program is None else program
        with self._library.open("rb") as library:
            digest = hashlib.file_digest(library, "sha256").hexdigest()
        self._tool = Tool("zxing-cpp", version("zxing-cpp"), f"sha256:{digest}")

    def read(self, pictures: Path, side: int, timeout_s: float) -> CodesRead:
        """See ``archive.ports.Media.codes``."""
        source, most = pictures.resolve(), pictures.stat().st_size // (side * side)
        command = [str(Path(sys.executable).resolve()), "-I", "-S", "-c", self._program, str(self._library),
                   str(source), str(side)]
        limits = Limits(cpu_s=int(timeout_s) + 1, memory=_MEMORY, file_size=0)
        answer = bytearray()
        with Child(self._sandbox.wrap(command, source, None, limits), ENVIRONMENT, timeout_s) as child:
            for chunk in child.chunks():
                answer += chunk
                if len(answer) > _ANSWER_CAP:
                    raise MediaRefused("too_large", "the code reader answered with more than 1 MiB")
            _demand_success(child.finish())
        return CodesRead(_codes(bytes(answer), most), self._tool, self._sandbox.name)


def _library() -> Path:
    """The native part of zxing-cpp, found without loading it."""
    package = find_spec("zxingcpp")
    places = None if package is None else package.submodule_search_locations
    native = PathFinder.find_spec("zxingcpp", list(places or ()))
    if native is None or native.origin is None:
        raise MediaRefused("tool_failed", "zxing-cpp is not installed")
    return Path(native.origin).resolve()


def _demand_success(done: Finished) -> None:
    if done.timed_out:
        raise MediaRefused("timeout", "the code reader did not finish in time")
    if done.returncode != 0:
        raise MediaRefused("tool_failed", f"the code reader ended with {done.returncode}")


def _codes(untrusted_answer: bytes, most: int) -> tuple[tuple[int, str], ...]:
    """(picture, text) of each line, pictures in order from 0 to below ``most``; ``MediaRefused`` for any other line."""
    found = list[tuple[int, str]]()
    for line in untrusted_answer.splitlines():
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as fault:
            raise MediaRefused("tool_failed", "the code reader's answer does not read") from fault
        number, text = (said.get("picture"), said.get("text")) if isinstance(said, dict) else (None, None)
        if type(number) is not int or not isinstance(text, str) or len(text) > _LONGEST:
            raise MediaRefused("tool_failed", "the code reader's answer is not of its form")
        if not (found[-1][0] if found else 0) <= number < most:
            raise MediaRefused("tool_failed", "the code reader names a picture there is not")
        found.append((number, text))
    return tuple(found)
