"""``liuhen test-authority``: a time-stamp authority to try things out with."""

import argparse
import threading
from pathlib import Path

from api import test_authority
from api.commands.options import command


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    text = "Run a time-stamp authority for trying out; it proves nothing."
    serving = command(commands, "test-authority", text, _serve)
    serving.add_argument("--folder", type=Path, required=True, help="its key and certificate, made when absent")
    serving.add_argument("--port", type=int, default=0, help="port on loopback (default 0: takes a free one)")


def _serve(chosen: argparse.Namespace) -> int:
    with test_authority.serving(chosen.folder, chosen.port) as address:
        print(f"{test_authority.NAME}\naddress      {address}\ncertificate  {chosen.folder / 'certificate.pem'}\n"
              "Ctrl-C ends it", flush=True)
        threading.Event().wait()
    return 0
