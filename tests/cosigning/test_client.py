"""The adapter survives what a cosigner on the network may do, and reads each status as it is meant."""

import socket
import time
from pathlib import Path

import pytest
from cosigning.hostile import Script, drips, hostile, in_turn, says, size
from cosigning.neighbour import Branch, neighbour

from archive.adapters.cosigner_http import HttpCosigner
from archive.errors import Unavailable
from archive.outside_ports import CosignerBehind, CosignerConflict
from archive.proof.note import open_lines
from archive.proof.signing import CosigningKey

LOG = Branch("asked.example/0")
KEY = CosigningKey.generate("hostile.example/c").key
OK = b"HTTP/1.1 200 OK\r\n"


def ask(url: str, old: int = 3, new: int = 5, patience_s: float = 0.5) -> bytes:
    return HttpCosigner(KEY, url, patience_s).add_checkpoint(old, LOG.proof(old, new), LOG.note(new))


UNUSABLE: dict[str, Script] = {
    "silent": lambda connection, request: time.sleep(5),
    "hangs_up": lambda connection, request: None,
    "drips_headers": drips(OK, b"x: y\r\n"),
    "drips_one_header": drips(OK + b"x: ", b"y"),
    "drips_body": drips(OK + b"\r\n", b"a"),
    "endless_body": drips(OK + b"\r\n", b"a" * 65536),
    "endless_chunks": drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\naaaa\r\n"),
    "huge_length": says(200, b"", "Content-Length: 99999999999"),
    "half_a_body": lambda connection, request: connection.sendall(OK + b"Content-Length: 99\r\n\r\nab"),
    "garbage": lambda connection, request: connection.sendall(b"\xff\x00 no http"),
    "redirect": says(302, b"", "Location: http://127.0.0.1:9/"),
    "redirect_that_repeats_the_body": says(307, b"", "Location: http://127.0.0.1:9/"),
    "bad_request": says(400, b"x"),
    "unknown_origin": says(404),
    "unknown_origin_as_403": says(403),
    "bad_log_signature_as_500": says(500, b"could not verify"),
    "too_many_requests": says(429),
    "not_now": says(503),
    "odd_status": says(299, b"x"),
    "size_without_its_type": says(409, b"4\n"),
    "size_that_is_none": says(409, b"many\n", "Content-Type: text/x.tlog.size"),
    "size_with_leading_zero": says(409, b"04\n", "Content-Type: text/x.tlog.size"),
    "size_too_large": says(409, b"9" * 30 + b"\n", "Content-Type: text/x.tlog.size"),
    "size_we_named": size(3),
    "conflict_without_a_size": says(409),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_answer_nobody_can_use_holds_us_up_or_is_taken(name: str) -> None:
    begun = time.monotonic()
    with hostile(UNUSABLE[name]) as cosigner, pytest.raises(Unavailable) as fault:
        ask(cosigner.url)
    assert fault.value.code == "cosigner.unavailable"
    assert KEY.name in fault.value.message
    assert time.monotonic() - begun < 3


def test_nobody_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unavailable):
        ask(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(("header", "seconds"), [
    ("120", 120), ("999999", 3600), ("0", 5), ("-1", 5), ("Fri, 31 Dec 1999 23:59:59 GMT", 5), ("9" * 99, 5)])
def test_a_pause_asked_for_is_not_kept_or_lasts_for_ever(header: str, seconds: int) -> None:
    with hostile(says(429, b"", f"Retry-After: {header}")) as cosigner, pytest.raises(Unavailable) as fault:
        ask(cosigner.url)
    assert fault.value.retry_after == seconds


@pytest.mark.parametrize("known", [0, 2, 4, 5, 6, 2**63 - 1])
def test_another_size_is_not_told(known: int) -> None:
    with hostile(size(known)) as cosigner, pytest.raises(CosignerBehind) as behind:
        ask(cosigner.url)
    assert behind.value.size == known


@pytest.mark.parametrize("answer", [says(422), says(422, b"no"), says(409), size(5)])
def test_a_fork_at_the_same_size_is_no_alarm(answer: Script) -> None:
    with hostile(answer) as cosigner, pytest.raises(CosignerConflict):
        ask(cosigner.url, 5, 5)


def test_an_answer_is_changed_on_its_way_or_the_request_is(tmp_path: Path) -> None:
    with neighbour(tmp_path / "folder", LOG.origin) as real:
        cosigner = HttpCosigner(real.key, real.address + "/")
        for old, new in ((0, 3), (3, 3), (3, 5), (5, 300)):
            lines = cosigner.add_checkpoint(old, LOG.proof(old, new), LOG.note(new))
            text = LOG.note(new).decode().rpartition("\n\n")[0] + "\n"
            assert [one.key for one in open_lines(text, lines, [real.key])] == [real.key]
        with pytest.raises(CosignerBehind) as behind:
            cosigner.add_checkpoint(0, [], LOG.note(7))
        assert behind.value.size == 300
        with pytest.raises(CosignerConflict):
            cosigner.add_checkpoint(300, [], Branch(LOG.origin, fork_at=9).note(300))
        with pytest.raises(Unavailable):
            cosigner.add_checkpoint(0, [], Branch("not.followed").note(3))


def test_a_slow_request_spoils_the_next_one() -> None:
    with hostile(in_turn(UNUSABLE["drips_one_header"], says(200, b"lines"))) as cosigner:
        asked = HttpCosigner(KEY, cosigner.url, 0.3)
        with pytest.raises(Unavailable):
            asked.add_checkpoint(3, LOG.proof(3, 5), LOG.note(5))
        assert asked.add_checkpoint(3, LOG.proof(3, 5), LOG.note(5)) == b"lines"


def test_a_redirect_is_followed() -> None:
    with hostile(says(200, b"lines")) as other:
        with hostile(says(307, b"", f"Location: {other.url}/add-checkpoint")) as cosigner, pytest.raises(Unavailable):
            ask(cosigner.url)
        assert other.requests == []


@pytest.mark.parametrize("url", ["", "cosigner.example", "file:///etc/passwd", "ftp://a"])
def test_an_address_that_is_none_is_taken(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        HttpCosigner(KEY, url)
