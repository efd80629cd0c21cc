"""The demo's neighbours: two cosigners and a test time authority, each a process of its own on this very machine.

In earnest they are run by others; here they show how it works and make nothing independent of anybody.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from api import test_authority
from api.cosign_folder import init_folder, public_key
from api.policy_file import read_policy
from archive.errors import Unavailable
from archive.proof.policy import Policy

NAMES = ("demo-neighbour-a", "demo-neighbour-b")
POLICY = Path("public") / "policy.txt"


@dataclass(frozen=True)
class Neighbours:
    """The policy a demo station pins, what the serving process is told of its neighbours, the cosigners by name."""

    policy: Policy
    environment: Mapping[str, str]
    cosigners: Mapping[str, "subprocess.Popen[str]"]


@contextlib.contextmanager
def neighbours(data: Path) -> Iterator[Neighbours]:
    """Both cosigners and the test authority while the block runs; their folders lie under ``demo/``.

    ``Unavailable demo.no_neighbour`` when a cosigner does not come up, ``authority.*``.
    """
    log_key = (data / "public" / "log.vkey").read_text().strip()
    with contextlib.ExitStack() as stack:
        lines, cosigners = [f"log {log_key}"], {}
        for name in NAMES:
            line, cosigners[name] = stack.enter_context(_cosigner(data / "demo" / name, name, log_key))
            lines.append(line)
        folder = data / "demo" / "test-authority"
        address = stack.enter_context(test_authority.serving(folder))
        lines += [f"group {name}-line all {name}" for name in NAMES]
        lines += ["group both all " + " ".join(f"{name}-line" for name in NAMES), "quorum both"]
        (data / POLICY).write_text("\n".join(lines) + "\n")
        certificate = (folder / "certificate.pem").relative_to(data)
        yield Neighbours(read_policy(data / POLICY), {
            "LIUHEN_LOG__POLICY": str(POLICY), "LIUHEN_TIME__AUTHORITIES": json.dumps(
                [{"name": test_authority.NAME, "url": address, "certificate": str(certificate)}])}, cosigners)


@contextlib.contextmanager
def _cosigner(folder: Path, name: str, log_key: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """One cosigner on a free port; answers its line of the policy, and its process."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        init_folder(folder, f"{name}.example/cosigner", [log_key])
    with (folder.parent / f"{name}.log").open("a") as journal:
        child = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "cosign", "serve", "--folder", str(folder), "--port", "0"],
            stdout=subprocess.PIPE, stderr=journal, text=True, start_new_session=True)
    try:
        assert child.stdout is not None
        said = child.stdout.readline().split()
        if not said:
            raise Unavailable("demo.no_neighbour", f"a demo cosigner did not come up; see {folder.parent / name}.log")
        yield f"witness {name} {public_key(folder).text()} {said[-1]}", child
    finally:
        child.terminate()
        child.wait()
