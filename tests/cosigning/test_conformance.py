"""The status codes of C2SP tlog-witness, one row each, against a real `liuhen cosign serve`."""

import base64
import re
import struct
import time
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from cosigning.neighbour import Branch, NeighbourProcess, neighbour
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from proof.known_keys import known_key

from archive.add_checkpoint import encode_request
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note

STRANGER = known_key("stranger.example/0")
JUNK = [b"j" * 32]
Body = Callable[[Branch], bytes]


def fork(log: Branch) -> Branch:
    """Another history of the same log, from its fifth leaf on."""
    return Branch(log.origin, log.length, fork_at=5)


def text(log: Branch, size: int = 9) -> str:
    return Checkpoint(log.origin, size, log.root(size)).text()


def signed(log: Branch, changed: str, proof: bool = True) -> bytes:
    """A request from 7 with another text than a checkpoint of ours has, signed by the log all the same."""
    return encode_request(7, log.proof(7, 9) if proof else [], sign_note(changed, [log.signer]))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def forged(log: Branch) -> bytes:
    """The log's name and key id over a signature of somebody else's key."""
    line = b64(log.signer.key.id + STRANGER.sign(text(log).encode()))
    return encode_request(7, log.proof(7, 9), f"{text(log)}\n— {log.origin} {line}\n".encode())


def old_line(line: bytes) -> Body:
    return lambda log: log.request(7, 9).replace(b"old 7\n", line)


# what goes wrong or not → (status, what is sent to a cosigner that stands at size 7)
TABLE: dict[str, tuple[int, Body]] = {
    "continues": (200, lambda log: log.request(7, 9)),
    "the_same_again": (200, lambda log: log.request(7, 7)),
    "one_leaf_more": (200, lambda log: log.request(7, 8)),
    "far_beyond": (200, lambda log: log.request(7, 300)),
    "extension_lines": (200, lambda log: signed(log, text(log) + "an extension\n")),
    "unknown_signatures_beside": (200, lambda log: encode_request(7, log.proof(7, 9), sign_note(
        text(log), [*(known_key(f"s{n}.example") for n in range(20)), log.signer]))),
    "old_too_small": (409, lambda log: log.request(3, 9)),
    "old_zero_to_discover": (409, lambda log: log.request(0, 9)),
    "old_too_large": (409, lambda log: log.request(8, 9)),
    "rolled_back": (409, lambda log: log.request(3, 3)),
    "fork_behind": (409, lambda log: fork(log).request(6, 6)),
    "old_larger_than_the_checkpoint": (400, lambda log: encode_request(9, [], log.note(8))),
    "known_size_of_a_smaller_checkpoint": (400, lambda log: encode_request(7, [], log.note(6))),
    "other_root_at_the_same_size": (422, lambda log: encode_request(7, [], fork(log).note(7))),
    "fork_continued": (422, lambda log: fork(log).request(7, 9)),
    "proof_missing": (422, lambda log: encode_request(7, [], log.note(9))),
    "proof_too_long": (422, lambda log: encode_request(7, [*log.proof(7, 9), *JUNK], log.note(9))),
    "proof_of_another_pair": (422, lambda log: encode_request(7, log.proof(6, 9), log.note(9))),
    "proof_where_none_is_needed": (422, lambda log: encode_request(7, JUNK, log.note(7))),
    "sixty_three_proof_lines": (422, lambda log: encode_request(7, JUNK * 63, log.note(9))),
    "unknown_origin": (404, lambda log: Branch("unknown.example/0").request(0, 3)),
    "unknown_origin_under_a_known_key": (404, lambda log: encode_request(0, [], sign_note(
        Checkpoint("unknown.example/0", 9, log.root(9)).text(), [log.signer]))),
    "signed_by_a_stranger_alone": (403, lambda log: encode_request(
        7, log.proof(7, 9), sign_note(text(log), [STRANGER]))),
    "signature_forged": (403, forged),
    "text_changed_under_the_signature": (403, lambda log: log.request(7, 9).replace(
        b64(log.root(9)).encode(), b64(log.root(8)).encode())),
    "empty": (400, lambda log: b""),
    "garbage": (400, lambda log: b"\xff\x00 garbage"),
    "no_checkpoint": (400, lambda log: b"old 7\n\n"),
    "no_old_line": (400, lambda log: b"\n" + log.note(9)),
    "old_line_of_another_word": (400, old_line(b"new 7\n")),
    "old_with_leading_zero": (400, old_line(b"old 07\n")),
    "old_negative": (400, old_line(b"old -7\n")),
    "old_with_two_spaces": (400, old_line(b"old  7\n")),
    "old_in_other_digits": (400, old_line("old ７\n".encode())),
    "old_beyond_all_sizes": (400, old_line(b"old 9223372036854775808\n")),
    "proof_line_not_base64": (400, old_line(b"old 7\n!!!!\n")),
    "proof_line_of_31_bytes": (400, old_line(f"old 7\n{b64(b'x' * 31)}\n".encode())),
    "sixty_four_proof_lines": (400, lambda log: encode_request(7, JUNK * 64, log.note(9))),
    "carriage_returns": (400, lambda log: log.request(7, 9).replace(b"\n", b"\r\n")),
    "size_with_leading_zero": (400, lambda log: signed(log, f"{log.origin}\n09\n{b64(log.root(9))}\n")),
    "root_of_31_bytes": (400, lambda log: signed(log, f"{log.origin}\n9\n{b64(b'r' * 31)}\n")),
    "two_lines": (400, lambda log: signed(log, f"{log.origin}\n9\n")),
    "empty_extension_line": (400, lambda log: signed(log, text(log) + "\nafter an empty line\n")),
    "unsigned": (400, lambda log: log.request(7, 9).rpartition(b"\n\n")[0] + b"\n"),
    "line_that_is_no_signature": (400, lambda log: log.request(7, 9) + b"not a signature\n"),
    "longer_than_any_request": (413, lambda log: log.request(7, 9) + b"x" * 200_000),
}
EMPTY = Branch("leafless.example/0")


@pytest.fixture(scope="module")
def cosigner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NeighbourProcess]:
    folder = tmp_path_factory.mktemp("cosigner") / "folder"
    with neighbour(folder, EMPTY.origin, "fresh.example/0", *(f"{name}.example/0" for name in TABLE)) as made:
        yield made


def latest(cosigner: NeighbourProcess, log: Branch) -> bytes:
    return cosigner.client.get(f"{cosigner.address}/checkpoint", params={"origin": log.origin}).content


@pytest.mark.parametrize("name", TABLE)
def test_a_checkpoint_gets_another_answer_than_the_specification_has(cosigner: NeighbourProcess, name: str) -> None:
    log, (status, body) = Branch(f"{name}.example/0"), TABLE[name]
    assert cosigner.add(log.request(0, 7)).status_code == 200
    before = latest(cosigner, log)
    answer = cosigner.add(body(log))
    assert answer.status_code == status, answer.text
    if status == 409:
        assert (answer.headers["content-type"], answer.content) == ("text/x.tlog.size", b"7\n")
    if status == 200:
        assert re.fullmatch(r"— neighbour\.example/c1 [A-Za-z0-9+/]+=*\n", answer.text)
    else:
        assert latest(cosigner, log) == before  # a refusal moves nothing
        assert cosigner.add(log.request(7, 9)).status_code == 200  # and does no harm to an honest log


def test_a_first_checkpoint_is_taken_with_a_proof_or_a_wrong_empty_root(cosigner: NeighbourProcess) -> None:
    log = Branch("fresh.example/0")
    assert cosigner.add(encode_request(0, JUNK, log.note(7))).status_code == 422
    answer = cosigner.add(encode_request(3, log.proof(3, 7), log.note(7)))
    assert (answer.status_code, answer.content) == (409, b"0\n")
    wrong = sign_note(f"{log.origin}\n0\n{b64(log.root(1))}\n", [log.signer])
    assert cosigner.add(encode_request(0, [], wrong)).status_code == 422
    assert cosigner.add(log.request(0, 7)).status_code == 200


def test_an_empty_log_is_not_cosigned_or_not_continued(cosigner: NeighbourProcess) -> None:
    assert cosigner.add(EMPTY.request(0, 0)).status_code == 200
    assert cosigner.add(EMPTY.request(0, 0)).status_code == 200
    assert cosigner.add(EMPTY.request(0, 2)).status_code == 200
    assert cosigner.add(EMPTY.request(0, 0)).content == b"2\n"


def test_a_cosignature_is_not_what_the_specification_says_byte_by_byte(cosigner: NeighbourProcess) -> None:
    """Written against the text of C2SP tlog-cosignature with `cryptography` alone: nothing of ours judges it."""
    log = Branch("continues.example/0")
    cosigner.add(log.request(0, 7))
    size = int(cosigner.add(log.request(0, 300)).text)  # wherever the table left it
    answer = cosigner.add(log.request(size, 300)).text
    dash, name, encoded = answer.removesuffix("\n").split(" ")
    vkey_name, vkey_id, vkey_data = (cosigner.folder / "cosigner.vkey").read_text().strip().split("+", 2)
    key_type, public = base64.b64decode(vkey_data)[0], base64.b64decode(vkey_data)[1:]
    raw = base64.b64decode(encoded, validate=True)
    assert (dash, name, key_type, len(public), len(raw)) == ("—", vkey_name, 4, 32, 4 + 8 + 64)
    expected_id = sha256(name.encode() + b"\n\x04" + public).digest()[:4]
    assert (raw[:4], vkey_id) == (expected_id, expected_id.hex())
    at = struct.unpack(">Q", raw[4:12])[0]
    assert abs(at - time.time()) < 60
    body = f"{log.origin}\n300\n{b64(log.root(300))}\n"
    message = f"cosignature/v1\ntime {at}\n{body}".encode()
    Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], message)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], body.encode())


def test_other_addresses_and_methods_do_harm(cosigner: NeighbourProcess) -> None:
    assert cosigner.client.get(f"{cosigner.address}/add-checkpoint").status_code == 405
    assert cosigner.client.post(f"{cosigner.address}/", content=b"x").status_code == 405
    assert cosigner.client.get(f"{cosigner.address}/checkpoint?origin=nobody").status_code == 404
    assert cosigner.client.get(f"{cosigner.address}/cosigner.pem").status_code == 404
