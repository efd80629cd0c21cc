"""A time-stamp is taken only when it is the pinned authority's grant over exactly these bytes and this request."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from anchoring.authorities import (
    PEM,
    answering,
    element,
    folder_of,
    issued,
    openssl_accepts,
    query,
    stamp,
)
from cryptography import x509
from hypothesis import example, given
from hypothesis import strategies as st

from api import test_authority
from archive.adapters.certificate_set import in_order
from archive.adapters.timestamper import MAX_RESPONSE, HttpAuthority, check_stamp
from archive.errors import Contradiction, Refused, Unavailable
from archive.proof.errors import VerificationError
from archive.proof.timestamp import TimeStamp

MESSAGE = b"liuhen.example/0123456789abcdef\n7\nroot\n\nsignatures\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("authority")
    test_authority.made(made)
    return made


@pytest.fixture(scope="module")
def pem(folder: Path) -> bytes:
    return (folder / "certificate.pem").read_bytes()


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with test_authority.serving(folder) as url:
        yield url


def refusal(call: Callable[[bytes], object], message: bytes) -> str:
    with pytest.raises(Contradiction) as refused:
        call(message)
    assert refused.value.code == "time.refused"
    assert len(refused.value.message) < 300
    return refused.value.message


def test_a_stamp_openssl_would_not_take_or_of_another_time(address: str, pem: bytes, tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    authority = HttpAuthority("test", address, pem)
    response = authority.stamp(MESSAGE)
    assert before <= authority.verify(response, MESSAGE) <= datetime.now(UTC)
    assert check_stamp(pem, response, MESSAGE) == authority.verify(response, MESSAGE)
    assert openssl_accepts(response, MESSAGE, pem, tmp_path)
    assert not openssl_accepts(response, MESSAGE + b"x", pem, tmp_path)
    assert authority.stamp(MESSAGE) != response


def test_a_proxy_set_for_the_outside_world_cuts_off_a_local_authority(
        address: str, pem: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert HttpAuthority("test", address, pem).stamp(MESSAGE)


def test_a_stamp_over_other_bytes_is_taken(folder: Path, pem: bytes) -> None:
    with answering(lambda _: stamp(b"other bytes", folder)) as address:
        assert "other bytes" in refusal(HttpAuthority("a", address, pem).stamp, MESSAGE)


def test_an_older_stamp_over_the_same_bytes_is_taken_for_a_new_one(folder: Path, pem: bytes) -> None:
    old = stamp(MESSAGE, folder)
    assert check_stamp(pem, old, MESSAGE)
    with answering(lambda _: old) as address:
        assert "another request" in refusal(HttpAuthority("a", address, pem).stamp, MESSAGE)


def test_a_stamp_with_another_digest_is_taken(folder: Path, pem: bytes) -> None:
    config = folder / "openssl.cnf"
    config.write_text(config.read_text().replace("digests = sha256\n", "digests = sha256, sha512\n"))
    with pytest.raises(VerificationError, match="other bytes"):
        check_stamp(pem, stamp(MESSAGE, folder, "sha512"), MESSAGE)


def test_a_refusal_passes_for_a_stamp(folder: Path, pem: bytes) -> None:
    refused = test_authority.stamped(folder, query(MESSAGE, folder, "sha384"))
    with answering(lambda _: refused) as address:
        said = refusal(HttpAuthority("a", address, pem).stamp, MESSAGE)
    assert "not granted (status 2; Message digest algorithm" in said


def test_an_authority_that_is_not_pinned_is_believed(address: str, tmp_path: Path) -> None:
    other = issued("other")
    refusal(HttpAuthority("a", address, other.pem).stamp, MESSAGE)


def test_a_twin_of_the_certificate_with_another_key_is_believed(folder: Path, pem: bytes, tmp_path: Path) -> None:
    real = x509.load_pem_x509_certificate(pem)
    twin = issued(test_authority.NAME, serial=real.serial_number)
    response = stamp(MESSAGE, folder_of(twin, tmp_path / "twin"))
    assert twin.certificate.subject == real.subject
    with pytest.raises(VerificationError):
        check_stamp(pem, response, MESSAGE)
    assert not openssl_accepts(response, MESSAGE, pem, tmp_path)


@pytest.mark.parametrize("days", [(-20, -10), (10, 20)])
def test_a_certificate_outside_its_time_is_believed(tmp_path: Path, days: tuple[int, int]) -> None:
    holder = issued("expired", days=days)
    response = stamp(MESSAGE, folder_of(holder, tmp_path / "a"))
    with pytest.raises(VerificationError, match=r"expired|not yet valid"):
        check_stamp(holder.pem, response, MESSAGE)


def test_a_stamp_is_lost_when_its_authoritys_chain_comes_in_another_order(tmp_path: Path) -> None:
    root = issued("root", purpose=None)
    middle = issued("middle", by=root, purpose=None)
    signer = issued("signer", by=middle)
    for others in (middle.pem, middle.pem + root.pem, root.pem + middle.pem):
        response = stamp(MESSAGE, folder_of(signer, tmp_path / str(len(list(tmp_path.iterdir()))), others))
        assert check_stamp(root.pem, response, MESSAGE)
        assert openssl_accepts(response, MESSAGE, root.pem, tmp_path)
    bare = stamp(MESSAGE, folder_of(signer, tmp_path / "bare"))
    assert check_stamp(root.pem + middle.pem, bare, MESSAGE)
    assert check_stamp(issued("other", purpose=None).pem + middle.pem + root.pem, bare, MESSAGE)
    with pytest.raises(VerificationError):
        check_stamp(root.pem, bare, MESSAGE)
    for other in (issued("other", purpose=None), issued("root", purpose=None)):
        with pytest.raises(VerificationError):
            check_stamp(other.pem, bare, MESSAGE)


def test_whoever_holds_a_certificate_makes_himself_an_authority(tmp_path: Path) -> None:
    root = issued("root", purpose=None)
    holder = issued("holder", by=root)
    signer = issued("signer", by=holder)
    response = stamp(MESSAGE, folder_of(signer, tmp_path / "a", holder.pem))
    for pem in (root.pem, root.pem + holder.pem):
        with pytest.raises(VerificationError):
            check_stamp(pem, response, MESSAGE)
    assert not openssl_accepts(response, MESSAGE, root.pem, tmp_path)


def test_a_file_without_a_root_is_pinned(tmp_path: Path) -> None:
    root = issued("root", purpose=None)
    with pytest.raises(ValueError, match="no self-signed root"):
        HttpAuthority("a", "http://127.0.0.1:9/", issued("middle", by=root, purpose=None).pem)
    for text in (b"", b"nonsense", root.pem[:100]):
        with pytest.raises(ValueError):
            check_stamp(text, b"", b"")
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(Refused, match="authority a ") as refused:
            HttpAuthority.from_file("a", "http://127.0.0.1:9/", path)
        assert refused.value.code == "settings.invalid"
    (tmp_path / "root.pem").write_bytes(root.pem)
    assert HttpAuthority.from_file("a", "http://127.0.0.1:9/", tmp_path / "root.pem").name == "a"


def test_a_web_servers_certificate_of_the_same_root_stamps_time(folder: Path, tmp_path: Path) -> None:
    """Its holder adds an unsigned twin that claims the purpose: whichever of the two is looked at, it must not do."""
    root = issued("root", purpose=None)
    web = issued("web", by=root, purpose=x509.ExtendedKeyUsageOID.SERVER_AUTH)
    twin = issued("web", by=root, key=web.key, serial=web.certificate.serial_number,
                  signed_with=issued("thief").key)
    web.write(tmp_path)
    info = stated(folder, tmp_path)
    for held in ("", "twin"):
        (tmp_path / "twin.pem").write_bytes(twin.certificate.public_bytes(PEM))
        response = signed_as_held(info, tmp_path, *(["-certfile", "twin.pem"] if held else []))
        for _ in range(8):  # the library picks one of the two at random
            with pytest.raises(VerificationError, match="exactly once" if held else "purpose|EKU"):
                check_stamp(root.pem, response, MESSAGE)


@pytest.mark.parametrize("body", [b"", b"<html>503</html>", bytes(40), element(0x30, element(0x30, b"\2\1\0"))])
def test_garbage_passes_for_a_stamp(pem: bytes, body: bytes) -> None:
    with answering(lambda _: body) as address:
        refusal(HttpAuthority("a", address, pem).stamp, MESSAGE)


def test_a_stamp_granted_with_modifications_is_kept(folder: Path, pem: bytes) -> None:
    response = stamp(MESSAGE, folder)
    modified = response.replace(element(0x30, b"\2\1\0"), element(0x30, b"\2\1\1"), 1)
    assert modified != response
    with pytest.raises(VerificationError, match="not granted it: granted with modifications"):
        TimeStamp.parse(modified)
    with pytest.raises(VerificationError, match="not granted"):
        check_stamp(pem, modified, MESSAGE)


def test_a_stamp_that_the_verifiers_reader_refuses_is_kept(folder: Path, tmp_path: Path) -> None:
    holder = issued("careless")
    holder.write(tmp_path)
    info = stated(folder, tmp_path)
    assert check_stamp(holder.pem, signed_as_held(info, tmp_path), MESSAGE)
    with pytest.raises(VerificationError, match="version 1"):
        check_stamp(holder.pem, signed_as_held(info.replace(b"\2\1\1", b"\2\1\2", 1), tmp_path), MESSAGE)


def stated(folder: Path, scratch: Path) -> bytes:
    """The TSTInfo of a fresh stamp over ``MESSAGE``."""
    (scratch / "token").write_bytes(test_authority.openssl(
        folder, "ts", "-reply", "-token_out", "-config", "openssl.cnf", "-section", "test", "-queryfile",
        "/dev/stdin", given=query(MESSAGE, folder)))
    return test_authority.openssl(scratch, "cms", "-verify", "-noverify", "-inform", "DER", "-in", "token", "-binary")


def signed_as_held(info: bytes, scratch: Path, *options: str) -> bytes:
    """A response with this TSTInfo, signed by whoever ``scratch`` holds, fit for it or not."""
    signed = test_authority.openssl(
        scratch, "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-econtent_type",
        "1.2.840.113549.1.9.16.1.4", "-signer", "certificate.pem", "-inkey", "key.pem", *options, given=info)
    return element(0x30, element(0x30, element(2, b"\0")), signed)


def test_an_endless_answer_fills_the_memory(pem: bytes) -> None:
    with answering(lambda _: bytes(MAX_RESPONSE + 1)) as address:
        assert "64 KiB" in refusal(HttpAuthority("a", address, pem).stamp, MESSAGE)


@pytest.mark.parametrize("status", [302, 404, 500, 503])
def test_an_authority_in_trouble_passes_for_a_dishonest_one(folder: Path, pem: bytes, status: int) -> None:
    with answering(lambda asked: test_authority.stamped(folder, asked), status) as address:
        with pytest.raises(Unavailable, match=str(status)):
            HttpAuthority("a", address, pem).stamp(MESSAGE)


def test_a_slow_authority_holds_us_up(folder: Path, pem: bytes) -> None:
    with answering(lambda asked: test_authority.stamped(folder, asked), pause_s=0.1) as address:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="too long"):
            HttpAuthority("a", address, pem, patience_s=0.4).stamp(MESSAGE)
        assert time.monotonic() - began < 5
    with pytest.raises(Unavailable) as absent:
        HttpAuthority("a", "http://127.0.0.1:9/", pem).stamp(MESSAGE)
    assert absent.value.code == "time.unavailable"


def test_a_changed_response_gives_another_time(folder: Path, pem: bytes) -> None:
    response = stamp(MESSAGE, folder)
    at = check_stamp(pem, response, MESSAGE)
    for place in range(len(response)):
        changed = response[:place] + bytes([response[place] ^ (1 << place % 8)]) + response[place + 1:]
        # Some bytes lie outside the signature (the certificate's copy among them): a change there changes no time.
        with contextlib.suppress(VerificationError):
            assert check_stamp(pem, changed, MESSAGE) == at


@given(st.binary(max_size=60))
@example(b"\x30\x84\xff\xff\xff\xff")
@example(b"\x30\x80")
def test_bytes_that_are_no_response_break_the_reader(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert sorted(in_order(data)) == sorted(data)


@given(st.integers(0, 2000), st.binary(max_size=4))
def test_a_torn_response_breaks_the_reader(folder: Path, place: int, put: bytes) -> None:
    response = _response(folder)
    torn = response[:place] + put + response[place + len(put) + 1:]
    with contextlib.suppress(ValueError):
        assert sorted(in_order(torn)) == sorted(torn)


@functools.cache
def _response(folder: Path) -> bytes:
    return stamp(MESSAGE, folder)
