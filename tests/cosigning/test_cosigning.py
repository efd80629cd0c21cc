"""A log and its cosigners: what is cosigned is kept and true, and nobody who is not needed holds anything up."""

import time
from collections.abc import Iterator
from pathlib import Path

import ledger
import pytest
from cosigning.cosigned_log import cosigning, neighbours, policy, signed, until
from cosigning.hostile import drips, hostile
from log_site import FaultyDatabase, Site
from sqlalchemy import select, update

from archive import cosigned_notes, custody
from archive.adapters.cosigner_http import HttpCosigner
from archive.cosigned_notes import COSIGNED
from archive.errors import Unavailable
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import open_lines, open_note
from archive.proof.signing import CosigningKey

BOTH = "group line-a all a.example\ngroup line-b all b.example\ngroup all-lines all line-a line-b\nquorum all-lines"
STRANGER = CosigningKey.generate("stranger.example")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = new_site(tmp_path / "site")
    yield made
    made.stop()
    made.db.close()


def new_site(folder: Path) -> Site:
    return Site(folder, FaultyDatabase(ledger.migrated(folder), custody.flush))


def test_a_cosigned_note_lacks_a_cosignature_or_speaks_of_another_tree(site: Site, tmp_path: Path) -> None:
    signed(site, 3)
    with neighbours(tmp_path, "a.example", "b.example") as (a, b):
        rule = policy(BOTH, a.key, b.key)
        with cosigning(site, rule, a.asked(), b.asked()) as log:
            for count in (1, 1, 300, 2):
                tree = signed(site, count)
                shown = log.wait_cosigned(tree.size - 1).result(20)
                assert shown.size >= tree.size
                verified = open_note(shown.note, rule.keys)
                assert Checkpoint.parse(verified) == shown.checkpoint
                assert rule.is_met(verified.signers)
            summary = log.summary()
            assert (summary.size, summary.lines, summary.waiting, summary.alarm) == (307, ("line-a", "line-b"), 0, "")
            assert [(one.name, one.size, one.fault, one.needed) for one in summary.cosigners] == [
                ("a.example", 307, "", True), ("b.example", 307, "", True)]
            assert log.alarm is None


def test_a_needed_cosigner_is_silent_and_the_quorum_is_met_all_the_same(site: Site, tmp_path: Path) -> None:
    with neighbours(tmp_path, "a.example", "b.example") as (a, b):
        with cosigning(site, policy(BOTH, a.key, b.key), a.asked(), b.asked()) as log:
            log.signed(signed(site))
            log.wait_cosigned(0).result(20)
            b.stop()
            tree = signed(site, 2)
            log.signed(tree)
            waiting = log.wait_cosigned(tree.size - 1)
            until(lambda: log.latest is not None and log.latest.size == tree.size)
            until(lambda: log.summary().cosigners[1].silent_since is not None)
            assert not waiting.done()
            assert log.cosigned is not None
            assert log.cosigned.size == 1
            assert log.summary().waiting == 2
            b.start()
            assert waiting.result(20).size == tree.size
            assert log.summary().cosigners[1].silent_since is None


def test_an_optional_cosigner_holds_the_others_up(site: Site, tmp_path: Path) -> None:
    with neighbours(tmp_path, "a.example") as (a,), hostile(drips(b"HTTP/1.1 200 OK\r\nx: ", b"y")) as slow:
        rule = policy("quorum a.example", a.key, STRANGER.key)
        signed(site)
        with cosigning(site, rule, a.asked(), HttpCosigner(STRANGER.key, slow.url, 1.5)) as log:
            for _ in range(3):
                begun = time.monotonic()
                log.wait_cosigned(signed(site).size - 1).result(20)
                assert time.monotonic() - begun < 1.2
            until(lambda: log.summary().cosigners[1].fault != "")
            assert log.summary().lines == ("a.example",)


def test_cosignatures_of_an_earlier_run_are_forgotten_or_asked_for_again(site: Site, tmp_path: Path) -> None:
    signed(site, 3)
    with neighbours(tmp_path, "a.example", "b.example") as (a, b):
        rule = policy(BOTH, a.key, b.key)
        b.stop()
        with cosigning(site, rule, a.asked(), b.asked()) as log:
            until(lambda: log.latest is not None)
        b.start()
        with cosigning(site, rule, a.asked(), b.asked()) as log:  # half was signed before, half comes now
            assert open_note(log.wait_cosigned(2).result(20).note, rule.keys).signers[1:] == (a.key, b.key)
        a.stop()
        b.stop()
        with cosigning(site, rule, a.asked(), b.asked()) as log:  # nobody is there to be asked
            assert log.wait_cosigned(2).result(0).size == 3
            assert [one.size for one in log.summary().cosigners] == [3, 3]
            assert log.summary().lines == ("line-a", "line-b")
        with cosigning(site, policy("quorum c.example", CosigningKey.generate("c.example").key)) as log:
            assert log.cosigned is None  # another policy is another question
        a.start()
        b.start()


def test_a_changed_row_counts_as_a_cosignature(site: Site, tmp_path: Path) -> None:
    signed(site, 3)
    with neighbours(tmp_path, "a.example") as (a,):
        rule = policy("quorum a.example", a.key)
        with cosigning(site, rule, a.asked()) as log:
            note = log.wait_cosigned(2).result(20).note
        site.db.write(lambda tx: tx.execute(update(COSIGNED).values(note=note.replace(b"\n3\n", b"\n4\n"))))
        with cosigning(site, rule) as log:
            assert log.cosigned is None


def test_a_checkpoint_somebody_else_brought_there_first_is_an_alarm(site: Site, tmp_path: Path) -> None:
    first = signed(site, 3)
    second = signed(site, 2)
    with neighbours(tmp_path, "a.example") as (a,):
        a.asked().add_checkpoint(0, [], second.note)  # an auditor shows it our published checkpoint
        with cosigning(site, policy("quorum a.example", a.key), a.asked()) as log:
            log._newest = log._target = first
            until(lambda: log._sides[0].overtaken == 3 or log.cosigned is not None)
            log.signed(second)
            assert log.wait_cosigned(4).result(20).size == 5
            assert log.alarm is None


def test_every_checkpoint_is_asked_for_although_a_newer_one_is_there(site: Site, tmp_path: Path) -> None:
    signed(site)
    proven: list[tuple[int, int]] = []
    with neighbours(tmp_path, "a.example", "b.example", "c.example") as all_three:
        consistency = site.tiles.consistency
        site.tiles.consistency = lambda old, new: proven.append((old, new)) or consistency(old, new)
        rule = policy("group g all a.example b.example c.example\nquorum g", *(one.key for one in all_three))
        with cosigning(site, rule, *(one.asked() for one in all_three)) as log:
            trees = [signed(site) for _ in range(40)]
            assert log.wait_cosigned(trees[-1].size - 1).result(20).size == 41
    assert len(proven) == len(set(proven))  # one proof for all who stand at one size
    assert len(rows(site)) <= 41


def test_old_rows_stay_for_ever_or_the_one_that_counts_goes(
        site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cosigned_notes, "KEPT", 3)
    with neighbours(tmp_path, "a.example", "b.example") as (a, b):
        with cosigning(site, policy(BOTH, a.key, b.key), a.asked(), b.asked()) as log:
            log.signed(signed(site))
            log.wait_cosigned(0).result(20)
            b.stop()
            for _ in range(6):
                tree = signed(site)
                log.signed(tree)
                until(lambda size=tree.size: log.latest is not None and log.latest.size == size)
        assert rows(site) == [1, 5, 6, 7]
        b.start()


def test_a_cosignature_is_shown_that_the_database_did_not_take(site: Site, tmp_path: Path) -> None:
    signed(site, 3)
    with neighbours(tmp_path, "a.example") as (a,):
        log = cosigned_notes.CosignedNotes(site.db, site.clock, policy("quorum a.example", a.key))
        last = site.running[0].signed
        assert last is not None
        lines = a.asked().add_checkpoint(0, [], last.note)
        cosignature = open_lines(last.checkpoint.text(), lines, [a.key])[0]
        site.stop()
        site.db.close()
        with pytest.raises(Unavailable):
            log.add(last, cosignature)
        assert (log.cosigned, log.latest) == (None, None)


def test_without_a_quorum_anything_waits(site: Site) -> None:
    tree = signed(site)
    with cosigning(site, policy("quorum none")) as log:
        assert log.wait_cosigned(0).result(20) == tree
        assert log.largest_known_size() == 1
        assert log.summary().lines == ()
        pending = log.wait_cosigned(5)
    with pytest.raises(Unavailable) as ended:
        pending.result(0)
    assert ended.value.code == "log.stopping"


def rows(site: Site) -> list[int]:
    return list(site.db.read(lambda c: c.scalars(select(COSIGNED.c.size).order_by(COSIGNED.c.size)).all()))
