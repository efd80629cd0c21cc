"""Erased particulars are gone everywhere and say so; particulars that are merely gone are never taken for erased."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import ledger
import pytest
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, ORIGIN, SIGNER, SetClock
from log_site import KEEP, LOCK, with_guards_dropped
from specimen_events import PERSON, STATION, ident, story
from sqlalchemy import insert, select

from archive import custody, erasure, particulars, people
from archive.actors import SYSTEM, Actor
from archive.adapters.ffmpeg import FfmpegMedia
from archive.adapters.keyfiles import FileVault
from archive.columns import table
from archive.custody import CUSTODY
from archive.db import Database
from archive.entries import CustodyEvent, decode, encode
from archive.erasure import erase
from archive.errors import Contradiction, NotFound, Refused, Unavailable
from archive.events import RecordingLabelled
from archive.key_copies import whole_second
from archive.log import Sequencer
from archive.log_events import ParticularsErased
from archive.log_tables import KeyCopy
from archive.log_tiles import LogTiles
from archive.opened import open_particulars, particulars_of
from archive.ports import Ports
from archive.proof.commitments import commitment_root
from archive.proof.receipt import Receipt
from archive.published import Published
from archive.receipts import Evidence, receipt
from archive.recording_search import search
from archive.site import Site
from archive.tables import Label

ORDER = "吉市监函〔2026〕7号"
LABELS = {"case_no": "吉市监罚〔2026〕1号", "party": "某某食品有限公司", "file_name": "a.mp4"}
RECORDING = ident("rec", 1)
AUDITOR = Actor(PERSON)


@dataclass
class Small:
    """A whole site over a memory store, with one accessioned and labelled recording."""

    site: Site
    label: int
    folder: Path
    clock: SetClock

    @property
    def db(self) -> Database:
        return self.site.db

    def seal_label(self, number: int) -> tuple[CustodyEvent, particulars.Sealed]:
        sealed = particulars.seal(self.site.ports.vault, LOG_ID, RECORDING, particulars.salted(LABELS))
        body = RecordingLabelled(ident("lbl", number), "person")
        return CustodyEvent.committed(PERSON, RECORDING, body, sealed.commitment), sealed

    def append(self, event: CustodyEvent, sealed: particulars.Sealed | None = None) -> int:
        return self.db.write(lambda tx: custody.append(tx, self.clock, event, sealed))

    def label_again(self, number: int) -> int:
        return self.append(*self.seal_label(number))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    FileVault.create(tmp_path / "keys" / "vault.key")
    clock = SetClock()
    store = MemoryStore(at=clock.at)
    with ledger.opened(ledger.migrated(tmp_path)) as db:
        ports = Ports(store, FfmpegMedia(), SIGNER, FileVault(tmp_path / "keys" / "vault.key"), clock)
        sequencer = Sequencer(db, store, SIGNER, clock, Published(tmp_path / "log"), None, LOCK, KEEP)
        made = Small(Site(db, ports, sequencer, LogTiles(db, tmp_path / "log"), ORIGIN), 0, tmp_path, clock)
        for event, _ in story(1, "accessioned")[:4]:
            made.append(CustodyEvent.plain(event.actor, event.subject, event.body))
        made.label = made.label_again(1)
        sequencer.start()
        yield made
        sequencer.stop()


def clear_text(db: Database) -> str:
    return db.read(lambda c: repr(c.execute(select(table(Label))).all()))


def test_erased_particulars_can_be_read_or_found_somewhere(small: Small) -> None:
    assert len(search(small.site, SYSTEM, LABELS["case_no"])[0]) == 1
    assert LABELS["party"] in clear_text(small.db)
    done = erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    assert done.leaves == (small.label,)
    assert search(small.site, SYSTEM, LABELS["case_no"]) == ([], False)
    assert not any(value in clear_text(small.db) for value in LABELS.values())
    with pytest.raises(NotFound) as refusal:
        open_particulars(small.site, small.label)
    assert refusal.value.code == "particulars.erased"
    assert refusal.value.details == {"leaf": done.by_leaves[0], "authority": ORDER}
    entry = small.db.read(lambda c: c.execute(select(CUSTODY.c.entry).where(
        CUSTODY.c.idx == done.by_leaves[0])).scalar_one())
    assert decode(entry)[1].actor == PERSON
    kept = [path for path in (small.folder / "keys").rglob("*.key") if RECORDING in path.name]
    assert kept == []


def test_the_receipt_of_an_erased_leaf_discloses_or_cannot_be_checked(small: Small) -> None:
    done = erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    tree = small.site.sequencer.wait_signed(small.label).result(10)
    made = receipt(small.site, small.label, Evidence(tree, (), "signed"))
    assert made.disclosed == ()
    assert [name for name, _ in made.withheld] == sorted(LABELS)
    assert commitment_root(dict(made.withheld)) == decode(made.leaf)[1].commitment
    assert f"erased by order, see leaf {done.by_leaves[0]}".encode() in made.encode()
    assert Receipt.parse(made.encode()) == replace(made, erased_by=None)


def test_a_key_is_destroyed_before_the_log_says_so(small: Small) -> None:
    small.site.sequencer.stop()
    patience, erasure.PUBLISHED_WITHIN = erasure.PUBLISHED_WITHIN, timedelta(seconds=0.3)
    try:
        with pytest.raises(Unavailable, match="run the command again"):
            erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    finally:
        erasure.PUBLISHED_WITHIN = patience
    assert small.site.ports.vault.wrapped(RECORDING)


def test_a_key_is_destroyed_before_cosigners_know_of_it(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """This log had cosigners once; a checkpoint that only we signed is not enough any more."""
    row = insert(erasure.COSIGNED).values(size=2, note=b"", at=small.clock.now(), met=True)
    small.db.write(lambda tx: tx.execute(row))
    monkeypatch.setattr(erasure, "PUBLISHED_WITHIN", timedelta(seconds=0.3))
    with pytest.raises(Unavailable):
        erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    assert small.site.ports.vault.wrapped(RECORDING)
    for met in (False, True):
        row = insert(erasure.COSIGNED).values(size=90 + met, note=b"", at=small.clock.now(), met=met)
        small.db.write(lambda tx, row=row: tx.execute(row))
        if not met:
            with pytest.raises(Unavailable):
                erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    assert erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK).leaves == (small.label,)


def test_a_second_run_after_a_crash_logs_another_erasure_or_keeps_the_key(small: Small) -> None:
    first = small.db.write(lambda tx: erasure._record(tx, small.site, RECORDING, ORDER, AUDITOR, LOCK))
    assert small.site.ports.vault.wrapped(RECORDING)
    again = erase(small.site, RECORDING, "another order", AUDITOR, key_lock=LOCK)
    assert (again.leaves, again.by_leaves) == (first.leaves, first.by_leaves)
    assert small.db.read(custody.size) == first.by_leaves[-1] + 1
    with pytest.raises(NotFound):
        small.site.ports.vault.wrapped(RECORDING)


def test_what_was_sealed_before_an_erasure_is_committed_after_it(small: Small) -> None:
    late = small.seal_label(2)
    done = erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    with pytest.raises(Refused) as refusal:
        small.append(*late)
    assert refusal.value.code == "particulars.scope_erased"
    with pytest.raises(Refused, match="takes no more"):
        small.seal_label(3)
    assert small.db.read(custody.size) == done.by_leaves[-1] + 1


@pytest.mark.parametrize("loss", ["key", "ciphertext"])
def test_lost_particulars_pass_for_erased(small: Small, loss: str) -> None:
    if loss == "key":
        (small.folder / "keys" / "scopes" / f"{RECORDING}.key").unlink()
    else:
        with_guards_dropped(small.db, f"DELETE FROM sealed_particulars WHERE idx = {small.label}")
    for ask in (open_particulars, particulars_of):
        with pytest.raises(Contradiction) as refusal:
            ask(small.site, small.label)
        assert refusal.value.code == "particulars.missing"


def test_a_row_alone_makes_a_loss_lawful(small: Small) -> None:
    """Whoever owns the database can write the row; only a leaf of the log that names this one excuses."""
    person = people.add_person(small.site, "zhang", "张建国", ("auditor",), "hash")
    other = erase(small.site, person, ORDER, AUDITOR, key_lock=LOCK).by_leaves[0]
    (small.folder / "keys" / "scopes" / f"{RECORDING}.key").unlink()
    for by in (0, small.label, other, 10_000):
        small.db.write(lambda tx, by=by: tx.execute(insert(custody.ERASED).prefix_with("OR REPLACE").values(
            idx=small.label, scope=RECORDING, by_leaf=by, authority="none", complete_at=small.clock.now())))
        with pytest.raises(Contradiction, match="no event of the log erased them"):
            open_particulars(small.site, small.label)


def test_an_erasure_says_it_is_complete_while_a_copy_of_the_key_is_locked(small: Small) -> None:
    until = small.clock.now() + timedelta(days=40)
    for key, when in (("keys/a", until), ("keys/b", until - timedelta(days=3))):
        small.db.write(lambda tx, key=key, when=when: tx.execute(insert(table(KeyCopy)).values(
            scope=RECORDING, object_key=key, version_id="v", lock_until=when)))
    assert erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK).complete_at == until


def test_an_erasure_is_complete_before_a_copy_made_at_the_same_moment_has_run_out(small: Small) -> None:
    done = erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    assert done.complete_at > whole_second(small.clock.now() + LOCK)


def test_an_erasure_of_many_leaves_does_not_fit_an_entry(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    leaves = (small.label, *(small.label_again(n) for n in range(2, 8)))
    monkeypatch.setattr(erasure, "MOST", 3)
    done = erase(small.site, RECORDING, ORDER, AUDITOR, key_lock=LOCK)
    assert done.leaves == leaves
    assert len(done.by_leaves) == 3
    assert all(particulars_of(small.site, leaf).erased for leaf in leaves)


def test_the_longest_erasure_does_not_fit_an_entry() -> None:
    body = ParticularsErased(tuple(range(10**12, 10**12 + erasure.MOST)), "号" * 500, SetClock().now())
    assert len(encode(CustodyEvent.plain(PERSON, RECORDING, body), SetClock().now())) <= 65_535


@pytest.mark.parametrize("authority", ["", "  \n", "x" * 501])
def test_an_erasure_names_no_order(small: Small, authority: str) -> None:
    with pytest.raises(Refused) as refusal:
        erase(small.site, RECORDING, authority, AUDITOR, key_lock=LOCK)
    assert refusal.value.code == "particulars.authority"
    with pytest.raises(NotFound) as unknown:
        erase(small.site, STATION, ORDER, AUDITOR, key_lock=LOCK)
    assert unknown.value.code == "particulars.unknown_scope"


def test_an_erased_person_still_signs_in(small: Small) -> None:
    person = people.add_person(small.site, "zhang", "张建国", ("auditor",), "hash")
    token = people.sign_in(small.site, person, "zhang", small.clock.now())
    assert people.credential(small.site, "zhang") == (person, "hash")
    erase(small.site, person, ORDER, SYSTEM, key_lock=LOCK)
    assert people.credential(small.site, "zhang") is None
    assert people.signed_in(small.site, token, small.clock.now()) is None
    assert people.add_person(small.site, "zhang", "张建军", ("auditor",), "hash") != person
