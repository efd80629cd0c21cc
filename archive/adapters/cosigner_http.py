"""A cosigner asked over HTTP (C2SP tlog-witness): one request, one bounded answer, whatever the other side does."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx2

from archive.add_checkpoint import SIZE_TYPE, encode_request, parse_size
from archive.errors import Unavailable
from archive.outside_ports import CosignerBehind, CosignerConflict
from archive.proof.keys import VerificationKey

PATIENCE_S = 10.0
MAX_ANSWER = 64 * 1024
LONGEST_PAUSE_S = 3600


class HttpCosigner:
    """``archive.outside_ports.Cosigner`` at a submission prefix. Safe for several threads; one request at a time.

    ``ValueError`` for an address that is not http or https. Follows no redirect: a policy names who is trusted, not
    whoever that one points to. Limit: looking up the address's name is bounded by the system's resolver alone.
    """

    def __init__(self, key: VerificationKey, url: str, patience_s: float = PATIENCE_S) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"the address of cosigner {key.name} begins with http:// or https://")
        self._key, self._url, self._patience = key, url.rstrip("/") + "/add-checkpoint", patience_s
        self._gate = threading.Lock()
        self._client = httpx2.Client(
            timeout=patience_s, follow_redirects=False,
            limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1),
            headers={"Accept-Encoding": "identity", "Content-Type": "text/plain; charset=utf-8"})
        self._cut = _Cut()

    @property
    def key(self) -> VerificationKey:
        """Its verification key."""
        return self._key

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
        """See the port. Tolerated, because seen in the wild: 403 for an unknown origin, 500 for a bad log signature,
        409 without a body for another root at the same size."""
        body = encode_request(old_size, proof, note)
        with self._gate, self._cut.after(self._patience):
            try:
                status, headers, answer = self._post(body)
            except (httpx2.HTTPError, OSError, ValueError) as fault:
                late = f"no whole answer within {self._patience:g} s"
                raise self._unavailable(late if self._cut.done else str(fault) or type(fault).__name__) from fault
        if status == 200:
            return answer
        if status == 409:
            raise self._other_size(old_size, int(note.split(b"\n")[1]), headers, answer)
        if status == 422:
            raise CosignerConflict(f"{self._key.name} says that our checkpoint does not continue what it cosigned")
        raise self._unavailable(_REASONS.get(status, f"it answered {status}"), _retry_after(headers))

    def _post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        answer = b""
        with self._client.stream("POST", self._url, content=body, extensions={"trace": self._cut.watch}) as response:
            for chunk in response.iter_raw():
                answer += chunk
                if len(answer) > MAX_ANSWER:
                    raise ValueError("its answer is longer than 64 KiB")
        if self._cut.done:  # an answer that ends with its connection looks whole when we end that
            raise ValueError("cut off")
        return response.status_code, response.headers, answer

    def _other_size(self, old_size: int, size: int, headers: Mapping[str, str], answer: bytes) -> Exception:
        known = None
        with contextlib.suppress(ValueError):
            if headers.get("content-type", "").split(";")[0].strip() == SIZE_TYPE:
                known = parse_size(answer.removesuffix(b"\n"))
        if known is not None and known != old_size:
            return CosignerBehind(known)
        if old_size == size and (known == size or not answer):
            return CosignerConflict(f"{self._key.name} says it knows another root at size {size}")
        return self._unavailable("it refused our size (409) and did not say which it knows")

    def _unavailable(self, why: str, retry_after: int = 5) -> Unavailable:
        return Unavailable("cosigner.unavailable", f"the cosigner {self._key.name} gives no signature: {why}",
                           retry_after=retry_after)


_REASONS = {
    403: "it does not know this log's key, or does not follow this log (403)",
    404: "it does not follow this log (404)",
    429: "it has had too many requests (429)",
}


def _retry_after(headers: Mapping[str, str]) -> int:
    given = headers.get("retry-after", "")
    return max(5, min(int(given), LONGEST_PAUSE_S)) if given.isascii() and given.isdigit() and len(given) < 9 else 5


class _Cut:
    """Ends a request that takes too long as a whole: time-outs of the client bound single reads, and a peer that
    sends a byte a second would never reach one."""

    def __init__(self) -> None:
        self.done = False
        self._socket: socket.socket | None = None

    @contextlib.contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Shut the connection down unless the block ends in time."""
        self.done = False
        timer = threading.Timer(seconds, self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """The client's own report of what it does: where the connection of this or a later request runs."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self.done:
                self._shut()

    def _shut(self) -> None:
        self.done = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not the TLS object's own method: another thread reads from it at this moment.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
