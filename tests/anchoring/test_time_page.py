"""What docs/time.md tells a reader to type finds a good stamp good and a bad one bad."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from anchoring.anchor_site import AnchorSite
from anchoring.conftest import Authority

from api.settings import LogSettings, TimeSettings
from archive.log_store import whole

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "time.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("fault", [b"", b"\\n1\\n"])
def test_the_pages_own_check_does_not_tell_good_from_bad(
        site: AnchorSite, authority: Authority, tmp_path: Path, fault: bytes) -> None:
    site.grow(1)
    site.anchored(site.anchoring([authority.named()]), 1)
    data = whole(site.store, site.covering(0).version)
    assert fault in data
    (tmp_path / "anchor.json").write_bytes(data.replace(fault, b"\\n2\\n") if fault else data)
    (tmp_path / "authority.pem").write_bytes(authority.pem)
    done = subprocess.run(["bash", "-ec", block("sh")], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ("TEST AUTHORITY" in done.stdout) or ("TSA: DirName" in done.stdout), done.stderr
    assert (done.returncode == 0) == (not fault), done.stderr


def test_the_pages_settings_are_not_ours() -> None:
    held = tomllib.loads(block("toml"))
    one, = TimeSettings(**held["time"]).authorities
    assert one.name == "national-time"
    assert LogSettings(origin="a/0", **held["log"]).anchor_every.total_seconds() == 600
    assert PAGE.count("`liuhen test-authority") == 1
