"""Events as people and stations make them: six particulars each, sealed under the key of their recording."""

from dataclasses import dataclass
from pathlib import Path

from archive import particulars
from archive.adapters.keyfiles import FileVault
from archive.entries import CustodyEvent
from archive.events import RecordingLabelled
from archive.identifiers import new_id
from archive.particulars import Sealed

RECORDINGS = 64


@dataclass(frozen=True)
class Labels:
    """A vault with the keys of some recordings, made before any clock runs: a recording's first event costs a synced
    file more than its later ones."""

    vault: FileVault
    log_id: str
    recordings: tuple[str, ...]

    def labelled(self, number: int) -> tuple[CustodyEvent, Sealed]:
        """Label ``number``, committed to and sealed."""
        recording = self.recordings[number % len(self.recordings)]
        sealed = particulars.seal(self.vault, self.log_id, recording, particulars.salted({
            "case_no": f"城执罚〔2026〕{number}号", "party": "某某餐饮管理有限公司", "officer": "王建国",
            "wearer": "李卫东", "place": "城东区人民路 128 号沿街商铺", "file_name": f"DSJ-0042_{number:09}.mp4"}))
        body = RecordingLabelled(new_id("lbl"), "person")
        return CustodyEvent.committed("system", recording, body, sealed.commitment), sealed


def labels(folder: Path, log_id: str) -> Labels:
    """A vault in ``folder``."""
    FileVault.create(folder / "vault.key")
    made = Labels(FileVault(folder / "vault.key"), log_id, tuple(new_id("rec") for _ in range(RECORDINGS)))
    for number in range(RECORDINGS):
        made.labelled(number)
    return made
