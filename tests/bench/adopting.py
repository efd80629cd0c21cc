"""Adopting a share of many small files, beside hashing and copying the same tree into the same bucket."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adopt.share import Share, clip
from bench.depositing import endpoint
from bench.figures import Figure, Scale, compared, in_turns, seconds
from bench.stores import aws_environment
from service_fixture import LiveService, live_service

from api.adopting import adopt
from api.settings import load_settings
from api.wiring import beside
from archive.adapters.seaweedfs_setup import read_keys
from archive.proof.signing import SigningKey
from ingest.adoption_list import ListedFile, of_files, open_signed, sign_list
from ingest.adoption_sheet import read_sheet
from ingest.adoption_survey import survey
from ingest.drop_deposit import at_once

EVENTS_FOR_A_FILE = 20
_KEY = SigningKey.generate("old-share.example")


@dataclass(frozen=True)
class _Shares:
    service: LiveService
    folder: Path
    files: int

    def ours(self, run: int) -> float:
        """Files/s from a signed list to all bytes under lock: compared, read again, logged. Accession follows."""
        share = self._made(f"ours-{run}", run * 2)
        sheet = read_sheet(share.sheet.read_bytes(), None)
        found = survey(share.root, sheet, None)
        listed = of_files(sheet.digest, [ListedFile(one.digest, one.found.size, one.found.path)
                                         for one in found.adoptable])
        signed = open_signed(sign_list(listed, _KEY), _KEY.key)
        with beside(self.service.data, load_settings(self.service.data)) as archive:
            taken = seconds(lambda: adopt(archive, share.root, signed, sheet, "holder", at_once,
                                          lambda at, total, size: None))
        return self.files / taken

    def theirs(self, run: int) -> float:
        """Files/s of ``sha256sum`` over the tree, then ``aws s3 cp --recursive`` into the same bucket."""
        share, data = self._made(f"theirs-{run}", run * 2 + 1), self.service.data
        copy = ["aws", "--endpoint-url", f"http://{endpoint(data)}", "s3", "cp", "--recursive", "--only-show-errors",
                str(share.root), f"s3://liuhen/bench/{run}/"]
        hashed = ["sha256sum", *(str(path) for path in share.root.iterdir())]

        def work() -> None:
            subprocess.run(hashed, check=True, stdout=subprocess.DEVNULL)
            subprocess.run(copy, check=True, env=aws_environment(read_keys(data), data), stdout=subprocess.DEVNULL)

        return self.files / seconds(work)

    def _made(self, name: str, number: int) -> Share:
        share = Share(self.folder / name, self.folder / f"{name}.csv")
        share.root.mkdir()
        names = [f"{one:06d}.wav" for one in range(self.files)]
        for one, file in enumerate(names, 1):
            (share.root / file).write_bytes(clip(one + number * 1_000_000 + 1))
        share.sheet.write_text("path,start,officer\n" + "".join(f"{one},2023-06-01,z\n" for one in names), "utf-8")
        return share


def measure_adoption(folder: Path, scale: Scale) -> list[Figure]:
    """``adopt`` in files/s, of files of 12 kB: what a file costs, not what its bytes do."""
    with _shares(folder, scale) as shares:
        rates = in_turns(scale.runs, shares.ours, shares.theirs)
    return [compared("adopt", "files/s", "sha256sum TREE; aws s3 cp --recursive TREE s3://…", *rates)]


@contextlib.contextmanager
def _shares(folder: Path, scale: Scale) -> Iterator[_Shares]:
    try:
        with live_service(folder / "service") as service:
            yield _Shares(service, folder, scale.events // EVENTS_FOR_A_FILE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
