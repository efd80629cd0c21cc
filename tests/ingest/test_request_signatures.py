"""Signed requests against files that outlive any release, RFC 9421's own example, and other clocks than ours."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from proof.known_keys import known_key

from archive.errors import Refused
from archive.proof import canonical
from archive.proof.keys import ED25519, VerificationKey
from archive.proof.signing import SigningKey
from ingest.request_signatures import Request, SignedBy, key_id, only_signature, sign, verify

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "requests").glob("*.json"))
KEY = known_key("sta_0123456789abcdefghjkmnpqrs")
AT = datetime(2026, 11, 28, 8, tzinfo=UTC)
HEAD = Request("HEAD", "/api/v1/uploads/upl_0123456789abcdefghjkmnpqrs", (("Tus-Resumable", "1.0.0"),))


def checked(path: Path) -> SignedBy:
    held = json.loads(path.read_text())
    request = Request(held["method"], held["target"], tuple((name, value) for name, value in held["fields"]))
    key = VerificationKey.parse(held["key"])
    return verify(request, lambda untrusted_id: key, canonical.parse_time(held["now"]))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_request_is_judged_otherwise_than_it_once_was(path: Path) -> None:
    expected = json.loads(path.read_text())["refused"]
    assert (expected == "") == path.name.startswith("good_")
    if not expected:
        assert checked(path).key == KEY.key
        return
    with pytest.raises(Refused) as refusal:
        checked(path)
    assert refusal.value.code == expected


def test_there_are_fewer_vectors_than_faults() -> None:
    assert len(VECTORS) >= 30


RFC_KEY = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"
RFC_REQUEST = Request("POST", "/foo?param=Value&Pet=dog", (
    ("Host", "example.com"), ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"), ("Content-Type", "application/json"),
    ("Content-Length", "18"),
    ("Signature-Input", 'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
                        ';created=1618884473;keyid="test-key-ed25519"'),
    ("Signature", "sig-b26=:"
                  "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:")))


def test_the_example_of_rfc_9421_b_2_6_does_not_verify() -> None:
    key = VerificationKey("test-key-ed25519", ED25519, base64.urlsafe_b64decode(RFC_KEY + "="))
    found, held = only_signature(RFC_REQUEST, {"test-key-ed25519": key}.__getitem__, "https://example.com")
    assert found == key
    assert list(held.covered_components)[:4] == ['"date"', '"@method"', '"@path"', '"@authority"']
    with pytest.raises(Refused, match="no signature that holds"):
        only_signature(replace(RFC_REQUEST, method="PUT"), {"test-key-ed25519": key}.__getitem__, "https://example.com")


def signed(request: Request, key: SigningKey = KEY, at: datetime = AT, nonce: str = "n" * 16) -> Request:
    return replace(request, fields=(*request.fields, *sign(request, key, at, nonce).items()))


def test_the_window_is_that_of_this_machines_clock() -> None:
    """The library would ask the clock itself; should it stop calling what we override, one of these fails."""
    for at in (datetime(2001, 1, 1, tzinfo=UTC), datetime(2091, 1, 1, tzinfo=UTC)):
        assert verify(signed(HEAD, at=at), lambda name: KEY.key, at).until == at + timedelta(minutes=5)


def test_a_signature_passes_longer_than_its_nonce_is_kept() -> None:
    late = AT + timedelta(minutes=3)
    assert verify(signed(HEAD), lambda name: KEY.key, late).until == AT + timedelta(minutes=5)
    early = AT - timedelta(minutes=3)
    assert verify(signed(HEAD), lambda name: KEY.key, early).until == AT + timedelta(minutes=5)


def test_the_key_is_looked_up_by_another_name_than_was_signed() -> None:
    asked: list[str] = []

    def nobody(untrusted_id: str) -> VerificationKey:
        asked.append(untrusted_id)
        raise Refused("signature.unknown_key", "nobody's")

    with pytest.raises(Refused) as refusal:
        verify(signed(HEAD), nobody, AT)
    assert refusal.value.code == "signature.unknown_key"
    assert asked == [key_id(KEY.key)] == [KEY.key.text()[:len(asked[0])]]
