"""``liuhen log check`` over rows, checkpoints and particulars: each thing the owner of the files may do is found."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from checks.checked_log import append, archive_of, attack, checked, fill, grow, kinds, wheres
from contracts.memory_store import MemoryStore
from ledger import ORIGIN, SIGNER
from proof.known_keys import known_key
from specimen_events import story
from sqlalchemy import select

from archive import check_rows, check_tree, custody
from archive.check_findings import SHOWN_PER_KIND
from archive.custody import CUSTODY, SEALED
from archive.entries import CustodyEvent
from archive.log_events import ParticularsErased
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note
from archive.published import Published

STORE = MemoryStore()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole stories with particulars, then uploads beyond the second tile, signed at sizes tiles do not end at."""
    folder = tmp_path_factory.mktemp("made")
    with archive_of(folder, STORE) as (site, running):
        fill(site, running)
        for count in (200, 100, 300):
            grow(site, running, count)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to spoil."""
    return shutil.copytree(made, tmp_path / "copy")


def found_in(folder: Path, deep: bool = False) -> set[str]:
    with archive_of(folder, STORE) as (site, _):
        return kinds(checked(site, folder, deep))


def test_a_sound_log_is_found_at_fault(made: Path) -> None:
    with archive_of(made, STORE) as (site, running):
        for deep in (False, True):
            outcome = checked(site, made, deep)
            assert outcome.found.ordered() == []
            assert outcome.clean
            assert outcome.size == site.db.read(lambda c: len(c.execute(select(CUSTODY.c.idx)).all()))
            assert outcome.objects > 8
            assert outcome.checkpoints == len(running.signed_rows()) + 1  # and the published one
        assert outcome.particulars == site.db.read(lambda c: len(c.execute(select(SEALED.c.idx)).all()))


def test_an_empty_log_crashes_the_check(tmp_path: Path) -> None:
    with archive_of(tmp_path) as (site, _):
        assert checked(site, tmp_path, deep=True).found.ordered() == []


LAST = "(SELECT max(idx) FROM custody)"
ATTACKS = {
    "entry": ("UPDATE custody SET entry = cast(replace(entry, 'sta_', 'stb_') AS BLOB) WHERE idx = 300",
              {"row.changed", "row.columns", "checkpoint.root", "published.root", "cache.differs"}),
    "entry and hash": ("UPDATE custody SET entry = (SELECT entry FROM custody WHERE idx = 301), leaf_hash = (SELECT "
                       "leaf_hash FROM custody WHERE idx = 301), subject = (SELECT subject FROM custody WHERE idx = "
                       "301) WHERE idx = 300", {"checkpoint.root", "published.root", "cache.differs"}),
    "stored hash": ("UPDATE custody SET leaf_hash = zeroblob(32) WHERE idx = 5", {"row.changed"}),
    "actor": ("UPDATE custody SET actor = 'sta_y' WHERE idx = 42", {"row.columns"}),
    "subject": ("UPDATE custody SET subject = 'upl_1' WHERE idx = 42", {"row.columns"}),
    "kind": ("UPDATE custody SET kind = 'upload.finished/1' WHERE idx = 42", {"row.columns"}),
    "time": ("UPDATE custody SET at = '2020-01-01T00:00:00.000000Z' WHERE idx = 42", {"row.columns", "row.time"}),
    "text for bytes": ("UPDATE custody SET entry = cast(entry AS TEXT) WHERE idx = 42", {"row.columns"}),
    "quotes": ("""UPDATE custody SET subject = subject || '","subject":"x' WHERE idx = 42""", {"row.columns"}),
    "no json": ("UPDATE custody SET entry = x'00' WHERE idx = 42",
                {"row.changed", "row.columns", "checkpoint.root", "published.root", "cache.differs"}),
    "row gone": ("DELETE FROM custody WHERE idx = 400", {"row.missing"}),
    "last row gone": (f"DELETE FROM custody WHERE idx = {LAST}", {"checkpoint.lost", "published.lost"}),
    "signed root": ("UPDATE signed_checkpoint SET root = zeroblob(32) WHERE size = (SELECT min(size) FROM "
                    "signed_checkpoint)", {"checkpoint.columns"}),
    "signed note": ("UPDATE signed_checkpoint SET note = cast(replace(note, 'liuhen.example', 'liuhen.exampla') AS "
                    "BLOB) WHERE size = (SELECT min(size) FROM signed_checkpoint)", {"checkpoint.unverified"}),
    "checkpoint gone": ("DELETE FROM signed_checkpoint WHERE size = (SELECT max(size) FROM signed_checkpoint)",
                        {"published.unsigned"}),
    "cosigned note spoilt": ("INSERT INTO cosigned_checkpoint (size, note, at, met) SELECT size, x'00', at, 1 FROM "
                             "signed_checkpoint WHERE size = (SELECT min(size) FROM signed_checkpoint)",
                             {"cosigned.unverified"}),
    "cosigned beyond": ("INSERT INTO cosigned_checkpoint (size, note, at, met) VALUES (9999, x'00', "
                        "'2026-11-20T00:00:00.000000Z', 1)", {"cosigned.lost"}),
    "sealed gone": ("DELETE FROM sealed_particulars WHERE idx = 3", {"particulars.missing"}),
    "sealed of nothing": ("INSERT INTO sealed_particulars (idx, scope, sealed) VALUES (42, 's', x'00')",
                          {"particulars.unasked"}),
    "place gone": ("DELETE FROM object_place WHERE rowid = 1", {"place.differs"}),
    "place moved": ("UPDATE object_place SET version_id = 'other' WHERE rowid = 1", {"place.differs"}),
    "place of another": ("UPDATE object_place SET subject = 'rec_x' WHERE rowid = 2", {"place.differs"}),
    "place made up": ("INSERT INTO object_place (object_key, store, version_id, subject, size, lock_until) VALUES "
                      "('originals/x', 'primary', 'v', 'rec_x', 1, '2027-01-01T00:00:00.000000Z')", {"place.extra"}),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_done_to_the_database_is_not_found(folder: Path, name: str) -> None:
    statement, expected = ATTACKS[name]
    attack(folder, statement)
    assert found_in(folder) == expected


def test_a_cosigned_note_of_another_history_passes(folder: Path) -> None:
    size, other = site_sizes(folder)[-1], sign_note(Checkpoint(ORIGIN, 3, bytes(32)).text(), [SIGNER])
    fork = sign_note(Checkpoint(ORIGIN, size, bytes(32)).text(), [SIGNER])
    for note, expected in ((other, {"cosigned.unverified"}), (fork, {"cosigned.root"})):
        attack(folder, "DELETE FROM cosigned_checkpoint", "INSERT INTO cosigned_checkpoint (size, note, at, met) "
               f"VALUES ({size}, x'{note.hex()}', '2026-11-20T00:00:00.000000Z', 1)")
        assert found_in(folder) == expected


def test_where_a_fault_lies_is_not_said(folder: Path) -> None:
    attack(folder, "UPDATE custody SET actor = 'sta_y' WHERE idx IN (7, 300)", "DELETE FROM custody WHERE idx = 500")
    with archive_of(folder, STORE) as (site, _):
        outcome = checked(site, folder)
    assert wheres(outcome, "row.columns") == ["7", "300"]
    assert wheres(outcome, "row.missing") == ["500"]
    assert not outcome.clean
    assert outcome.size == 500


def test_the_last_root_that_agreed_is_not_said(folder: Path) -> None:
    attack(folder, *(f"UPDATE custody SET {column} = (SELECT {column} FROM custody WHERE idx = 301) WHERE idx = 300"
                     for column in ("entry", "leaf_hash", "subject")))
    with archive_of(folder, STORE) as (site, _):
        outcome = checked(site, folder)
    sizes = site_sizes(folder)
    agreed = max(size for size in sizes if size <= 300)
    assert wheres(outcome, "checkpoint.root") == [str(size) for size in sizes if size > 300]
    assert all(f"size {agreed}" in f.detail for f in outcome.found.kept if f.kind == "checkpoint.root")


def site_sizes(folder: Path) -> list[int]:
    with archive_of(folder, STORE) as (_, running):
        return [row.size for row in running.signed_rows()]


def test_a_guard_taken_off_is_not_found(folder: Path) -> None:
    with archive_of(folder, STORE) as (site, _):
        site.db.write(lambda tx: tx._connection.exec_driver_sql("DROP TRIGGER custody_no_update"))
        assert kinds(checked(site, folder)) == {"guard.missing"}


def test_a_form_no_release_wrote_is_not_found(folder: Path) -> None:
    """The bytes are canonical and hash to their leaf hash, the columns agree: only parsing shows it."""
    attack(folder, "UPDATE custody SET kind = 'upload.closed/1', "
           "entry = cast(replace(entry, 'upload.opened/1', 'upload.closed/1') AS BLOB) "
           "WHERE idx = (SELECT max(idx) FROM custody WHERE kind = 'upload.opened/1')")
    assert "row.malformed" not in found_in(folder)
    assert "row.malformed" in found_in(folder, deep=True)


def test_a_key_gone_from_the_vault_passes_for_an_erasure(folder: Path) -> None:
    with archive_of(folder, STORE) as (site, _):
        scope = site.db.read(lambda c: c.scalars(select(SEALED.c.scope).where(SEALED.c.idx == 3)).one())
        kept = [path for path in (folder / "keys").rglob("*") if scope in path.name]
        assert kept
        for path in kept:
            path.unlink()
        outcome = checked(site, folder, deep=True)
        assert kinds(outcome) == {"particulars.missing"}
        assert "3" in wheres(outcome, "particulars.missing")
        assert kinds(checked(site, folder)) == set()


def test_changed_ciphertext_passes(folder: Path) -> None:
    attack(folder, "UPDATE sealed_particulars SET sealed = zeroblob(length(sealed)) WHERE idx = 3")
    assert found_in(folder, deep=True) == {"particulars.mismatch", "sealed_bundle.differs", "staged.differs"}


def test_a_published_file_of_another_history_passes(folder: Path) -> None:
    sizes = site_sizes(folder)
    fork = sign_note(Checkpoint(ORIGIN, sizes[-1], bytes(32)).text(), [SIGNER])
    Published(folder / "log").put(fork)
    assert found_in(folder) == {"published.root"}
    foreign = known_key(ORIGIN + "x")
    Published(folder / "log").put(sign_note(Checkpoint(ORIGIN + "x", 3, bytes(32)).text(), [foreign]))
    assert found_in(folder) == {"published.unverified", "published.behind"}
    (folder / "log" / "checkpoint").unlink()
    assert found_in(folder) == {"published.behind"}
    with archive_of(folder, STORE) as (site, running):
        Published(folder / "log").put(running.signed_rows()[-2].note)
        outcome = checked(site, folder)
        assert kinds(outcome) == {"published.behind"}
        assert outcome.clean


@pytest.mark.parametrize("tile", ["0/000", "0/001"])
def test_a_changed_cached_tile_passes(folder: Path, tile: str) -> None:
    with archive_of(folder, STORE) as (site, _):
        site.log_tiles.tile(*map(int, tile.split("/")))
        assert kinds(checked(site, folder)) == set()
        path = folder / "log" / "tile" / tile
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
        assert wheres(checked(site, folder), "cache.differs") == [f"tile/{tile}"]


def test_thousands_of_findings_are_listed_or_left_uncounted(folder: Path) -> None:
    attack(folder, "UPDATE custody SET actor = 'sta_y'")
    with archive_of(folder, STORE) as (site, _):
        found = checked(site, folder).found
    assert len([f for f in found.kept if f.kind == "row.columns"]) == SHOWN_PER_KIND
    assert found.counts["row.columns"] > 600


def test_several_processes_find_something_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of two tiles and chunks of one: every seam is crossed, as in a log of millions."""
    attack(folder, "UPDATE custody SET actor = 'sta_y' WHERE idx IN (255, 256, 511, 512)")
    with archive_of(folder, STORE) as (site, _):
        alone = checked(site, folder)
        monkeypatch.setattr(check_rows, "CHUNK", 256)
        monkeypatch.setattr(check_tree, "PIECE", 256)
        monkeypatch.setattr("archive.checking.PIECE", 256)
        monkeypatch.setattr(check_tree, "ALONE", 0)
        monkeypatch.setattr(check_tree.os, "cpu_count", lambda: 2)
        together = checked(site, folder)
    assert together.found.kept == alone.found.kept
    assert (together.size, together.checkpoints) == (alone.size, alone.checkpoints)
    assert wheres(together, "row.columns") == ["255", "256", "511", "512"]


def test_an_erasure_that_names_the_leaf_is_called_missing(folder: Path) -> None:
    """And one that names it but left the key is told; one that stands before its leaf excuses nothing."""
    with archive_of(folder, STORE) as (site, _):
        sealed = site.db.read(lambda c: c.execute(select(SEALED.c.idx, SEALED.c.scope).order_by(SEALED.c.idx)).all())
        of_scope = tuple(row.idx for row in sealed if row.scope == sealed[0].scope)
        later = site.db.read(custody.size) + 1
        erased = ParticularsErased((*of_scope, later), "吉市监函〔2026〕7号", site.ports.clock.now())
        append(site, CustodyEvent.plain("system", sealed[0].scope, erased), {})
        assert kinds(checked(site, folder, deep=True)) == {"particulars.kept"}
        for path in (folder / "keys").rglob(f"*{sealed[0].scope}*"):
            path.unlink()
        assert kinds(checked(site, folder, deep=True)) == set()
        assert append(site, story(99, "open")[0][0], {"recorder_vendor": "海康"}) == later
    attack(folder, f"DELETE FROM sealed_particulars WHERE idx IN ({of_scope[0]}, {later})")
    with archive_of(folder, STORE) as (site, _):
        assert wheres(checked(site, folder), "particulars.missing") == [str(later)]
