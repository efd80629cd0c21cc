"""A golden log as it lies in a folder: leaves, keys, the checkpoint over them and the tables they make.

``python -m rebuild.golden RELEASE`` (with ``PYTHONPATH=tests``) makes one, once; an existing folder is refused.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.memory_store import MemoryStore
from ledger import LOG_ID, SIGNER
from specimen_events import AT, LOCK, SPECIMENS, Leaf, beginning, ident, story

from archive import entries, particulars
from archive.adapters.keyfiles import FileVault, write_secret
from archive.batches import BatchLeaf
from archive.columns import Row
from archive.comparing import read_only
from archive.entries import CustodyEvent
from archive.events import BODIES, LogOpened
from archive.log_events import LogSucceeds, ParticularsErased
from archive.proof.checkpoint import Checkpoint
from archive.proof.keys import VerificationKey
from archive.proof.merkle import leaf_hash, root
from archive.proof.note import open_note, sign_note
from archive.rebuild import Rebuilt, Sources, rebuild, survey

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "golden_log"
RELEASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
Dump = dict[str, list[dict[str, Any]]]


def leaves(golden: Path) -> Iterator[BatchLeaf]:
    """The leaves of a golden log, in order."""
    for line in (golden / "leaves.jsonl").read_text("utf-8").splitlines():
        held = json.loads(line)
        yield BatchLeaf(held["entry"].encode(), held["scope"], base64.b64decode(held["sealed_b64"], validate=True))


def replayed(golden: Path, folder: Path) -> tuple[Path, Rebuilt]:
    """A database made in ``folder`` of a golden log by this release."""
    keys = json.loads((golden / "keys.json").read_text())
    write_secret(folder / "keys" / "vault.key", bytes.fromhex(keys["master"]))
    vault = FileVault(folder / "keys" / "vault.key")
    for scope, wrapped in keys["scopes"].items():
        assert vault.restore(scope, bytes.fromhex(wrapped))
    found = survey(leaves(golden), [checkpoint(golden)], (), _quiet)
    done = rebuild(Sources(MemoryStore(), vault, SIGNER), folder / "replayed.db", found, found.leaves,
                   leaves=lambda: leaves(golden), accept_unreadable=False, show=_quiet)
    return folder / "replayed.db", done


def checkpoint(golden: Path) -> Checkpoint:
    """Its checkpoint, verified with its own key."""
    key = VerificationKey.parse((golden / "log.vkey").read_text().strip())
    return Checkpoint.parse(open_note((golden / "checkpoint").read_bytes(), [key]))


def dump(database: Path) -> Dump:
    """Every projection row by table, absent values left out; see ``in_order``."""
    tables = sorted(str(row.__tablename__) for row in Row.__subclasses__() if row.CLASS == "projection")
    with closing(read_only(database)) as connection:
        found = {}
        for name in tables:
            cursor = connection.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in cursor.description]
            rows = [{c: v for c, v in zip(columns, row, strict=True) if v is not None} for row in cursor]
            found[name] = in_order(rows)
        return found


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in the order of their text, which no database decides."""
    return sorted(rows, key=lambda held: json.dumps(held, sort_keys=True))


def _told(release: str) -> list[Leaf]:
    """Every outcome of an upload, one of every kind, and an erasure of what one recording's leaves knew. A release
    that ends in ``-succession`` begins as a log that took another's place."""
    opening = next(event for event in SPECIMENS if isinstance(event.body, LogSucceeds))
    succeeds = release.endswith("-succession")
    told = [(opening, {}), *beginning()[1:]] if succeeds else [*beginning()]
    outcomes = ("accessioned", "watched", "quarantined", "repeated", "aborted", "open", "watched", "expired", "entered")
    for n, outcome in enumerate(outcomes, 1):
        told += story(n, outcome, first=1)
    told += [(event, {}) for event in SPECIMENS if event.body.KIND.split(".")[0] in ("lock", "key")]
    told += [(event, {"title": "城西所采集站"} if event.commitment else {}) for event in SPECIMENS
             if event.body.KIND.startswith("station.") and event.body.KIND != "station.enrolled/1"]
    of_first = tuple(i for i, (event, values) in enumerate(told) if values and event.subject == ident("rec", 1))
    erasure = ParticularsErased(of_first, "吉市监函〔2026〕7号", LOCK)
    told.append((CustodyEvent.plain("system", ident("rec", 1), erasure), {}))
    other = LogOpened if succeeds else LogSucceeds
    assert {event.body.KIND for event, _ in told} == {body.KIND for body in BODIES} - {other.KIND}
    return told


def _make(golden: Path) -> None:
    golden.mkdir()
    with tempfile.TemporaryDirectory(prefix="liuhen-golden-") as folder:
        FileVault.create(Path(folder) / "keys" / "vault.key")
        vault = FileVault(Path(folder) / "keys" / "vault.key")
        made = [_leaf(vault, i, event, values) for i, (event, values) in enumerate(_told(golden.name))]
        scopes = sorted({leaf.scope for leaf in made if leaf.scope} - {ident("rec", 1)})
        keys = {"master": (Path(folder) / "keys" / "vault.key").read_bytes().hex(),
                "scopes": {scope: vault.wrapped(scope).hex() for scope in scopes}}
    note = sign_note(Checkpoint(SIGNER.key.name, len(made), root([leaf_hash(x.entry) for x in made])).text(), [SIGNER])
    (golden / "leaves.jsonl").write_text("".join(json.dumps(
        {"entry": leaf.entry.decode(), "scope": leaf.scope, "sealed_b64": base64.b64encode(leaf.sealed).decode()},
        ensure_ascii=False) + "\n" for leaf in made), "utf-8")
    (golden / "keys.json").write_text(json.dumps(keys, indent=1) + "\n")
    (golden / "checkpoint").write_bytes(note)
    (golden / "log.vkey").write_text(SIGNER.key.text() + "\n")
    with tempfile.TemporaryDirectory(prefix="liuhen-golden-") as folder:
        held = dump(replayed(golden, Path(folder))[0])
    text = json.dumps(held, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (golden / "projection.json").write_text(text, "utf-8")


def _leaf(vault: FileVault, index: int, event: CustodyEvent, values: dict[str, str]) -> BatchLeaf:
    at = AT + timedelta(seconds=index)
    if not values:
        return BatchLeaf(entries.encode(CustodyEvent.plain(event.actor, event.subject, event.body), at))
    kept = particulars.seal(vault, LOG_ID, event.subject, particulars.salted(values))
    made = CustodyEvent.committed(event.actor, event.subject, event.body, kept.commitment)
    return BatchLeaf(entries.encode(made, at), event.subject, kept.sealed)


def _quiet(step: str, done: int, total: int) -> None:
    """Nobody looks."""


if __name__ == "__main__":
    _make(FOLDER / sys.argv[1])
