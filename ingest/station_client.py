"""The station's side of enrolment and key change, and the signing of every request it sends."""

import base64
import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime

import httpx2

from archive.errors import Refused, Unavailable
from archive.proof.keys import VerificationKey
from archive.proof.policy import MAX_POLICY, Policy
from archive.proof.signing import SigningKey
from ingest.enrolment import enrolment_text, key_change_text
from ingest.push import refusal
from ingest.request_signatures import Request, sign
from ingest.station_code import StationCode


@dataclass(frozen=True)
class Offered:
    """What an archive offers and the code vouches for. ``policy`` None: the archive asks no cosigners."""

    log_key: VerificationKey
    policy: Policy | None


class SignsRequests(httpx2.Auth):
    """Signs each request as it goes out, with a nonce of its own: one sent again is signed again."""

    def __init__(self, key: SigningKey, now: Callable[[], datetime]) -> None:
        self._key, self._now = key, now

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """One request, signed."""
        asked = Request(request.method, request.url.raw_path.decode("ascii"), tuple(request.headers.multi_items()))
        request.headers.update(sign(asked, self._key, self._now(), secrets.token_hex(16)))
        yield request


def ask_offer(client: httpx2.Client, code: StationCode) -> Offered:
    """Log key and policy of the archive at the other end, if the code was issued for exactly these.

    ``Refused enrol.other_archive`` otherwise: nothing of the code has been sent then. ``Refused enrol.answer``,
    ``Unavailable enrol.unreachable``.
    """
    answer = _asked(lambda: client.get("/api/v1/stations/offer"))
    try:
        untrusted = answer.json()
        untrusted_key, untrusted_policy = VerificationKey.parse(untrusted["log_key"]), str(untrusted["policy"])
        if len(untrusted_policy) > MAX_POLICY:
            raise ValueError("far too long")
    except (ValueError, KeyError, TypeError) as fault:
        raise Refused("enrol.answer", "what answers at this address is no archive") from fault
    if not code.vouches_for(untrusted_key, untrusted_policy):
        raise Refused("enrol.other_archive", "the code does not fit the log key and policy this server shows: it was "
                      "mistyped, or the archive's policy changed since, or another server answers. Nothing was sent")
    return Offered(untrusted_key, Policy.parse(untrusted_policy) if untrusted_policy else None)


def ask_enrolment(client: httpx2.Client, code: StationCode, key: SigningKey, log_key: VerificationKey) -> None:
    """Redeem the code for this key; to be repeated with the same key when no answer came."""
    proof = key.sign(enrolment_text(log_key.name, code.secret, key.key))
    _asked(lambda: client.post("/api/v1/stations", json={
        "code": code.secret, "station_key": key.key.text(), "proof": base64.b64encode(proof).decode()}))


def ask_key_change(client: httpx2.Client, old: SigningKey, new: SigningKey, log_key: VerificationKey) -> None:
    """Hand over from the old key to the new one; to be repeated with the same two when no answer came."""
    text = key_change_text(log_key.name, old.key, new.key)
    _asked(lambda: client.post("/api/v1/stations/key", json={
        "station_key": new.key.text(), "old_signature": base64.b64encode(old.sign(text)).decode(),
        "new_signature": base64.b64encode(new.sign(text)).decode()}))


def _asked(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    try:
        answer = ask()
    except httpx2.TransportError as fault:
        raise Unavailable("enrol.unreachable", "the archive does not answer; run the same command again") from fault
    if not answer.is_success:
        raise refusal(answer)
    return answer
