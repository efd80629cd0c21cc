"""House rules that can be executed, each also shown to bite on a specimen that breaks it."""

import subprocess
import sys
from pathlib import Path

import layout_rules as rules
import pytest
from layout_rules import RULES, Source

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (*rules.PACKAGES, "tests", "scripts")


def sources() -> list[Source]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert found
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in sorted(found)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_file_breaks_the_rule(rule: rules.Rule) -> None:
    assert [broken for source in sources() for broken in rule(source)] == []


SPECIMENS = {
    "long_file": Source("archive/log.py", '"""Doc."""\n' + "A = 1\n" * 300),
    "long_function": Source("archive/log.py", "def act() -> None:\n" + "    print()\n" * 60),
    "nameless_module": Source("archive/utils/log.py", ""),
    "missing_docstring": Source("archive/log.py", "A = 1\n"),
    "import_in_function": Source("archive/log.py", "def act() -> None:\n    import json\n"),
    "reads_the_clock": Source("ingest/stations.py", "import datetime\nAT = datetime.datetime.now()\n"),
    "product_away_from_home": Source("ingest/uploads.py", "from archive.adapters import s3\n"),
    "relative_import": Source("ingest/uploads.py", "from . import stations\n"),
    "forbidden_mark": Source("ingest/uploads.py", "A = 1  # no" + "qa\n"),
    "package_among_tests": Source("tests/archive/__init__.py", ""),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_that_never_objects_is_noticed(rule: rules.Rule) -> None:
    assert list(rule(SPECIMENS[rule.__name__]))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("ingest/uploads.py", "import minio"),
        ("ingest/uploads.py", "from fastapi import FastAPI"),
        ("archive/copies/redact.py", "import ffmpeg.nodes"),
        ("api/routes/uploads.py", "from archive.adapters.s3 import S3Store"),
        ("archive/recordings.py", "import archive.adapters.clock"),
    ],
)
def test_products_do_not_leak_out_of_their_adapter(path: str, line: str) -> None:
    assert list(rules.product_away_from_home(Source(path, line + "\n")))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("archive/adapters/s3_multipart.py", "import minio"),
        ("api/wiring.py", "from archive.adapters.s3 import S3Store"),
        ("archive/adapters/ffmpeg.py", "import ffmpeg"),
        ("ingest/probe.py", "import ffmpegish"),
    ],
)
def test_products_at_home_are_not_refused(path: str, line: str) -> None:
    assert not list(rules.product_away_from_home(Source(path, line + "\n")))


def test_the_layers_import_only_downwards() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
