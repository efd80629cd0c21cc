"""At each contact the archive's newest checkpoint must continue the one kept here: the dock is a witness of its own.

What contradicts is kept as evidence, and nothing is wiped any more until a person has looked.
"""

import threading
from pathlib import Path

from archive.durable import replace_file
from archive.errors import Refused, Unavailable
from archive.kept_checkpoints import compare, note_in
from archive.proof.checkpoint import Checkpoint
from archive.proof.consistency import MAX_FILE
from archive.proof.note import open_note
from archive.proof.policy import Policy
from ingest.push import StationSide, refusal, tried


class History:
    """The newest checkpoint this dock has seen, in ``folder``/checkpoint; evidence of a fork beside it, fork.json."""

    def __init__(self, side: StationSide, folder: Path) -> None:
        self._side, self._folder, self._lock = side, folder, threading.Lock()
        self._policy = side.policy or Policy.of_log(side.log_key)
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def has_forked(self) -> bool:
        """The archive showed this dock two histories; stays so until a person takes the evidence away."""
        return (self._folder / "fork.json").exists()

    def require_one(self, receipt: bytes) -> None:
        """The receipt's checkpoint and the kept one belong to one history; then the larger is kept.

        ``Refused archive.forked`` with evidence on disk, ``Unavailable archive.unproven`` when the archive gives no
        proof. Limit: one history up to here, as shown to this dock; of others their own comparisons tell.
        """
        with self._lock:
            if self.has_forked:
                raise Refused("archive.forked", "the archive has shown two histories; nothing is wiped until a person "
                              f"has looked at {self._folder / 'fork.json'}")
            note, path = note_in(receipt), self._folder / "checkpoint"
            kept = path.read_bytes() if path.exists() else None
            if kept is not None:
                self._compare(kept, note)
            if kept is None or self._size(note) > self._size(kept):
                replace_file(path, note)

    def _compare(self, kept: bytes, note: bytes) -> None:
        sizes = sorted((self._size(kept), self._size(note)))
        proof = self._proof(*sizes) if sizes[0] != sizes[1] else b""
        found = compare(kept, note, self._policy, proof)
        if found.outcome == "fork":
            replace_file(self._folder / "fork.json", found.evidence)
            raise Refused("archive.forked", f"the archive has shown this dock two histories: {found.text}")
        if found.outcome != "consistent":
            raise Unavailable("archive.unproven", f"the archive does not show that its log only grew: {found.text}")

    def _proof(self, old: int, new: int) -> bytes:
        answer = tried(self._side, lambda: self._side.client.get("/log/consistency", params={"old": old, "new": new}))
        if answer.status_code != 200 or len(answer.content) > MAX_FILE:
            raise refusal(answer)
        return answer.content

    def _size(self, note: bytes) -> int:
        return Checkpoint.parse(open_note(note, self._policy.logs)).size
