"""Before the log goes on: what is locked in the store and what cosigners know must fit the rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger import LOG_ID, SIGNER
from lived_log import SIZE, copy_of, lived_log, refused, restored_copy
from log_site import KEEP, LOCK, Site, with_guards_dropped

from archive.batches import staged_key
from archive.errors import Contradiction
from archive.log import Sequencer
from archive.log_start import check_start

LOG = f"log/{LOG_ID}/"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with lived_log(tmp_path_factory.mktemp("lived")) as made:
        yield made


@pytest.fixture
def site(lived: Site, tmp_path: Path) -> Iterator[Site]:
    with copy_of(lived, tmp_path) as made:
        yield made


@pytest.mark.parametrize("path", ["tile/0/000", "tile/entries/001", "particulars/000"])
def test_a_locked_object_that_was_lost_stays_lost(site: Site, path: str) -> None:
    rows = site.store._held.pop(LOG + path)
    assert site.check().missing == (path,)
    site.sequencer()
    assert [row.data for row in site.store._held[LOG + path]] == [rows[0].data]
    site.stop()
    assert site.check().missing == ()


@pytest.mark.parametrize("path", ["tile/0/001", "tile/entries/001", "particulars/001"])
def test_a_locked_object_that_differs_from_the_rows_is_trusted(site: Site, path: str) -> None:
    data = site.store._held.pop(LOG + path)[0].data
    site.store.outsider_put(LOG + path, data[:-1] + bytes([data[-1] ^ 1]))
    refused(site, "log.locked_differs", path, "who wrote the other")


def test_a_tile_of_another_length_is_trusted_deep_in_the_log(site: Site) -> None:
    with_guards_dropped(site.db, "DELETE FROM log_progress", "INSERT INTO log_progress VALUES ('locked', 512)")
    site.store._held.pop(LOG + "tile/0/000")
    site.store.outsider_put(LOG + "tile/0/000", bytes(8191))
    refused(site, "log.locked_differs", "8191 bytes")


def test_a_hint_that_is_wrong_hides_a_missing_object(site: Site) -> None:
    with_guards_dropped(site.db, "DELETE FROM log_progress", "INSERT INTO log_progress VALUES ('locked', 100000)")
    site.store._held.pop(LOG + "tile/entries/000")
    assert site.check().missing == ("tile/entries/000",)


@pytest.mark.parametrize("path", ["tile/0/002", "tile/entries/002", "particulars/002", "tile/1/000"])
def test_a_locked_object_beyond_the_rows_goes_unseen(site: Site, path: str) -> None:
    site.store.outsider_put(LOG + path, bytes(8192))
    refused(site, "log.database_behind", path, "the database is behind", "newer database")


@pytest.mark.parametrize("size", [0, 250, 400])
def test_an_earlier_database_goes_on_when_staged_batches_are_collected(site: Site, size: int) -> None:
    restored_copy(site, size)
    (site.folder / "log" / "checkpoint").unlink()
    for key in [key for key in site.store._held if key.startswith("staged/")]:
        site.store._held.pop(key)
    if size == 250:
        site.store.outsider_put(staged_key(LOG_ID, 0, 250), b"the one beneath")
        version = site.store._held[staged_key(LOG_ID, 0, 250)][0].version.version_id
        with_guards_dropped(site.db, f"UPDATE signed_checkpoint SET staged_version = '{version}'")
    if size == 400:  # signed at 250 only, whose batch is gone too
        refused(site, "log.store_behind")
        return
    refused(site, "log.database_behind", "does not have", "newer database")


@pytest.mark.parametrize(("known", "code"), [(SIZE + 1, "log.rolled_back"), (10 * SIZE, "log.rolled_back")])
def test_a_cosigner_ahead_of_us_goes_unheard(site: Site, known: int, code: str) -> None:
    with pytest.raises(Contradiction) as refusal:
        check_start(site.db, site.store, SIGNER.key, site.clock, site.published, site.tiles, lambda: known)
    assert refusal.value.code == code
    assert f"a cosigner knows {known} leaves of this log but only {SIZE} are signed here" in refusal.value.message
    assert "rebuild" in refusal.value.message


@pytest.mark.parametrize("known", [0, 250, SIZE])
def test_a_cosigner_that_is_behind_or_level_stops_the_log(site: Site, known: int) -> None:
    start = check_start(site.db, site.store, SIGNER.key, site.clock, site.published, site.tiles, lambda: known)
    assert start.unconfirmed is None


@pytest.mark.parametrize("known", [SIZE, SIZE + 1])
def test_rows_are_signed_before_anybody_outside_confirmed_the_log(site: Site, known: int) -> None:
    answers: list[int | None] = [None, None]
    start = check_start(site.db, site.store, SIGNER.key, site.clock, site.published, site.tiles,
                        lambda: answers.pop() if answers else known)
    assert start.unconfirmed is not None
    sequencer = Sequencer(site.db, site.store, SIGNER, site.clock, site.published, start, LOCK, KEEP)
    site.running.append(sequencer)
    waiting = sequencer.wait_signed(site.append())
    assert sequencer.health.unconfirmed
    sequencer.start()
    assert sequencer.wait_signed(SIZE - 1).result(5).size == SIZE, "what was signed before is still vouched for"
    if known > SIZE:
        with pytest.raises(Contradiction) as refusal:
            waiting.result(10)
        assert refusal.value.code == "log.rolled_back"
        assert site.signed_rows()[-1].size == SIZE
    else:
        assert waiting.result(10).size == SIZE + 1
        assert not sequencer.health.unconfirmed
    assert answers == []
