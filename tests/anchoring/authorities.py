"""Authorities of a test's own: certificates of any kind, openssl's answers over them, and servers that misbehave."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from api import test_authority

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(PEM)

    def write(self, folder: Path) -> None:
        """As ``api.test_authority`` keeps them: openssl stamps with them from now on."""
        folder.mkdir(exist_ok=True)
        (folder / "certificate.pem").write_bytes(self.pem)
        (folder / "key.pem").write_bytes(self.key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def issued(name: str, by: Holder | None = None, purpose: x509.ObjectIdentifier | None = Purpose.TIME_STAMPING,
           days: tuple[int, int] = (-1, 30), key: ec.EllipticCurvePrivateKey | None = None,
           serial: int | None = None, signed_with: ec.EllipticCurvePrivateKey | None = None) -> Holder:
    """A certificate; without ``by`` self-signed, without ``purpose`` an authority over certificates itself."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(by.certificate.subject if by else subject)
            .public_key(key.public_key()).serial_number(serial or x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)
            .add_extension(x509.BasicConstraints(purpose is None, None), critical=True))
    if purpose is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return Holder(made.sign(signed_with or (by.key if by else key), hashes.SHA256()), key)


def folder_of(holder: Holder, folder: Path, others: bytes = b"") -> Path:
    """A test authority's folder that stamps as this holder and sends ``others`` (PEM) along."""
    test_authority.made(folder)
    holder.write(folder)
    if others:
        (folder / "others.pem").write_bytes(others)
        config = folder / "openssl.cnf"
        config.write_text(config.read_text().replace("signer_key =", "certs = others.pem\nsigner_key ="))
    return folder


def query(message: bytes, folder: Path, digest: str = "sha256") -> bytes:
    """A TimeStampReq as openssl makes it."""
    (folder / "message").write_bytes(message)
    return test_authority.openssl(folder, "ts", "-query", "-data", "message", f"-{digest}", "-cert")


def stamp(message: bytes, folder: Path, digest: str = "sha256") -> bytes:
    """A TimeStampResp over ``message`` as the folder's authority gives it."""
    return test_authority.stamped(folder, query(message, folder, digest))


def openssl_accepts(response: bytes, message: bytes, root: bytes, folder: Path) -> bool:
    """The second opinion: ``openssl ts -verify``."""
    for name, data in (("response", response), ("message", message), ("root.pem", root)):
        (folder / name).write_bytes(data)
    done = subprocess.run(["openssl", "ts", "-verify", "-data", "message", "-in", "response", "-CAfile", "root.pem"],
                          cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def element(tag: int, *contents: bytes) -> bytes:
    """A DER element."""
    body = b"".join(contents)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1)
    return bytes([tag]) + (size if len(body) < 0x80 else bytes([0x80 | len(size)]) + size) + body


@contextlib.contextmanager
def answering(answer: Callable[[bytes], bytes], status: int = 200, pause_s: float = 0.0) -> Iterator[str]:
    """A server that answers a query so; with ``pause_s`` byte by byte, that far apart."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                for part in [body] if not pause_s else [body[n:n + 1] for n in range(len(body))]:
                    self.wfile.write(part)
                    self.wfile.flush()
                    time.sleep(pause_s)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
