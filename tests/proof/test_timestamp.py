"""Time-stamps: openssl's responses read as another library reads them, every malformed one refused in the same way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from anchoring.authorities import element, query
from hypothesis import given
from hypothesis import strategies as st
from rfc3161_client import decode_timestamp_response

from api import test_authority
from archive.proof.der import DerReader
from archive.proof.errors import VerificationError
from archive.proof.timestamp import MAX_RESPONSE, TimeStamp

MESSAGE = "log.example/a1\n7\n检查点\n".encode()
SHA256 = element(0x06, bytes.fromhex("608648016503040201"))
SIGNED_DATA = element(0x06, bytes.fromhex("2a864886f70d010702"))
TST_INFO = element(0x06, bytes.fromhex("2a864886f70d0109100104"))
POLICY = element(0x06, bytes.fromhex("2a03"))
IMPRINT = sha256(MESSAGE).digest()
ONE = element(0x02, b"\x01")
GRANTED = element(0x02, b"\x00")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return test_authority.made(tmp_path_factory.mktemp("authority")).parent


@pytest.fixture(scope="module")
def response(folder: Path) -> bytes:
    return test_authority.stamped(folder, query(MESSAGE, folder))


def test_what_openssl_stamps_is_read_otherwise_than_by_another_library(folder: Path, response: bytes) -> None:
    found, other = TimeStamp.parse(response), decode_timestamp_response(response).tst_info
    assert found.imprint == IMPRINT == other.message_imprint.message
    assert found.gen_time == other.gen_time
    assert found.gen_time.utcoffset() == timedelta(0)
    assert abs(found.gen_time - datetime.now(UTC)) < timedelta(minutes=5)
    assert found.policy == "1.3.6.1.4.1.99999.1" == other.policy.dotted_string
    assert (found.nonce, found.serial) == (other.nonce, other.serial_number)
    assert found.nonce is not None
    found.require_over(MESSAGE)
    with pytest.raises(VerificationError, match="other bytes"):
        found.require_over(MESSAGE + b"\n")


def test_a_stamp_without_nonce_or_certificates_is_refused(folder: Path) -> None:
    (folder / "message").write_bytes(MESSAGE)
    bare = test_authority.openssl(folder, "ts", "-query", "-data", "message", "-sha256", "-no_nonce")
    assert TimeStamp.parse(test_authority.stamped(folder, bare)).nonce is None


def test_a_stamp_over_another_kind_of_digest_is_taken(folder: Path) -> None:
    config = folder / "openssl.cnf"
    config.write_text(config.read_text().replace("digests = sha256\n", "digests = sha256, sha512\n"))
    with pytest.raises(VerificationError, match="not SHA-256"):
        TimeStamp.parse(test_authority.stamped(folder, query(MESSAGE, folder, "sha512")))


def test_a_refusal_is_taken_for_a_stamp(folder: Path) -> None:
    refusal = test_authority.stamped(folder, query(MESSAGE, folder, "sha1"))
    with pytest.raises(VerificationError, match="not granted it: rejected"):
        TimeStamp.parse(refusal)


@given(st.data())
def test_a_changed_response_raises_something_else(response: bytes, data: st.DataObject) -> None:
    changed = bytearray(response)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(300, len(changed) - 1)))
        part = data.draw(st.binary(max_size=3))
        changed[at : at + data.draw(st.integers(0, 3))] = part
    read_or_refuse(bytes(changed))


@given(st.binary(max_size=60) | st.recursive(
    st.binary(max_size=8), lambda inner: st.builds(element, st.sampled_from([0x30, 0x31, 0x02, 0x04, 0x06, 0x18, 0xA0]),
                                                  st.lists(inner, max_size=4).map(b"".join))))
def test_any_bytes_raise_something_else(data: bytes) -> None:
    read_or_refuse(data)


def read_or_refuse(data: bytes) -> None:
    stranger = False
    try:
        TimeStamp.parse(data)
    except VerificationError as error:
        stranger = error.step != "timestamp"
    assert not stranger


def info(version: bytes = ONE, policy: bytes = POLICY, algorithm: bytes = SHA256, imprint: bytes = IMPRINT,
         serial: bytes = ONE, time: bytes = b"20261122110000Z", rest: bytes = b"") -> bytes:
    return element(0x30, version, policy, element(0x30, element(0x30, algorithm), element(0x04, imprint)), serial,
                   element(0x18, time), rest)


def response_of(content: bytes, status: bytes = GRANTED, token_kind: bytes = SIGNED_DATA,
                content_kind: bytes = TST_INFO, signers: bytes = ONE, rest: bytes = b"", inner: bytes = b"") -> bytes:
    signed = element(0x30, ONE, element(0x31), element(0x30, content_kind, element(0xA0, element(0x04, content))),
                     inner, element(0x31, signers))
    return element(0x30, element(0x30, status), element(0x30, token_kind, element(0xA0, signed))) + rest


def test_what_these_tests_build_is_refused_or_read_otherwise() -> None:
    rest = element(0x30, ONE) + element(0x01, b"\xff") + element(0x02, b"\x00\x80") + element(0xA0) + element(0xA1)
    found = TimeStamp.parse(response_of(info(algorithm=SHA256 + b"\x05\x00", rest=rest, serial=element(0x02, b"\x7f"),
                                             time=b"20261122110000.123456789Z")))
    assert (found.policy, found.nonce, found.serial) == ("1.2.3", 128, 127)
    assert found.gen_time == datetime(2026, 11, 22, 11, 0, 0, 123456, UTC)
    half = TimeStamp.parse(response_of(info(time=b"20261122110000.5Z", rest=element(0x02, b"\x80"))))
    assert (half.gen_time.microsecond, half.nonce) == (500_000, -128)
    assert TimeStamp.parse(response_of(info(), inner=element(0xA0) + element(0xA1))).nonce is None
    wide = response_of(info(policy=element(0x06, b"\x88\x37\x81\x00")))
    assert TimeStamp.parse(wide).policy == "2.999.128"


def refused(content: bytes, **changed: bytes) -> Callable[[], bytes]:
    return lambda: response_of(content, **changed)


FAULTS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "only a status": lambda: element(0x30, element(0x30, GRANTED)),
    "bytes after the response": refused(info(), rest=b"\x00"),
    "granted with modifications": refused(info(), status=ONE),
    "waiting": refused(info(), status=element(0x02, b"\x03")),
    "negative status": refused(info(), status=element(0x02, b"\xff")),
    "status of two numbers": refused(info(), status=GRANTED + GRANTED),
    "no SignedData": refused(info(), token_kind=TST_INFO),
    "no TSTInfo": refused(info(), content_kind=SIGNED_DATA),
    "no signer": refused(info(), signers=b""),
    "bytes after the signers": refused(info(), inner=element(0x31, ONE)),
    "bytes after the TSTInfo": refused(info() + b"\x00"),
    "version 2": refused(info(version=element(0x02, b"\x02"))),
    "SHA-1": refused(info(algorithm=element(0x06, bytes.fromhex("2b0e03021a")), imprint=bytes(20))),
    "imprint of 31 bytes": refused(info(imprint=bytes(31))),
    "imprint of 33 bytes": refused(info(imprint=bytes(33))),
    "parameters that are not NULL": refused(info(algorithm=SHA256 + ONE)),
    "NULL with contents": refused(info(algorithm=SHA256 + b"\x05\x01\x00")),
    "serial with a needless zero": refused(info(serial=element(0x02, b"\x00\x01"))),
    "serial with needless ones": refused(info(serial=element(0x02, b"\xff\x80"))),
    "serial without contents": refused(info(serial=element(0x02))),
    "serial of 65 bytes": refused(info(serial=element(0x02, b"\x01" * 65))),
    "policy without contents": refused(info(policy=element(0x06))),
    "policy cut short": refused(info(policy=element(0x06, b"\x2a\x83"))),
    "policy with needless bytes": refused(info(policy=element(0x06, b"\x2a\x80\x03"))),
    "policy of 65 bytes": refused(info(policy=element(0x06, b"\x2a" * 65))),
    "time without Z": refused(info(time=b"20261122110000")),
    "time with an offset": refused(info(time=b"20261122110000+0800")),
    "time without seconds": refused(info(time=b"202611221100Z")),
    "time with a trailing zero": refused(info(time=b"20261122110000.10Z")),
    "time with an empty fraction": refused(info(time=b"20261122110000.Z")),
    "time with a comma": refused(info(time=b"20261122110000,1Z")),
    "second 60": refused(info(time=b"20261122110060Z")),
    "month 13": refused(info(time=b"20261322110000Z")),
    "year 0": refused(info(time=b"00001122110000Z")),
    "two nonces": refused(info(rest=ONE + ONE)),
    "nonce before accuracy": refused(info(rest=ONE + element(0x30, ONE))),
    "indefinite length": lambda: b"\x30\x80" + response_of(info())[3:] + b"\x00\x00",
    "long form for a short length": lambda: b"\x30\x81\x05" + element(0x30, ONE),
    "length with a leading zero": lambda: b"\x30\x82\x00\x85" + bytes(0x85),
    "length of five bytes": lambda: b"\x30\x85\x01\x00\x00\x00\x00",
    "length that is not there": lambda: b"\x30",
    "length beyond the end": lambda: b"\x30\x05\x30",
    "longer than 64 KiB": lambda: response_of(info(), inner=element(0xA0, bytes(MAX_RESPONSE))),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_malformed_response_is_read(fault: str) -> None:
    with pytest.raises(VerificationError) as caught:
        TimeStamp.parse(FAULTS[fault]())
    assert caught.value.step == "timestamp"


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_a_length_of_der_is_read_otherwise(size: int) -> None:
    reader = DerReader(element(0x04, bytes(size)) + b"\x05\x00")
    assert len(reader.take(0x04)) == size
    assert reader.take(0x05) == b""
    reader.end()


@pytest.mark.parametrize(
    ("head", "rest"),
    [("04", 0), ("0480", 9), ("048100", 0), ("04817f", 0x7F), ("0481", 0), ("048200ff", 0xFF), ("04820100", 0xFF),
     ("0483000100", 0x100), ("048400000100", 0x100), ("04850000000100", 0x100), ("048501000000ff", 0xFF), ("04ff", 300),
     ("0403", 2), ("0482ffff", 9)],
)
def test_a_length_that_is_not_der_is_read(head: str, rest: int) -> None:
    with pytest.raises(ValueError):
        DerReader(bytes.fromhex(head) + bytes(rest)).take(0x04)
