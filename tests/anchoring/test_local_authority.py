"""The test authority says loudly that it is one, keeps its key to itself, and runs as a command."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from cryptography import x509

from api import test_authority
from archive.adapters.timestamper import HttpAuthority
from archive.errors import Unavailable


def test_a_test_authority_passes_for_a_real_one(tmp_path: Path) -> None:
    with test_authority.serving(tmp_path) as address:
        page = httpx2.get(address)
    certificate = x509.load_pem_x509_certificate((tmp_path / "certificate.pem").read_bytes())
    for text in (page.text, certificate.subject.rfc4514_string(), test_authority.NAME):
        assert "TEST AUTHORITY — proves nothing" in text
    assert "不证明任何事" in page.text


def test_its_key_can_be_read_by_others_or_is_made_anew(tmp_path: Path) -> None:
    made = test_authority.made(tmp_path / "a" / "b").read_bytes()
    assert (tmp_path / "a" / "b" / "key.pem").stat().st_mode & 0o777 == 0o600
    assert test_authority.made(tmp_path / "a" / "b").read_bytes() == made


def test_a_nonsense_query_ends_the_authority(tmp_path: Path) -> None:
    with test_authority.serving(tmp_path) as address:
        assert httpx2.post(address, content=b"nonsense").status_code == 200  # a refusal, as RFC 3161 wants it
        assert httpx2.post(address, content=bytes(5000)).status_code == 413
        with pytest.raises(Unavailable) as taken:
            with test_authority.serving(tmp_path, int(address.rstrip("/").rsplit(":", 1)[1])):
                pass
        assert taken.value.code == "authority.no_port"
        pem = (tmp_path / "certificate.pem").read_bytes()
        assert HttpAuthority("test", address, pem).stamp(b"still there")


def test_without_openssl_nobody_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="install it") as refusal:
        test_authority.made(tmp_path / "a")
    assert refusal.value.code == "authority.no_openssl"


def test_a_key_that_does_not_sign_is_no_reason_given(tmp_path: Path) -> None:
    test_authority.made(tmp_path)
    (tmp_path / "key.pem").write_text("no key")
    with test_authority.serving(tmp_path) as address:
        answer = httpx2.post(address, content=b"x")
    assert (answer.status_code, "openssl ts failed" in answer.text) == (500, True)


def test_the_command_does_not_serve(tmp_path: Path) -> None:
    # A shell that started these tests in the background made them ignore SIGINT; the command must not inherit that.
    with subprocess.Popen([sys.executable, "-m", "api.cli", "test-authority", "--folder", str(tmp_path / "a")],
                          stdout=subprocess.PIPE, text=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)) as child:
        assert child.stdout is not None
        name, address, certificate = (child.stdout.readline().strip() for _ in range(3))
        pem = Path(certificate.split()[1]).read_bytes()
        assert HttpAuthority("test", address.split()[1], pem).stamp(b"message")
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 130
    assert name == test_authority.NAME
