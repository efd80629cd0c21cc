"""The mark in a data folder whose log was closed for good: which log succeeds it, and where that one's folder is."""

import json
from dataclasses import dataclass
from pathlib import Path

from archive.durable import replace_file
from archive.errors import Refused

MARK = "succeeded-by"


@dataclass(frozen=True)
class Successor:
    """``key``: the new log's verification key as text; ``folder``: its data folder, when the mark was set."""

    key: str
    folder: str


def successor(log_folder: Path) -> Successor | None:
    """The log that took this one's place, or None. ``Refused log.succeeded`` when the mark does not read."""
    path = log_folder / MARK
    if not path.exists():
        return None
    try:
        held = json.loads(path.read_text("utf-8"))
        return Successor(str(held["key"]), str(held["folder"]))
    except (ValueError, KeyError, TypeError) as fault:
        raise Refused("log.succeeded", f"this log was closed for good, and {path} does not say for which") from fault


def close(log_folder: Path, by: Successor) -> None:
    """Set the mark, durable when this returns: from now on this folder is evidence and is never served again."""
    text = json.dumps({"key": by.key, "folder": by.folder}, ensure_ascii=False, indent=1) + "\n"
    replace_file(log_folder / MARK, text.encode("utf-8"))


def require_open(log_folder: Path) -> None:
    """``Refused log.succeeded`` when another log took this one's place.

    Limit: whoever removes the mark can go on with the old log; those who know the new one then see two.
    """
    if (by := successor(log_folder)) is not None:
        raise Refused("log.succeeded", f"this log was closed for good: {by.key.split('+')[0]} in {by.folder} took its "
                      "place; serve that one and keep this folder as evidence")
