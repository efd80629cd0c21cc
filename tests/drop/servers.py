"""Real servers on loopback that write into a drop folder: FTP by Debian's pyftpdlib, SFTP by its sshd with own keys."""

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SSHD = "/usr/sbin/sshd"
PASSWORD = "a dock's password"
FTP = """
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

authorizer = DummyAuthorizer()
authorizer.add_user("dock", sys.argv[2], sys.argv[1], perm="elradfmwMT")
handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
server = FTPServer(("127.0.0.1", int(sys.argv[3])), handler)
print("up", flush=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Sftp:
    """Where sshd listens and what a client needs."""

    port: int
    key: Path
    folder: Path

    def command(self, batch: Path) -> list[str]:
        """OpenSSH's own client with a batch file."""
        return ["sftp", "-q", "-b", str(batch), "-P", str(self.port), "-i", str(self.key), "-o", "IdentitiesOnly=yes",
                "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.key}.hosts",
                f"{getpass.getuser()}@127.0.0.1"]


@contextmanager
def ftp_server(folder: Path) -> Iterator[int]:
    """An FTP server of user ``dock`` on ``folder``; answers its port."""
    port = free_port()
    process = subprocess.Popen(["/usr/bin/python3", "-W", "ignore", "-c", FTP, str(folder), PASSWORD, str(port)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield port
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@contextmanager
def sftp_server(folder: Path, work: Path) -> Iterator[Sftp]:
    """Debian's sshd with its own configuration, host key and one client key; SFTP only."""
    work.mkdir(mode=0o700)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(work / name)], check=True)
    (work / "authorized").write_bytes((work / "client.pub").read_bytes())
    port = free_port()
    (work / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {work / 'host'}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {work / 'authorized'}\nPasswordAuthentication no\nPermitRootLogin yes\n"
        f"Subsystem sftp internal-sftp\nForceCommand internal-sftp -d {folder}\n")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(work / "sshd_config")],
                               stderr=(work / "log").open("w"))
    try:
        await_port(port, process)
        yield Sftp(port, work / "client", folder)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int, process: "subprocess.Popen[bytes]", patience_s: float = 20.0) -> None:
    """Until something answers there."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
