"""Requests signed by a station (RFC 9421, Ed25519): the signing and the checking half, without any I/O.

Profile ``liuhen-station/1``: exactly one signature; what must be covered, and for how long it holds, is fixed here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    VerifyResult,
)
from http_message_signatures.algorithms import ED25519

from archive.errors import Refused
from archive.proof.keys import VerificationKey
from archive.proof.signing import SigningKey
from ingest import tus

TAG = "liuhen-station/1"
WINDOW = timedelta(minutes=5)
"""How far ``created`` may lie from the archive's clock, either way; nonces are kept for as long as it can matter."""
TARGET = ("@method", "@path", "@query")
"""Method and target. Not @target-uri or @authority: behind a proxy the archive does not see the scheme and name its
client used. A signature cannot be carried to another archive all the same: the key is enrolled with one, an upload's id
is 128 random bits, a manifest names its log."""
COVERED_WHERE_PRESENT = ("upload-offset", "upload-length", "content-length", "upload-checksum", "upload-metadata",
                         "upload-defer-length", "upload-concat", "content-digest")
_NONCE_LENGTHS = range(16, 65)
_LABEL = "station"
_NOWHERE = "http://archive.invalid"
"""The library wants an absolute address; no component that would show it is covered."""


@dataclass(frozen=True)
class Request:
    """A request as it is signed: upper-case method, ``target`` the path and query as sent, fields in their order."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]

    def has(self, name: str) -> bool:
        """Whether a field of this lower-case name is there."""
        return any(held.lower() == name for held, _ in self.fields)

    @property
    def carries_bytes(self) -> bool:
        """Whether its body is bytes of a recording (tus)."""
        types = [value.split(";")[0].strip().lower() for name, value in self.fields if name.lower() == "content-type"]
        return self.method == "PATCH" or tus.CONTENT_TYPE in types


@dataclass(frozen=True)
class SignedBy:
    """Whose signature held: the key's name is the station. ``until``: this signature passes no longer than that."""

    key: VerificationKey
    nonce: str
    until: datetime


class _Lines:
    """Every field line, repeated names too, as the library reads them."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields = tuple(fields)

    def items(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each line."""
        return self._fields


@dataclass
class _Message:
    """A request in the library's sense."""

    method: str
    url: str
    headers: Any


class _Found(HTTPSignatureKeyResolver):
    """The key a request names; kept, so that whoever asked knows which one it was."""

    def __init__(self, key_of: Callable[[str], VerificationKey]) -> None:
        self._key_of = key_of
        self.key: VerificationKey | None = None

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        """From the untrusted ``keyid``."""
        self.key = self._key_of(key_id)
        return Ed25519PublicKey.from_public_bytes(self.key.public)


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Left to ``_end``, which is told the time and does not ask this machine's clock."""


def key_id(key: VerificationKey) -> str:
    """How a station's key is named in ``keyid``: ``sta_…+hex8``, the beginning of its verification key."""
    return f"{key.name}+{key.hex_id}"


def sign(request: Request, key: SigningKey, now: datetime, nonce: str) -> Mapping[str, str]:
    """``Signature-Input`` and ``Signature`` for a request; ``nonce`` is never used twice."""
    covered = (*TARGET, *(name for name in COVERED_WHERE_PRESENT if request.has(name)))
    signer = HTTPMessageSigner(signature_algorithm=ED25519)
    message = _Message(request.method, _NOWHERE + request.target, dict(request.fields))
    prepared = signer.prepare(message, key_id=key_id(key.key), created=now, expires=now + WINDOW, nonce=nonce, tag=TAG,
                              label=_LABEL, covered_component_ids=covered,
                              use_existing_digest=request.has("content-digest"))
    signer.apply(message, prepared, key.sign(prepared.signature_base))
    return {name: message.headers[name] for name in ("Signature-Input", "Signature")}


def verify(request: Request, key_of: Callable[[str], VerificationKey], now: datetime) -> SignedBy:
    """Check a signed request before its body is read. ``key_of`` finds the key of an *untrusted* ``keyid``.

    A body of bytes must be covered through its ``Upload-Checksum`` (sha256), that of a PUT through its
    ``Content-Digest``, which whoever reads the body then checks.
    ``Refused signature.invalid | signature.parameters | signature.component | signature.time``, and what ``key_of``
    refuses. Whether the nonce is new is for the caller to see. Source: RFC 9421 §3.2.
    """
    key, held = only_signature(request, key_of)
    _require_profile(held.parameters)
    _require_coverage(request, set(held.covered_components))
    return SignedBy(key, str(held.nonce), _end(held.parameters, now))


def only_signature(request: Request, key_of: Callable[[str], VerificationKey],
                   origin: str = _NOWHERE) -> tuple[VerificationKey, VerifyResult]:
    """The one signature of a request, of whatever profile, whose bytes hold; ``Refused signature.invalid``."""
    found = _Found(key_of)
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=found)
    message = _Message(request.method, origin + request.target, _Lines(request.fields))
    try:
        (held,) = verifier.verify(message, max_age=None)  # without a tag to choose by, two signatures are refused
    except (HTTPMessageSignaturesException, ValueError) as fault:
        if isinstance(fault.__cause__, Refused):
            raise fault.__cause__ from None
        raise Refused("signature.invalid", "the request carries no signature that holds for it: send exactly one, over "
                      "what is sent, with the key that is enrolled") from fault
    assert found.key is not None
    return found.key, held


def _require_profile(params: Mapping[str, Any]) -> None:
    if params.get("tag") != TAG or params.get("alg") != ED25519.algorithm_id:
        raise Refused("signature.parameters", f'sign with tag="{TAG}" and alg="ed25519"')
    if len(str(params.get("nonce", ""))) not in _NONCE_LENGTHS or "created" not in params:
        raise Refused("signature.parameters", "sign with created, and with a nonce of 16 to 64 characters")


def _require_coverage(request: Request, covered: set[str]) -> None:
    """Components without parameters only: none of ours needs one, and ``;bs`` or ``;key`` would cover less."""
    wanted = {*TARGET, *(name for name in COVERED_WHERE_PRESENT if request.has(name))}
    if request.carries_bytes:
        wanted |= {"upload-checksum"}
    if request.method == "PUT":
        wanted |= {"content-digest"}
    missing = sorted(name for name in wanted if f'"{name}"' not in covered)
    if missing:
        raise Refused("signature.component", f"the signature must cover {', '.join(missing)}; bytes travel with their "
                      "Upload-Checksum", missing=missing)


def _end(params: Mapping[str, Any], now: datetime) -> datetime:
    """When the signature ends; ``Refused signature.time`` outside its window."""
    seconds, window, created = now.timestamp(), WINDOW.total_seconds(), int(params["created"])
    last = min(created + window, int(params.get("expires", created + window)))
    if not created - window <= seconds <= last:
        raise Refused("signature.time", f"the signature is not of these minutes (here it is {now:%Y-%m-%dT%H:%M:%SZ}); "
                      "set the station's clock right and sign again", now=int(seconds))
    return now + timedelta(seconds=last - seconds)
