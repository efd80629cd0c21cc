"""Time-stamp authorities (RFC 3161) over HTTP, and the offline check of one stamp against pinned certificates.

Limit: revocation of an authority's certificate is not looked up; who pins a root certificate trusts what it issued.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerifierBuilder,
    decode_timestamp_response,
)

from archive.adapters.certificate_set import in_order
from archive.errors import Contradiction, Refused, Unavailable
from archive.proof.errors import VerificationError
from archive.proof.timestamp import TimeStamp

MAX_RESPONSE = 64 * 1024
PATIENCE_S = 10.0
_SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_CHAIN_FAULT = re.compile(r"Verify error:\s*([^\"\\]+)")


class HttpAuthority:
    """``archive.outside_ports.TimeAuthority`` over HTTP (RFC 3161 §3.4). Safe for use by several threads.

    ``pem`` holds the authority's root certificate(s), self-signed, and intermediate ones where its answers leave them
    out; ``ValueError`` when it holds no root.
    """

    def __init__(self, name: str, url: str, pem: bytes, patience_s: float = PATIENCE_S) -> None:
        read_certificates(pem)
        self._name, self._url, self._pem, self._patience = name, url, pem, patience_s
        # A proxy set for the outside world does not lead to an authority on this machine.
        inside = httpx2.URL(url).host in ("127.0.0.1", "::1", "localhost")
        self._client = httpx2.Client(timeout=patience_s, trust_env=not inside)

    @classmethod
    def from_file(cls, name: str, url: str, path: Path) -> "HttpAuthority":
        """With the certificates of a PEM file; ``Refused settings.invalid`` when it cannot be used."""
        try:
            return cls(name, url, path.read_bytes())
        except (OSError, ValueError) as fault:
            raise Refused("settings.invalid", f"the certificate of the time-stamp authority {name} ({path}) cannot be "
                          f"used: {fault}") from fault

    @property
    def name(self) -> str:
        """Stable short name, as configured."""
        return self._name

    def stamp(self, message: bytes) -> bytes:
        """The whole TimeStampResp over SHA-256 of ``message``, checked before it is answered.

        ``Unavailable time.unavailable`` when no answer comes in time, ``Contradiction time.refused`` when it is not
        this authority's grant of exactly our request (status, imprint, nonce, signature, certificate).
        """
        request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).nonce(
            nonce=True).cert_request(cert_request=True).build()
        untrusted_response = self._asked(request)
        self._checked(untrusted_response, message, request.nonce)
        return untrusted_response

    def verify(self, response: bytes, message: bytes) -> datetime:
        """genTime (UTC) of a response that is this authority's over ``message``; ``Contradiction time.refused``."""
        return self._checked(response, message, None)

    def _checked(self, untrusted_response: bytes, message: bytes, nonce: int | None) -> datetime:
        try:
            return _check(self._pem, untrusted_response, message, nonce)
        except VerificationError as fault:
            raise Contradiction("time.refused", f"the time-stamp of {self._name} does not hold: {fault.reason}",
                                authority=self._name) from fault

    def _asked(self, request: TimeStampRequest) -> bytes:
        deadline = time.monotonic() + self._patience
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply",
                   "Accept-Encoding": "identity"}
        try:
            with self._client.stream("POST", self._url, content=request.as_bytes(), headers=headers) as answer:
                if answer.status_code != 200:
                    raise self._unavailable(f"it answered {answer.status_code}")
                return self._body(answer.iter_raw(), deadline)
        except httpx2.HTTPError as fault:
            raise self._unavailable(str(fault) or type(fault).__name__) from fault

    def _body(self, untrusted_chunks: Iterator[bytes], deadline: float) -> bytes:
        body = b""
        for chunk in untrusted_chunks:
            body += chunk
            if len(body) > MAX_RESPONSE:
                raise Contradiction("time.refused", f"the answer of {self._name} is longer than 64 KiB",
                                    authority=self._name)
            if time.monotonic() > deadline:
                raise self._unavailable("its answer took too long")
        return body

    def _unavailable(self, why: str) -> Unavailable:
        return Unavailable("time.unavailable", f"the time-stamp authority {self._name} gives no stamp: {why}",
                           authority=self._name)


def check_stamp(pem: bytes, untrusted_response: bytes, message: bytes) -> datetime:
    """genTime (UTC) of an RFC 3161 response over SHA-256 of ``message`` by an authority under ``pem``; offline.

    Certificates must have been valid at genTime; any one of several roots is enough. ``VerificationError("timestamp")``
    when it does not hold; ``ValueError`` when ``pem`` holds no self-signed root certificate.
    """
    return _check(pem, untrusted_response, message, None)


def read_certificates(pem: bytes) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """(roots, others) of a PEM file: self-signed ones are trusted, others only help to build the chain.

    ``ValueError`` when there is no certificate or no root in it.
    """
    found = x509.load_pem_x509_certificates(pem)
    roots = [one for one in found if one.subject == one.issuer]
    if not roots:
        raise ValueError("the file holds no self-signed root certificate")
    return roots, [one for one in found if one not in roots]


def _check(pem: bytes, untrusted_response: bytes, message: bytes, nonce: int | None) -> datetime:
    roots, others = read_certificates(pem)
    try:
        response = decode_timestamp_response(in_order(untrusted_response))
        _require_grant(response, message, nonce)
    except VerificationError:
        raise
    except Exception as fault:  # the library's own errors are many and unnamed: any of them means "does not read"
        raise VerificationError("timestamp", "it is no time-stamp response") from fault
    told = TimeStamp.parse(untrusted_response)  # what a verifier without this library reads: it must read the same
    told.require_over(message)
    if told.gen_time != response.tst_info.gen_time:
        raise VerificationError("timestamp", "two readers find two times in it")
    faults = [_fault_under(root, others, response, message) for root in roots]
    if None not in faults:
        raise VerificationError("timestamp", next(fault for fault in faults if fault is not None))
    return response.tst_info.gen_time


def _require_grant(response: TimeStampResponse, message: bytes, nonce: int | None) -> None:
    """Status, imprint, nonce, and one signer whose certificate stands there once (RFC 3161 §2.4.2)."""
    if response.status != PKIStatus.GRANTED:
        said = "; ".join([f"status {response.status}", *response.status_string]).encode("ascii", "replace").decode()
        raise VerificationError("timestamp", f"it was not granted ({said[:200]})")
    imprint = response.tst_info.message_imprint
    if imprint.hash_algorithm != _SHA256 or imprint.message != hashlib.sha256(message).digest():
        raise VerificationError("timestamp", "it is over other bytes")
    if nonce is not None and response.tst_info.nonce != nonce:
        raise VerificationError("timestamp", "it answers another request (nonce)")
    # The library looks the signer's purpose up in the first certificate of that issuer and number: a second one,
    # unsigned, could claim a purpose the real one does not have.
    signer, = response.signed_data.signer_infos
    held = [x509.load_der_x509_certificate(der) for der in response.signed_data.certificates]
    if sum(one.issuer == signer.issuer and one.serial_number == signer.serial_number for one in held) != 1:
        raise VerificationError("timestamp", "it does not hold its signer's certificate exactly once")


def _fault_under(root: x509.Certificate, others: list[x509.Certificate], response: TimeStampResponse,
                 message: bytes) -> str | None:
    """Why the response does not hold under one root, or None. A fresh builder each: they share their lists."""
    try:
        VerifierBuilder(roots=[root], intermediates=list(others)).build().verify_message(response, message)
    except Exception as fault:
        chain = _CHAIN_FAULT.search(str(fault))
        return f"its signature does not lead to the pinned certificate ({chain[1] if chain else str(fault)[:120]})"
    return None
