"""``liuhen cosign init | serve | show``: be a cosigner for a neighbour's log."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from api.commands.options import command
from api.cosign_app import make_cosign_app
from api.cosign_folder import STATE, init_folder, load, opened, public_key
from api.server import listen, log_to_stderr
from api.web.render import Renderer
from archive.cosigner_state import CosignerState
from archive.proof.keys import VerificationKey

GRACE_S = 5
AT_ONCE = 128
LOG_HELP = "key of a log to follow, as its archive gives it (public/log.vkey); VKEY=ORIGIN where the two names differ"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    about = ("Be a cosigner for a neighbour's log: sign each checkpoint that continues the last one signed here, and "
             "no other. Needs no archive.")
    top = commands.add_parser("cosign", help=about, description=about)
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    making = _in_folder(command(inner, "init", "Make a cosigner's key and empty state in a new folder; once.", _init))
    making.add_argument("--name", required=True, help="the cosigner's name, such as archives.example.cn/cosigner-1")
    making.add_argument("--log", action="append", default=[], help=LOG_HELP + "; may be repeated")
    making.add_argument("--url", default="http://127.0.0.1:8421", help="where the archives will reach this cosigner")
    serving = _in_folder(command(inner, "serve", "Answer the logs of cosigner.toml until told to stop.", _serve))
    serving.add_argument("--log", action="append", default=[], help=LOG_HELP + "; added to those of cosigner.toml")
    serving.add_argument("--host", help="address to listen on (default: cosigner.toml, else 127.0.0.1)")
    serving.add_argument("--port", type=int, help="port (default: cosigner.toml, else 8421; 0 takes a free one)")
    _in_folder(command(inner, "show", "Say who this cosigner is, what it last signed, and what it refused.", _show))


def _in_folder(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--folder", type=Path, required=True, help="the cosigner's own folder")
    return parser


def policy_line(key: VerificationKey, url: str) -> str:
    """The ``witness`` line for the policies of those who trust this cosigner (C2SP tlog-policy)."""
    return f"witness {key.name} {key.text()} {url}"


def _init(chosen: argparse.Namespace) -> int:
    key = init_folder(chosen.folder, chosen.name, chosen.log)
    print(f"cosigner made in {chosen.folder}\nkey (give it to everybody who will trust it): {key.text()}\n"
          f"line for their policies: {policy_line(key, chosen.url)}")
    return 0


def _serve(chosen: argparse.Namespace) -> int:
    log_to_stderr()
    settings = load(chosen.folder)
    host = chosen.host or settings.host
    with opened(chosen.folder, chosen.log) as desk:
        listening = listen(host, settings.port if chosen.port is None else chosen.port)
        config = uvicorn.Config(make_cosign_app(desk, Renderer()), access_log=False, log_level="warning",
                                server_header=False, limit_concurrency=AT_ONCE, timeout_graceful_shutdown=GRACE_S)
        print(f"cosigning for {len(desk.logs)} logs as {desk.key.name} on "
              f"http://{host}:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _show(chosen: argparse.Namespace) -> int:
    load(chosen.folder)
    key = public_key(chosen.folder)
    print(f"name {key.name}\nkey  {key.text()}")
    state = CosignerState(chosen.folder / STATE, key.text())
    try:
        for known in state.all():
            print(f"log  {known.origin}: size {known.size}, cosigned {_when(known.at)}, since {_when(known.since)}")
        for refused in state.refused():
            what = "ANOTHER HISTORY" if refused.certain else "refused"
            print(f"{what}: {refused.origin} at size {refused.size}, {_when(refused.at)}: {refused.reason}\n"
                  f"{refused.note.decode()}", end="")
        return 1 if any(refused.certain for refused in state.refused()) else 0
    finally:
        state.close()


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
