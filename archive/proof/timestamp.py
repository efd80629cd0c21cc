"""RFC 3161 time-stamps, read but not believed: what a response says, without its signature being checked here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from archive.proof import der
from archive.proof.der import DerReader
from archive.proof.errors import VerificationError

MAX_RESPONSE = 64 * 1024
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_GRANTED = 0
_STATUS = {1: "granted with modifications", 2: "rejected", 3: "waiting", 4: "revocation warning", 5: "revoked"}


@dataclass(frozen=True)
class TimeStamp:
    """What a TimeStampResp states: ``imprint`` (SHA-256, 32 bytes) existed at ``gen_time`` (UTC).

    ``policy``: the authority's rules, a dotted OID. ``nonce``: as in the request, None where it had none.
    Limit: *the signature is not checked here*. Anyone can write such a response; only a check against the authority's
    certificate, elsewhere, makes it evidence. What it then shows: these bytes existed by that time, by that authority's
    clock; not who had them, nor that nothing else existed.
    """

    imprint: bytes
    gen_time: datetime
    policy: str
    nonce: int | None
    serial: int

    @classmethod
    def parse(cls, untrusted_response: bytes) -> TimeStamp:
        """From a whole TimeStampResp in DER, at most 64 KiB; ``VerificationError("timestamp")`` for any other.

        Also refused: a status other than granted (one granted with modifications is not what was asked for), an imprint
        that is not SHA-256, a token nobody signed, BER.
        Source: RFC 3161 §2.4.2, RFC 5652 §5.1.
        """
        if len(untrusted_response) > MAX_RESPONSE:
            raise VerificationError("timestamp", "longer than 64 KiB")
        try:
            return _response(untrusted_response)
        except ValueError as error:
            raise VerificationError("timestamp", f"not a time-stamp response in DER: {error}") from error

    def require_over(self, message: bytes) -> None:
        """The stamp is over SHA-256 of exactly ``message``; ``VerificationError("timestamp")`` otherwise."""
        if sha256(message).digest() != self.imprint:
            raise VerificationError("timestamp", "it stamps other bytes than these")


def _response(data: bytes) -> TimeStamp:
    outer = DerReader(data)
    response = outer.open(der.SEQUENCE)
    outer.end()
    _require_granted(response.open(der.SEQUENCE))
    token = response.open(der.SEQUENCE)
    response.end()
    if der.object_identifier(token.take(der.OID)) != _SIGNED_DATA:
        raise ValueError("the token is no SignedData")
    content = token.open(der.CONTEXT)
    token.end()
    signed = content.open(der.SEQUENCE)
    content.end()
    return _tst_info(_signed_content(signed))


def _require_granted(status: DerReader) -> None:
    value = der.integer(status.take(der.INTEGER))
    status.take_if(der.SEQUENCE)
    status.take_if(der.BIT_STRING)
    status.end()
    if value != _GRANTED:
        raise VerificationError("timestamp", f"the authority has not granted it: {_STATUS.get(value, value)}")


def _signed_content(signed: DerReader) -> bytes:
    """The TSTInfo inside a SignedData; its signers are only seen to be there."""
    der.integer(signed.take(der.INTEGER))
    signed.take(der.SET)
    encapsulated = signed.open(der.SEQUENCE)
    if der.object_identifier(encapsulated.take(der.OID)) != _TST_INFO:
        raise ValueError("the token holds no TSTInfo")
    explicit = encapsulated.open(der.CONTEXT)
    encapsulated.end()
    content = explicit.take(der.OCTET_STRING)
    explicit.end()
    signed.take_if(der.CONTEXT)
    signed.take_if(der.CONTEXT + 1)
    if not signed.take(der.SET):
        raise ValueError("nobody has signed the token")
    signed.end()
    return content


def _tst_info(data: bytes) -> TimeStamp:
    outer = DerReader(data)
    info = outer.open(der.SEQUENCE)
    outer.end()
    if der.integer(info.take(der.INTEGER)) != 1:
        raise ValueError("not a TSTInfo of version 1")
    policy = der.object_identifier(info.take(der.OID))
    imprint = _imprint(info.open(der.SEQUENCE))
    serial = der.integer(info.take(der.INTEGER))
    gen_time = der.generalized_time(info.take(der.GENERALIZED_TIME))
    info.take_if(der.SEQUENCE)  # accuracy
    info.take_if(der.BOOLEAN)  # ordering
    nonce = info.take_if(der.INTEGER)
    info.take_if(der.CONTEXT)  # the authority's name
    info.take_if(der.CONTEXT + 1)  # extensions
    info.end()
    return TimeStamp(imprint, gen_time, policy, None if nonce is None else der.integer(nonce), serial)


def _imprint(imprint: DerReader) -> bytes:
    algorithm = imprint.open(der.SEQUENCE)
    if der.object_identifier(algorithm.take(der.OID)) != _SHA256:
        raise ValueError("the imprint is not SHA-256")
    if algorithm.take_if(0x05):  # parameters are absent or an empty NULL (RFC 5754 §2)
        raise ValueError("a NULL that is not empty")
    algorithm.end()
    value = imprint.take(der.OCTET_STRING)
    imprint.end()
    if len(value) != 32:
        raise ValueError("the imprint is not 32 bytes")
    return value
