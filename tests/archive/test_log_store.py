"""What is locked in the store gives every leaf back, and what is missing or changed there is named."""

from collections.abc import Iterator

import ledger
import pytest
from ledger import LOG_ID
from log_site import FaultyDatabase, Site
from sqlalchemy import select

from archive import custody
from archive.batches import encode_batch
from archive.custody import CUSTODY
from archive.errors import Contradiction, Unavailable
from archive.log_edge import Full
from archive.log_store import LogStore, full_paths, oldest, parse_full_path, read_bundle, stored_leaves, whole

LOG = f"log/{LOG_ID}/"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """600 leaves in batches of 100, 250 and 250: two full bundles, three staged batches."""
    folder = tmp_path_factory.mktemp("lived")
    made = Site(folder, FaultyDatabase(ledger.migrated(folder), custody.flush))
    sequencer = made.sequencer()
    for count in (100, 250, 250):
        sequencer.wait_signed(made.append_together(count)).result(20)
    made.stop()
    yield made
    made.db.close()


@pytest.fixture
def site(lived: Site) -> Iterator[Site]:
    kept = {key: list(rows) for key, rows in lived.store._held.items()}
    yield lived
    lived.store._held = kept


def entries(site: Site) -> list[bytes]:
    return list(site.db.read(lambda c: c.scalars(select(CUSTODY.c.entry).order_by(CUSTODY.c.idx)).all()))


def read(site: Site) -> list[bytes]:
    return [leaf.entry for leaf in stored_leaves(site.store, LOG_ID)]


def refused(site: Site, code: str, *words: str) -> None:
    with pytest.raises(Contradiction) as refusal:
        read(site)
    assert refusal.value.code == code
    for word in words:
        assert word in refusal.value.message


def test_a_full_tile_is_not_locked_when_its_checkpoint_is_published(site: Site) -> None:
    held = {v.version.key for v in site.store.versions(LOG)}
    assert held == {LOG + path for path in full_paths(600)}
    for path in full_paths(600):
        version = oldest(site.store, LOG + path)
        assert version is not None
        assert whole(site.store, version) == site.tiles.full(path)


def test_the_store_gives_other_leaves_than_the_rows(site: Site) -> None:
    assert read(site) == entries(site)


@pytest.mark.parametrize("gone", ["0-100", "100-250"])
def test_a_collected_staged_batch_is_missed(site: Site, gone: str) -> None:
    del site.store._held[f"staged/{LOG_ID}/0-100"]
    site.store._held.pop(f"staged/{LOG_ID}/{gone}", None)
    assert read(site) == entries(site)


@pytest.mark.parametrize(("path", "said"), [
    ("tile/entries/000", "leaves from 0 on"), ("tile/entries/001", "leaves from 256 on"),
    ("particulars/000", "particulars/000"), ("particulars/001", "particulars/001")])
def test_a_missing_bundle_is_passed_over(site: Site, path: str, said: str) -> None:
    del site.store._held[LOG + path]
    refused(site, "log.bundle_missing", path, said)


def test_a_gap_in_the_staged_batches_is_passed_over(site: Site) -> None:
    for path in full_paths(600):
        del site.store._held[LOG + path]
    assert read(site) == entries(site)
    del site.store._held[f"staged/{LOG_ID}/100-250"]
    refused(site, "log.bundle_missing", "no leaf 100", "350-250")


def test_a_batch_staged_twice_gives_its_leaves_twice(site: Site) -> None:
    batch = list(stored_leaves(site.store, LOG_ID))[350:500]
    site.store.outsider_put(f"staged/{LOG_ID}/350-150", encode_batch(LOG_ID, 350, batch))
    assert read(site) == entries(site)


@pytest.mark.parametrize("path", ["tile/entries/001", "particulars/001"])
@pytest.mark.parametrize("cut", [1, 1000])
def test_a_shortened_bundle_reads(site: Site, path: str, cut: int) -> None:
    data = site.tiles.full(path)[:-cut]
    del site.store._held[LOG + path]
    site.store.outsider_put(LOG + path, data)
    refused(site, "log.bundle_malformed")


def test_a_later_version_hides_the_first(site: Site) -> None:
    site.store.outsider_put(LOG + "tile/entries/000", b"another")
    site.store.outsider_delete(LOG + "particulars/000")
    assert read(site) == entries(site)


def test_a_staged_batch_under_anothers_key_reads(site: Site) -> None:
    rows = site.store._held.pop(f"staged/{LOG_ID}/350-250")
    site.store.outsider_put(f"staged/{LOG_ID}/350-249", rows[0].data)
    refused(site, "log.batch_malformed", "350-249")


def test_a_bundle_read_alone_is_another(site: Site) -> None:
    assert [leaf.entry for leaf in read_bundle(site.store, LOG_ID, 1)] == entries(site)[256:512]


@pytest.mark.parametrize("path", ["tile/0/000.p/5", "tile/0/x000/001", "checkpoint", "anchor/600", "particulars/1",
                                  "particulars/000.p/3", "tile/64/000"])
def test_a_path_that_is_no_full_object_is_taken_for_one(path: str) -> None:
    assert parse_full_path(path) is None


def test_a_put_that_failed_or_met_other_bytes_counts_as_done(site: Site) -> None:
    log_store = LogStore(site.store, LOG_ID)
    objects = [Full(f"tile/0/{n:03}", bytes([n]) * 8192) for n in range(100, 112)]
    until = site.store.date().replace(year=site.store.date().year + 1)
    site.store.inject("put", "lost", times=1)
    with pytest.raises(Unavailable):
        log_store.put(objects, until)
    log_store.put(objects, until)
    with pytest.raises(Contradiction) as refusal:
        log_store.put([*objects, Full("tile/0/105", bytes(8192))], until)
    assert refusal.value.code == "log.locked_differs"
    assert "tile/0/105" in refusal.value.message
    log_store.close()
