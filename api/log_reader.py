"""Read another's log over HTTP as if it were hostile: no redirects, no compression, capped bytes, capped time."""

import re
import time
from pathlib import Path
from types import TracebackType

import httpx2

from archive.errors import Refused, Unavailable
from archive.proof.canonical import MAX_ENTRY
from archive.proof.note import MAX_NOTE
from archive.proof.tiles import HASH_SIZE, TILE_WIDTH

WHOLE_S = 60.0
"""Seconds one answer may take altogether: a body that drips must not hold a monitor up."""
_TOKEN = re.compile(r'name="csrf" value="([^"]{1,200})"')
_MAX_PAGE = 1 << 20


class LogReader:
    """``address``: where the log's ``checkpoint`` lies, such as ``https://archive.example/log``.

    ``Unavailable follow.unreachable`` when it does not answer; ``Refused follow.answer`` for an answer no log gives.
    """

    def __init__(self, address: str, whole_s: float = WHOLE_S) -> None:
        self._base, self._whole_s = address.rstrip("/"), whole_s
        self._client = httpx2.Client(timeout=httpx2.Timeout(20.0, connect=10.0), follow_redirects=False,
                                     headers={"Accept-Encoding": "identity", "User-Agent": "liuhen-follow"})

    def __enter__(self) -> "LogReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._client.close()

    def read(self, path: str) -> bytes:
        """The bytes at ``path`` below the log, untrusted, at most what such a resource can have."""
        return self._get(f"{self._base}/{path}", _most(path))

    def sign_in(self, login: str, password: str) -> None:
        """A session by the archive's own login form, for entry bundles; ``Refused follow.login``."""
        origin = self._base.removesuffix("/log")
        token = _TOKEN.search(self._get(f"{origin}/login", _MAX_PAGE, "text/html").decode("utf-8", "replace"))
        try:
            answer = self._client.post(f"{origin}/login", data={
                "login": login, "password": password, "csrf": token[1] if token else "", "back": "/"})
        except httpx2.HTTPError as fault:
            raise Unavailable("follow.unreachable", f"{origin} does not answer: {fault}") from fault
        if answer.status_code != 303:
            raise Refused("follow.login", f"{origin} does not let {login} in (status {answer.status_code})")

    def _get(self, address: str, most: int, accept: str = "*/*") -> bytes:
        deadline, body = time.monotonic() + self._whole_s, bytearray()
        try:
            with self._client.stream("GET", address, headers={"Accept": accept}) as answer:
                if answer.status_code != 200:
                    raise _status(address, answer.status_code)
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise Refused("follow.answer", f"{address} answers compressed, unasked")
                for chunk in answer.iter_raw():
                    body += chunk
                    if len(body) > most:
                        raise Refused("follow.answer", f"{address} answers more than {most} bytes")
                    if time.monotonic() > deadline:
                        raise Unavailable("follow.unreachable", f"{address} took longer than {self._whole_s:.0f} s")
        except httpx2.HTTPError as fault:
            raise Unavailable("follow.unreachable", f"{address} does not answer: {fault}") from fault
        except httpx2.InvalidURL as fault:
            raise Refused("follow.answer", f"{address} is no address") from fault
        return bytes(body)


class LogFolder:
    """A log's resources in a folder (a mirror, a disc), read like a served one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        """The file's bytes; a partial tile is also cut from the full one. ``Refused follow.answer`` without it."""
        whole = self._folder / re.sub(r"\.p/[0-9]+$", "", path)
        target = self._folder / path
        try:
            if target.is_file():
                return target.read_bytes()
            width = int(path.rsplit("/", 1)[1]) if ".p/" in path else TILE_WIDTH
            return whole.read_bytes()[:width * HASH_SIZE]
        except OSError as fault:
            raise Refused("follow.answer", f"{target} cannot be read: {fault.strerror}") from fault


def _status(address: str, status: int) -> Refused | Unavailable:
    if status >= 500 or status == 429:
        return Unavailable("follow.unreachable", f"{address} answers {status}")
    return Refused("follow.answer", f"{address} answers {status}, not the log's bytes: give the log's own "
                       "prefix, such as https://archive.example.cn/log (redirects are not followed)")


def _most(path: str) -> int:
    if path.startswith("tile/entries/"):
        return TILE_WIDTH * (2 + MAX_ENTRY)
    return MAX_NOTE if path == "checkpoint" else TILE_WIDTH * HASH_SIZE
