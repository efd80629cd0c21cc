"""A lost key folder comes back from the store, but no key whose particulars were erased; those copies go in time."""

import contextlib
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import LOG_ID
from log_site import LOCK
from rebuild.lived_site import ORDER, Lived, over
from specimen_events import beginning, ident, story
from sqlalchemy import select

from archive import key_locks
from archive.actors import SYSTEM
from archive.adapters.keyfiles import FileVault
from archive.erasure import erase
from archive.errors import Contradiction, NotFound, Unavailable
from archive.key_copies import COPY, KeyCopies, decode_keys, encode_keys, restore_keys, stored_keys
from archive.key_locks import KeyLocks, extend_key_locks
from archive.opened import open_particulars

SCOPES = [ident("rec", n) for n in (1, 2, 3)]


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with over(tmp_path) as made:
        made.append(beginning())
        for n in (1, 2, 3):
            made.append(story(n, "accessioned"))
        made.settle()
        yield made


def copied(lived: Lived) -> set[str]:
    return {scope for _, scope, _ in stored_keys(lived.store, LOG_ID)}


def roll(lived: Lived) -> KeyLocks:
    return extend_key_locks(lived.site, lived.clock.now(), LOCK)


def age(lived: Lived, days: int) -> None:
    """Both clocks go on."""
    lived.clock.at += timedelta(days=days)
    lived.store.skew += timedelta(days=days)


def test_a_leaf_is_staged_before_its_key_has_a_copy(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    assert copied(lived) >= set(SCOPES)
    order, put = list[str](), lived.store.put
    monkeypatch.setattr(lived.store, "put", lambda key, *rest: (order.append(key), put(key, *rest))[1])
    lived.append(story(8, "accessioned"))
    lived.settle()
    assert [key.split("/")[0] for key in order][:2] == ["keys", "staged"]
    lived.store.inject("put", "lost", times=4)
    lived.append(story(9, "accessioned"))
    lived.settle()
    staged = [v.version for v in lived.store.versions("staged/")][-1]
    assert ident("rec", 9) in copied(lived)
    assert lived.store.head(staged)
    counted = lived.db.read(lambda c: c.execute(select(COPY.c.scope).where(COPY.c.scope == ident("rec", 9))).all())
    assert len(counted) == 1


def test_a_copy_whose_answer_was_lost_makes_a_second_version(lived: Lived) -> None:
    lived.store.inject("put", "kept")
    lived.append(story(9, "accessioned"))
    lived.settle()
    keys = [v.version.key for v in lived.store.versions("keys/")]
    assert len(keys) == len(set(keys))


def test_a_lost_key_folder_is_lost_particulars(lived: Lived) -> None:
    leaf = next(n for n in range(50) if open_particulars(lived.site, n))
    before = open_particulars(lived.site, leaf)
    shutil.rmtree(lived.folder / "keys" / "scopes")
    with pytest.raises(Contradiction, match="missing"):
        open_particulars(lived.site, leaf)
    done = restore_keys(lived.store, lived.site.ports.vault, LOG_ID, ())
    assert set(done.restored) == copied(lived)
    assert open_particulars(lived.site, leaf) == before
    assert restore_keys(lived.store, lived.site.ports.vault, LOG_ID, ()).restored == ()


def test_an_erased_key_comes_back_from_its_copy(lived: Lived) -> None:
    erase(lived.site, SCOPES[0], ORDER, SYSTEM, key_lock=LOCK)
    shutil.rmtree(lived.folder / "keys" / "scopes")
    done = restore_keys(lived.store, lived.site.ports.vault, LOG_ID, [SCOPES[0]])
    assert SCOPES[0] not in done.restored
    assert done.erased == (SCOPES[0],)
    with pytest.raises(NotFound):
        lived.site.ports.vault.wrapped(SCOPES[0])
    assert restore_keys(lived.store, lived.site.ports.vault, LOG_ID, ()).restored == ()  # the mark came back


def test_another_master_key_opens_the_copies(lived: Lived, tmp_path: Path) -> None:
    FileVault.create(tmp_path / "other" / "vault.key")
    with pytest.raises(Contradiction, match="does not unwrap"):
        restore_keys(lived.store, FileVault(tmp_path / "other" / "vault.key"), LOG_ID, ())


def test_a_copy_runs_out_under_a_key_that_is_needed(lived: Lived) -> None:
    for _ in range(5):
        age(lived, 20)
        assert roll(lived).missing == ()
        for version, _, _ in stored_keys(lived.store, LOG_ID):
            until = lived.store.head(version).lock_until
            assert until is not None
            assert until >= lived.store.date() + LOCK - timedelta(days=3)
    rows = lived.db.read(lambda c: c.execute(select(COPY)).all())
    assert {row.lock_until for row in rows} == {
        lived.store.head(version).lock_until for version, _, _ in stored_keys(lived.store, LOG_ID)}


def test_the_copy_of_an_erased_key_is_kept_or_takes_others_with_it(lived: Lived) -> None:
    others = copied(lived) - {SCOPES[0]}
    done = erase(lived.site, SCOPES[0], ORDER, SYSTEM, key_lock=LOCK)
    age(lived, 10)
    assert roll(lived).moved >= 1
    assert SCOPES[0] in copied(lived)  # still under its lock
    removed = 0
    while lived.store.date() <= done.complete_at:
        assert removed == 0 or SCOPES[0] not in copied(lived)
        age(lived, 10)
        removed += roll(lived).removed
    assert removed == 1
    assert copied(lived) == others
    assert all(lived.store.head(version) for version, _, _ in stored_keys(lived.store, LOG_ID))
    rows = lived.db.read(lambda c: c.execute(select(COPY.c.scope)).scalars().all())
    assert set(rows) == others


def test_no_copy_outlives_the_date_its_erasure_names(lived: Lived) -> None:
    age(lived, 3)
    roll(lived)
    done = erase(lived.site, SCOPES[1], ORDER, SYSTEM, key_lock=LOCK)
    held = [lived.store.head(version).lock_until for version, scope, _ in stored_keys(lived.store, LOG_ID)
            if scope == SCOPES[1]]
    assert held
    assert all(until is not None and until <= done.complete_at for until in held)


def test_a_copy_that_somebody_removed_is_not_made_again(lived: Lived) -> None:
    version = next(version for version, scope, _ in stored_keys(lived.store, LOG_ID) if scope == SCOPES[2])
    lived.store._held.pop(version.key)
    assert SCOPES[2] not in copied(lived)
    found = roll(lived)
    assert found.missing == (version.key,)
    assert SCOPES[2] in copied(lived)
    assert roll(lived).missing == ()


def test_thousands_of_deposits_make_thousands_of_objects_to_be_locked(
        lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_locks, "MANY", 3)
    for n in range(20, 26):
        lived.append(story(n, "accessioned"))
        lived.settle()
    scopes = copied(lived)
    assert roll(lived).moved == len(scopes)
    age(lived, 35)
    roll(lived)
    assert copied(lived) == scopes
    assert len({version for version, _, _ in stored_keys(lived.store, LOG_ID)}) == 1


def test_a_key_that_is_gone_stops_the_log(lived: Lived) -> None:
    copies = KeyCopies(lived.db, lived.store, lived.site.ports.vault, LOG_ID, LOCK)
    before = copied(lived)
    copies.keep([ident("rec", 77), ""], lived.clock.now())
    assert copied(lived) == before
    lived.store.inject("put", "lost")
    lived.site.ports.vault.seal(ident("rec", 78), b"x", b"")
    with pytest.raises(Unavailable):
        copies.keep([ident("rec", 78)], lived.clock.now())


@given(keys=st.lists(st.tuples(st.from_regex(r"[a-z]{3}_[0-9a-z]{1,26}", fullmatch=True), st.binary(max_size=80))),
       noise=st.binary(max_size=60), cut=st.integers(1, 30))
def test_copies_that_do_not_read_as_written(keys: list[tuple[str, bytes]], noise: bytes, cut: int) -> None:
    data = encode_keys(LOG_ID, keys)
    assert decode_keys(data, LOG_ID) == keys
    for bad in (noise, encode_keys("fedcba9876543210", keys), data[:cut]):
        with pytest.raises(Contradiction, match="does not read"):
            decode_keys(bad, LOG_ID)
    with contextlib.suppress(Contradiction):  # cut between two keys it is a shorter list, otherwise refused
        assert keys[:len(decode_keys(data[:-cut], LOG_ID))] == decode_keys(data[:-cut], LOG_ID)
