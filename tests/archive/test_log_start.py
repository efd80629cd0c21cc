"""Before the log goes on, rows, checkpoints, published file, tiles and store must agree; who is behind is named."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import ledger
import pytest
from ledger import LOG_ID, ORIGIN, SIGNER
from lived_log import SIZE, copy_of, lived_log, refused, restored_copy
from log_site import FaultyDatabase, Site, with_guards_dropped
from proof.known_keys import known_key

from archive import custody
from archive.batches import staged_key
from archive.errors import Contradiction, Unavailable
from archive.log_start import check_start
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with lived_log(tmp_path_factory.mktemp("lived")) as made:
        yield made


@pytest.fixture
def site(lived: Site, tmp_path: Path) -> Iterator[Site]:
    with copy_of(lived, tmp_path) as made:
        yield made


def test_a_sound_log_is_refused(site: Site) -> None:
    start = site.check()
    assert start.tree is not None
    assert (start.frontier.size, start.tree.checkpoint.size, start.staged_count) == (SIZE, SIZE, None)
    assert start.tree.note == site.published.get()


def test_a_log_that_is_not_signed_yet_is_refused(tmp_path: Path) -> None:
    with ledger.opened(ledger.migrated(tmp_path)):
        site = Site(tmp_path, FaultyDatabase(tmp_path / "liuhen.db", custody.flush))
        assert (site.check().tree, site.check().staged_count) == (None, None)
        site.append(3)
        assert (site.check().frontier.size, site.check().staged_count) == (0, None)
        site.db.close()


@pytest.mark.parametrize("index", [0, 255, 256, SIZE - 1])
@pytest.mark.parametrize("cleanly", [False, True])
def test_a_flipped_bit_in_a_row_goes_unseen(site: Site, index: int, cleanly: bool) -> None:
    """``cleanly``: with the leaf hash made to match, as somebody who knows the format would."""
    row = site.db.read(lambda c: c.exec_driver_sql(f"SELECT entry FROM custody WHERE idx = {index}").scalar_one())
    flipped = bytes([*row[:-1], row[-1] ^ 1])
    hashed = custody.leaf_hash(flipped).hex() if cleanly else custody.leaf_hash(row).hex()
    with_guards_dropped(
        site.db, f"UPDATE custody SET entry = x'{flipped.hex()}', leaf_hash = x'{hashed}' WHERE idx = {index}")
    if cleanly:
        refused(site, "log.root_differs", f"signed at size {SIZE}", "rows were changed")
    else:
        refused(site, "log.row_changed", f"row {index}", "database was changed")


def test_swapped_rows_go_unseen(site: Site) -> None:
    with_guards_dropped(
        site.db, "UPDATE custody SET idx = -1 WHERE idx = 3", "UPDATE custody SET idx = 3 WHERE idx = 4",
        "UPDATE custody SET idx = 4 WHERE idx = -1")
    refused(site, "log.root_differs", "rows were changed")


def test_rows_fewer_than_signed_go_unseen(site: Site) -> None:
    with_guards_dropped(site.db, f"DELETE FROM custody WHERE idx >= {SIZE - 1}")
    refused(site, "log.rows_missing", f"{SIZE - 1} custody rows but {SIZE} were signed", "the database is behind")


@pytest.mark.parametrize("at", [0, 100, 599])
def test_a_row_missing_in_the_middle_goes_unseen(site: Site, at: int) -> None:
    with_guards_dropped(site.db, f"DELETE FROM custody WHERE idx = {at}")
    refused(site, "log.rows_missing", "the database is behind")
    site.append()
    refused(site, "log.root_differs")


@pytest.mark.parametrize("size", [0, 250, 400])
def test_a_database_restored_from_an_earlier_copy_goes_on(site: Site, size: int) -> None:
    restored_copy(site, size)
    refused(site, "log.database_behind", f"size {SIZE} was published", "the database is behind", "newer database")


@pytest.mark.parametrize("size", [0, 250, 400])
def test_an_earlier_database_whose_published_file_went_too_goes_on(site: Site, size: int) -> None:
    """Database and folder come back from one backup: only the store still knows."""
    restored_copy(site, size)
    (site.folder / "log" / "checkpoint").unlink()
    refused(site, "log.database_behind", "staged leaves up to", "the database is behind", "newer database")


def publish(site: Site, size: int, root: bytes, signer: SigningKey = SIGNER) -> None:
    site.published.put(sign_note(Checkpoint(signer.key.name, size, root).text(), [signer]))


def test_two_roots_at_one_size_go_unseen(site: Site) -> None:
    publish(site, SIZE, bytes(32))
    refused(site, "log.two_roots", f"two roots exist at size {SIZE}")


def test_a_published_checkpoint_of_another_history_goes_unseen(site: Site) -> None:
    publish(site, 250, bytes(32))
    refused(site, "log.two_roots", "published at size 250", "two histories")
    publish(site, 250, site.tiles.root(250))
    assert site.check().tree is not None


@pytest.mark.parametrize("where", ["published", "signed"])
def test_a_checkpoint_of_another_key_or_a_wrong_key_file_goes_unseen(site: Site, where: str) -> None:
    stranger = SigningKey.generate(ORIGIN)
    if where == "published":
        publish(site, SIZE, site.tiles.root(SIZE), stranger)
        refused(site, "log.checkpoint_unverified", "key file or the checkpoint was exchanged")
        return
    (site.folder / "log" / "checkpoint").unlink()
    for key in (stranger.key, known_key("liuhen.example/fedcba9876543210").key):
        with pytest.raises(Contradiction) as refusal:
            check_start(site.db, site.store, key, site.clock, site.published, site.tiles)
        assert refusal.value.code == "log.checkpoint_unverified"


@pytest.mark.parametrize("note", [b"", b"nonsense", b"\xff\n\n"])
def test_a_published_file_that_is_no_checkpoint_goes_unseen(site: Site, note: bytes) -> None:
    site.published.put(note)
    refused(site, "log.checkpoint_unverified")


def test_a_checkpoint_forged_in_the_database_goes_unseen(site: Site) -> None:
    (site.folder / "log" / "checkpoint").unlink()
    with_guards_dropped(site.db, f"UPDATE signed_checkpoint SET size = {SIZE - 1} WHERE size = {SIZE}")
    refused(site, "log.root_differs")


@pytest.mark.parametrize("name", ["0/000", "0/001"])
def test_a_corrupted_tile_is_served(site: Site, name: str) -> None:
    path = site.folder / "log" / "tile" / name
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    refused(site, "log.tiles_differ", f"tile/{name}", "delete the folder log/tile")
    path.write_bytes(data[:100])  # cut off: made again
    assert site.check().tree is not None
    shutil.rmtree(site.folder / "log" / "tile")
    assert site.check().tree is not None


def test_a_store_without_the_staged_batch_is_trusted(site: Site) -> None:
    site.store._held.pop(staged_key(LOG_ID, 250, SIZE - 250))
    refused(site, "log.store_behind", "250-350", "the store is older than the log", "newer store")


def test_a_staged_batch_replaced_by_another_version_is_trusted(site: Site) -> None:
    key = staged_key(LOG_ID, 250, SIZE - 250)
    site.store._held.pop(key)
    site.store.outsider_put(key, b"another")
    refused(site, "log.store_behind")


def test_a_delete_marker_or_a_later_put_hides_the_staged_batch(site: Site) -> None:
    key = staged_key(LOG_ID, 250, SIZE - 250)
    site.store.outsider_delete(key)
    site.store.outsider_put(key, b"another")
    assert site.check().tree is not None


def test_a_silent_store_counts_as_one_without_the_batch(site: Site) -> None:
    site.store.inject("head", "lost")
    with pytest.raises(Unavailable):
        site.check()


def test_a_clock_behind_the_last_checkpoint_goes_unseen(site: Site) -> None:
    site.clock.at -= timedelta(seconds=2)
    refused(site, "log.clock_back", "set the clock")
