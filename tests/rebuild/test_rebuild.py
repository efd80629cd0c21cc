"""A lost database comes back from the store and the keys, the same to the byte; what does not verify is not rebuilt."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger import LOG_ID, SIGNER
from rebuild.lived_site import Lived, live, over
from specimen_events import ident, story

from archive.comparing import compare, read_only
from archive.db import Database
from archive.errors import Contradiction, Refused
from archive.log_store import oldest
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note
from archive.rebuild import Rebuilt
from archive.rebuilding import compare_with_log, rebuild_into


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with over(tmp_path / "lived") as made:
        live(made)
        yield made


def quiet(step: str, done: int, total: int) -> None:
    """Progress nobody looks at."""


def nothing(db: Database) -> None:
    """No rows of later stages."""


def rebuilt(lived: Lived, into: Path, accept: bool = False, notes: list[bytes] | None = None) -> Rebuilt:
    return rebuild_into(lived.sources, into, lived.published() if notes is None else notes, accept_unreadable=accept,
                        show=quiet, also=nothing)


def differences(one: Path, other: Path) -> list[str]:
    with closing(read_only(one)) as ours, closing(read_only(other)) as theirs:
        return [difference.text() for difference in compare(ours, theirs)]


def test_a_rebuilt_database_is_another_than_the_lost_one(lived: Lived, tmp_path: Path) -> None:
    done = rebuilt(lived, tmp_path / "new.db")
    assert done.leaves > 256  # full bundles and staged batches both
    assert (done.beyond, done.unreadable) == (0, ())
    assert done.erased == 2
    assert [path.name for path in tmp_path.iterdir() if "new.db" in path.name] == ["new.db"]
    assert differences(tmp_path / "new.db", lived.path) == []


def test_the_service_does_not_start_on_a_rebuilt_database(lived: Lived, tmp_path: Path) -> None:
    rebuilt(lived, tmp_path / "new.db")
    lived.site.sequencer.stop()
    other = tmp_path / "other"
    shutil.copytree(lived.folder / "keys", other / "keys")
    shutil.copytree(lived.folder / "log", other / "log")
    (tmp_path / "new.db").rename(other / "liuhen.db")
    with over(other, lived.store, lived.clock) as again:
        again.append(story(900, "accessioned"))
        again.settle()
        assert compare_with_log(again.sources, again.path, again.published(), quiet).differences == ()


def test_particulars_that_were_erased_come_back_with_a_key_that_was_kept(lived: Lived, tmp_path: Path) -> None:
    """An old backup of the key folder must not undo an erasure on the pages."""
    key = lived.folder / "keys" / "scopes" / f"{ident('rec', 4)}.key"
    assert not key.exists()
    with closing(read_only(lived.path)) as old:
        text = repr(old.execute("SELECT * FROM label WHERE recording = ?", (ident("rec", 4),)).fetchall())
    assert "某公司" not in text
    rebuilt(lived, tmp_path / "new.db")
    with closing(read_only(tmp_path / "new.db")) as new:
        assert text == repr(new.execute("SELECT * FROM label WHERE recording = ?", (ident("rec", 4),)).fetchall())


def test_lost_keys_pass_unnoticed_or_stop_a_rebuild_for_good(lived: Lived, tmp_path: Path) -> None:
    (lived.folder / "keys" / "scopes" / f"{ident('rec', 5)}.key").unlink()
    assert rebuilt(lived, tmp_path / "from_copy.db").keys_restored == 1
    (lived.folder / "keys" / "scopes" / f"{ident('rec', 5)}.key").unlink()
    for listed in [*lived.store.versions("keys/")]:  # and the copies are lost as well
        lived.store._held.pop(listed.version.key)
    with pytest.raises(Contradiction) as refusal:
        rebuilt(lived, tmp_path / "new.db")
    assert refusal.value.code == "rebuild.particulars"
    assert list(tmp_path.glob("*new.db*")) == []
    done = rebuilt(lived, tmp_path / "new.db", accept=True)
    assert {one.code for one in done.unreadable} == {"particulars.missing"}
    assert len(done.unreadable) == 4  # accession, label, what it shows, what its file says


def test_a_database_is_written_over(lived: Lived, tmp_path: Path) -> None:
    before = lived.path.read_bytes()
    with pytest.raises(Refused) as refusal:
        rebuilt(lived, lived.path)
    assert refusal.value.code == "rebuild.exists"
    assert lived.path.read_bytes() == before


def test_leaves_are_believed_without_a_checkpoint(lived: Lived, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        rebuilt(lived, tmp_path / "new.db", notes=[])
    assert refusal.value.code == "rebuild.no_checkpoint"


def test_another_history_is_rebuilt(lived: Lived, tmp_path: Path) -> None:
    signed = lived.site.sequencer.signed
    assert signed is not None
    other = Checkpoint(SIGNER.key.name, signed.size, bytes(32))
    small = Checkpoint(SIGNER.key.name, 7, bytes(32))
    for bad in (other, small):
        with pytest.raises(Contradiction, match=r"root") as refusal:
            rebuilt(lived, tmp_path / "new.db", notes=[*lived.published(), sign_note(bad.text(), [SIGNER])])
        assert refusal.value.code in ("rebuild.root_differs", "log.two_roots")
    ahead = Checkpoint(SIGNER.key.name, signed.size + 1, bytes(32))
    with pytest.raises(Contradiction) as refusal:
        rebuilt(lived, tmp_path / "new.db", notes=[sign_note(ahead.text(), [SIGNER])])
    assert refusal.value.code == "rebuild.leaves_missing"
    forged = lived.published()[0][:-4] + b"AAA\n"
    with pytest.raises(Contradiction) as refusal:
        rebuilt(lived, tmp_path / "new.db", notes=[forged])
    assert refusal.value.code == "log.checkpoint_unverified"
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("path", ["tile/entries/000", "particulars/000"])
def test_a_changed_bundle_is_rebuilt(lived: Lived, tmp_path: Path, path: str) -> None:
    version = oldest(lived.store, f"log/{LOG_ID}/{path}")
    assert version is not None
    held = lived.store._find(version)
    damaged = bytearray(held.data)
    damaged[-10] ^= 1
    lived.store._replace(type(held)(held.version, bytes(damaged), held.lock_until))
    with pytest.raises(Contradiction):
        rebuilt(lived, tmp_path / "new.db")
    assert list(tmp_path.glob("*new.db*")) == []


def test_a_store_that_changes_between_two_readings_is_believed(lived: Lived, tmp_path: Path) -> None:
    """Verified once and read again: the second reading is hashed as well."""
    seen: list[str] = []

    def meddle(step: str, done: int, total: int) -> None:
        seen.append(step)

    version = oldest(lived.store, f"log/{LOG_ID}/tile/entries/000")
    assert version is not None
    held, asked = lived.store._find(version), lived.store.get

    def get(wanted: object, *span: int) -> Iterator[bytes]:
        data = b"".join(asked(wanted, *span))
        lived.store.calls.append(f"read {wanted}")
        if wanted == version and lived.store.calls.count(f"read {wanted}") == 2:
            data = data.replace(b'"actor":"system"', b'"actor":"systen"', 1)
        yield data

    lived.store.get = get
    with pytest.raises(Contradiction) as refusal:
        rebuild_into(lived.sources, tmp_path / "new.db", lived.published(), accept_unreadable=False, show=meddle,
                     also=nothing)
    assert refusal.value.code == "rebuild.root_differs"
    assert held.data.count(b"systen") == 0


def test_leaves_beyond_the_checkpoint_are_signed_or_called_verified(lived: Lived, tmp_path: Path) -> None:
    old = lived.published()
    lived.append(story(900, "accessioned"))
    lived.settle()
    done = rebuilt(lived, tmp_path / "new.db", notes=old)
    assert done.beyond == 5
    with sqlite3.connect(tmp_path / "new.db") as new:
        assert new.execute("SELECT max(size) FROM signed_checkpoint").fetchone()[0] == done.leaves - 5
        note = new.execute("SELECT note FROM signed_checkpoint ORDER BY size DESC").fetchone()[0]
    assert [note] == old
