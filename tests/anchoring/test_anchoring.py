"""A checkpoint is anchored exactly once, by whoever answers, and found again whatever write was lost."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
import store_fixture
from anchoring.anchor_site import LOCK_FOR, AnchorSite, Between, until
from anchoring.authorities import openssl_accepts
from anchoring.conftest import Authority
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, ORIGIN, SIGNER, SetClock
from sqlalchemy import delete

from archive.adapters.timestamper import check_stamp
from archive.anchors import ANCHOR, AnchorObject, anchor_key, anchors, before, covering, read_anchor
from archive.errors import Unavailable
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import open_note, sign_note
from archive.stamping import Stamping


def memory(site: AnchorSite) -> MemoryStore:
    assert isinstance(site.store, MemoryStore)
    return site.store


def test_an_anchor_does_not_hold_what_an_outsider_needs(site: AnchorSite, authority: Authority, tmp_path: Path) -> None:
    site.store = store_fixture.fresh_bucket()
    tree = site.grow(7)
    began = site.store.date()
    found = site.anchored(site.anchoring([authority.named()]), 7)
    assert found.tree == tree
    row = site.covering(6)
    held = read_anchor(site.store, LOG_ID, 7, row.version)
    assert held == read_anchor(site.store, LOG_ID, 7)
    assert Checkpoint.parse(open_note(held.checkpoint, [SIGNER.key])) == tree.checkpoint
    (name, response), = held.stamps
    assert name == "test"
    assert check_stamp(authority.pem, response, tree.note) == row.stamped_at
    assert openssl_accepts(response, tree.note, authority.pem, tmp_path)
    state = site.store.head(row.version)
    assert state.lock_mode == "COMPLIANCE"
    assert state.lock_until is not None
    assert state.lock_until >= began + LOCK_FOR
    assert covering(site.db, 7) is None
    assert before(site.db, 6) is None
    assert before(site.db, 7) == row


def test_anchors_come_faster_than_is_wanted_or_the_newest_is_left_out(
        site: AnchorSite, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.anchoring.LOOK_S", 0.02)
    began = time.monotonic()
    anchoring = site.anchoring([authority.named()], every_s=0.5)
    site.grow(1)
    site.anchored(anchoring, 1)
    for size in range(2, 30):
        site.grow(size)
        time.sleep(0.01)
    site.anchored(anchoring, 29)
    assert 2 <= len(site.rows()) <= 2 + (time.monotonic() - began) / 0.5
    assert site.rows()[-1] == 29
    assert site.covering(27).size == 29


def test_one_silent_authority_keeps_us_from_anchoring_or_is_passed_over(
        site: AnchorSite, authority: Authority) -> None:
    first, second = authority.named("first"), Between(authority.named("second"))
    second.down = True
    site.grow(1)
    anchoring = site.anchoring([first, second])
    assert [name for name, _ in site.anchored(anchoring, 1).stamps] == ["first"]
    assert list(anchoring.failing) == ["second"]
    second.down = False
    site.grow(2)
    assert [name for name, _ in site.anchored(anchoring, 2).stamps] == ["first", "second"]
    assert anchoring.failing == {}


def test_without_any_stamp_a_checkpoint_passes_for_anchored(site: AnchorSite, authority: Authority) -> None:
    line = Between(authority.named())
    line.down = True
    site.grow(1)
    anchoring = site.anchoring([line])
    until(lambda: line.asked >= 2)
    assert anchoring.trouble is not None
    assert "down on order" in anchoring.trouble
    assert (anchoring.latest, site.rows(), anchors(site.store, LOG_ID)) == (None, [], [])
    line.down = False
    assert site.anchored(anchoring, 1).stamps
    until(lambda: anchoring.trouble is None)


def test_without_authorities_nothing_is_locked_or_time_is_claimed(site: AnchorSite) -> None:
    site.grow(3)
    anchoring = site.anchoring([])
    assert site.anchored(anchoring, 3).stamps == ()
    assert [name.size for name in anchors(site.store, LOG_ID)] == site.rows() == [3]
    assert covering(site.db, 0) is None
    with pytest.raises(Unavailable, match="none is set"):
        anchoring.restamp(3)


def test_a_hanging_authority_holds_up_the_other_or_is_asked_again_and_again(authority: Authority) -> None:
    hanging = Between(authority.named("hanging"))
    hanging.clear.clear()
    stamping = Stamping([hanging, authority.named("other")], SetClock(), patience_s=0.5)
    for _ in range(3):
        asked = stamping.ask(b"message")
        assert [stamp.authority for stamp in asked.stamps] == ["other"]
        assert list(asked.failing) == ["hanging"]
    assert hanging.asked == 1
    hanging.clear.set()
    until(lambda: len(stamping.ask(b"message").stamps) == 2)


@pytest.mark.parametrize("fault", ["lost", "kept"])
def test_a_lost_write_loses_or_doubles_an_anchor(site: AnchorSite, authority: Authority, fault: str) -> None:
    line = Between(authority.named())
    memory(site).inject("put", "lost" if fault == "lost" else "kept", times=2)
    site.grow(1)
    anchoring = site.anchoring([line])
    found = site.anchored(anchoring, 1)
    site.grow(2)
    site.anchored(anchoring, 2)
    assert [(name.size, name.number) for name in anchors(site.store, LOG_ID)] == [(1, 0), (2, 0)]
    assert site.rows() == [1, 2]
    assert line.asked == 2
    assert read_anchor(site.store, LOG_ID, 1).stamps == found.stamps


def test_a_crash_before_the_row_loses_the_anchor(site: AnchorSite, authority: Authority) -> None:
    line = Between(authority.named())
    site.grow(1)
    site.grow(5)
    found = site.anchored(site.anchoring([line]), 5)
    row = site.covering(4)
    site.stop()
    site.db.write(lambda tx: tx.execute(delete(ANCHOR)))
    for _ in range(2):
        anchoring = site.anchoring([line])
        assert site.anchored(anchoring, 5) == found
        assert site.covering(4) == row
        time.sleep(0.3)
        assert line.asked == 1
        site.stop()


def test_an_anchor_is_lost_when_its_authority_is_no_longer_asked(site: AnchorSite, authority: Authority) -> None:
    site.grow(1)
    found = site.anchored(site.anchoring([authority.named("former")]), 1)
    row = site.covering(0)
    site.stop()
    site.db.write(lambda tx: tx.execute(delete(ANCHOR)))
    assert site.anchored(site.anchoring([authority.named("present")]), 1) == found
    assert site.covering(0) == row


def test_a_foreign_object_under_an_anchors_key_is_believed_or_ends_anchoring(
        site: AnchorSite, authority: Authority) -> None:
    real = site.grow(1)
    response = authority.named().stamp(b"something else")
    forged = AnchorObject(4, real.note.replace(b"\n1\n", b"\n4\n"), (("test", response),), site.clock.now(),
                          site.clock.now())
    fork = sign_note(Checkpoint(ORIGIN, 2, bytes(32)).text(), [SIGNER])
    other = AnchorObject(2, fork, (("test", authority.named().stamp(fork)),), site.clock.now(), site.clock.now())
    for size, data in ((2, other.encode()), (3, b"nonsense"), (4, forged.encode())):
        memory(site).put(anchor_key(LOG_ID, size), data, site.clock.now() + timedelta(days=1))
    anchoring = site.anchoring([authority.named()])
    for size in (1, 2, 3, 4, 5):
        site.grow(size) if size > 1 else None
        if size in (2, 3, 4):
            time.sleep(0.4)
        else:
            site.anchored(anchoring, size)
    assert site.rows() == [1, 5]


def test_a_second_version_of_an_anchor_is_read_in_its_place(site: AnchorSite, authority: Authority) -> None:
    site.grow(1)
    site.grow(12)
    found = site.anchored(site.anchoring([authority.named()]), 12)
    for key in (anchor_key(LOG_ID, 12), f"log/{LOG_ID}/anchor/elsewhere", anchor_key(LOG_ID, 1)):
        memory(site).outsider_delete(key) if key == anchor_key(LOG_ID, 1) else memory(site).outsider_put(key, b"x")
    assert [(name.size, name.number) for name in anchors(site.store, LOG_ID)] == [(12, 0)]
    assert read_anchor(site.store, LOG_ID, 12).stamps == found.stamps
