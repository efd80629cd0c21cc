"""What an auditor keeps between two looks at a log: the last checkpoint that held, and how far entries were counted."""

import json
from dataclasses import dataclass
from pathlib import Path

from archive.durable import replace_file
from archive.errors import Refused


@dataclass(frozen=True)
class Followed:
    """The note as fetched with what it said; ``counted``: entries hashed and read so far, with their root.

    ``grown_at``: our clock (POSIX seconds) when this size was first seen. ``revoked``: the last key.revoked seen.
    """

    note: bytes = b""
    origin: str = ""
    size: int = 0
    root: bytes = b""
    grown_at: float = 0.0
    counted: int = 0
    counted_root: bytes = b""
    last_at: str = ""
    revoked: str = ""


class FollowState:
    """A folder: ``state.json``, ``checkpoint`` (the note, for people and ``liuhen log compare``), and alarm files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> Followed:
        """What was kept; an empty one at first. ``Refused follow.state`` when the file does not read: never start anew
        by oneself, or a rollback would go unseen."""
        path = self.folder / "state.json"
        if not path.exists():
            return Followed()
        try:
            held = json.loads(path.read_text("utf-8"))
            return Followed(held["note"].encode(), held["origin"], int(held["size"]), bytes.fromhex(held["root"]),
                            float(held["grown_at"]), int(held["counted"]), bytes.fromhex(held["counted_root"]),
                            held["last_at"], held["revoked"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise Refused("follow.state", f"{path} does not read ({fault}): put its backup back, or keep the folder "
                          "and begin another one") from fault

    def save(self, kept: Followed) -> None:
        """Durable when it returns: what was reported must not be forgotten."""
        held = {"note": kept.note.decode("utf-8"), "origin": kept.origin, "size": kept.size, "root": kept.root.hex(),
                "grown_at": kept.grown_at, "counted": kept.counted, "counted_root": kept.counted_root.hex(),
                "last_at": kept.last_at, "revoked": kept.revoked}
        self.keep("checkpoint", kept.note)
        self.keep("state.json", json.dumps(held, indent=1, ensure_ascii=False).encode())

    def keep(self, name: str, data: bytes) -> Path:
        """A file of the folder, whole or not at all, fsynced."""
        path = self.folder / name
        replace_file(path, data)
        return path
