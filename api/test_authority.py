"""A time-stamp authority for tests and the demo: openssl behind a few lines of HTTP on loopback. It proves nothing.

Its key is made beside the archive, so whoever runs the archive can stamp any time.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from archive.errors import Unavailable

NAME = "TEST AUTHORITY — proves nothing"
PAGE = (f"{NAME}\n\nThis RFC 3161 time-stamp authority runs on the archive's own machine, with a key made there.\n"
        "Its stamps show how stamps are made and checked; they say nothing about any time.\n\n"
        "测试用时间戳机构——不证明任何事\n\n本时间戳服务与档案系统运行在同一台机器上，密钥也在本机生成。\n"
        "它只用来演示时间戳如何签发和核验，对任何时间都不构成证明。\n")
MAX_QUERY = 4096
_CONFIG = f"""\
[req]
distinguished_name = subject
x509_extensions = purpose
string_mask = utf8only
utf8 = yes
prompt = no
[subject]
CN = {NAME}
[purpose]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[test]
serial = serial
crypto_device = builtin
signer_cert = certificate.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@contextlib.contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """The authority of ``folder`` on loopback while the block runs; answers its address.

    ``Unavailable authority.no_openssl`` without the command ``openssl``; ``authority.no_port`` for a taken port.
    """
    made(folder)
    try:
        server = HTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"folder": folder}))
    except OSError as fault:
        raise Unavailable("authority.no_port", f"port {port} cannot be used: {fault.strerror}") from fault
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="test-authority", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def made(folder: Path) -> Path:
    """The authority's certificate (PEM); key and certificate are made when the folder does not hold them."""
    certificate = folder / "certificate.pem"
    if not certificate.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "openssl.cnf").write_text(_CONFIG, encoding="utf-8")
        (folder / "serial").write_text("01\n")
        openssl(folder, "req", "-x509", "-config", "openssl.cnf", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-keyout", "key.pem", "-out", "new.pem")
        os.chmod(folder / "key.pem", 0o600)
        (folder / "new.pem").rename(certificate)  # last: a folder that holds it is whole
    return certificate


def stamped(folder: Path, untrusted_query: bytes) -> bytes:
    """The TimeStampResp to a TimeStampReq, a refusal when the request is none of ours."""
    return openssl(folder, "ts", "-reply", "-config", "openssl.cnf", "-section", "test", "-queryfile", "/dev/stdin",
                   given=untrusted_query)


def openssl(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Standard output of ``openssl`` run in ``folder``; ``Unavailable authority.no_openssl | authority.failed``."""
    try:
        done = subprocess.run(["openssl", *arguments], cwd=folder, input=given, capture_output=True, timeout=30,
                              check=False)
    except FileNotFoundError as fault:
        raise Unavailable("authority.no_openssl", "the test authority needs the command openssl; install it") from fault
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unavailable("authority.failed", f"openssl {arguments[0]} failed: {said[-1] if said else 'no reason'}")
    return done.stdout


class _Handler(BaseHTTPRequestHandler):
    """One request at a time: the serial number is a file."""

    timeout = 5

    folder: Path

    def do_GET(self) -> None:
        self._answer(200, "text/plain; charset=utf-8", PAGE.encode())

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > MAX_QUERY:
            self._answer(413, "text/plain", b"a time-stamp query of at most 4096 bytes\n")
            return
        try:
            answer = stamped(self.folder, self.rfile.read(int(size)))
        except Unavailable as fault:
            self._answer(500, "text/plain; charset=utf-8", fault.message.encode())
            return
        self._answer(200, "application/timestamp-reply", answer)

    def log_message(self, format: str, *args: object) -> None:
        """No lines on standard error for each stamp."""

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
