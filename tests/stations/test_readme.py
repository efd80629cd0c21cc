"""The README's three commands, word for word, against a real service."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flows.dock import shared_service
from service_fixture import ROOT, SAMPLES


def commands() -> list[str]:
    readme = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"<!-- station -->\n```sh\n(.+?)```\n<!-- /station -->", readme, re.DOTALL)
    assert block is not None
    return block[1].splitlines()


@pytest.mark.timeout(300)
def test_a_fresh_dock_needs_more_than_the_readmes_three_commands(tmp_path: Path) -> None:
    service = shared_service()
    shutil.copy(SAMPLES / "bodycam_h264_aac.mp4", tmp_path / "recording.mp4")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                   "DATA": str(service.data), "ARCHIVE": service.address}
    said = []
    for command in commands():
        done = subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=environment, text=True, capture_output=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
        environment["CODE"] = said[0].strip()  # typed at the station from what the first one printed
    assert len(said) == 3
    assert "verified proven" in said[2]
    assert (tmp_path / "recording.mp4.receipt.json").exists()
