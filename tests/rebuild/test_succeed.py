"""Where leaves are lost for good a new log says so, and keeps what is left to the byte, at its index, readable."""

import contextlib
import shutil
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, ORIGIN, SIGNER
from log.stub_log import Stub, StubLog
from log_site import LOCK
from proof.known_keys import known_key
from rebuild.lived_site import live, over
from rebuild.lost_log import NEW, NEW_ID, NEW_ORIGIN, Disaster, entries, grave, lose, quiet, served
from specimen_events import ident, story

from archive import custody
from archive.adapters.keyfiles import FileVault
from archive.entries import decode
from archive.errors import ArchiveError, Contradiction, Refused, Unavailable
from archive.follow_state import FollowState
from archive.following import Follower
from archive.key_copies import stored_keys
from archive.key_locks import extend_key_locks
from archive.log_events import LogSucceeds, ParticularsErased
from archive.outside_ports import CosignerBehind, CosignerConflict
from archive.particulars import unseal
from archive.proof.checkpoint import Checkpoint
from archive.proof.keys import VerificationKey
from archive.proof.merkle import leaf_hash, root
from archive.proof.note import open_note, sign_note
from archive.proof.policy import Policy
from archive.rebuild import Sources
from archive.resubmitted import MOST, Resubmitted, of_lost, require_same
from archive.succession import remains, require_none_ahead


@pytest.fixture
def disaster(tmp_path: Path) -> Disaster:
    return lose(tmp_path)


def test_a_log_behind_its_published_checkpoint_starts_or_its_heir_does_not(disaster: Disaster, tmp_path: Path) -> None:
    with pytest.raises(Contradiction) as refusal, over(disaster.folder, disaster.store, disaster.clock):
        pass
    assert refusal.value.code == "log.database_behind"
    left = disaster.heir(tmp_path / "new")
    assert (left.kept, left.verified, left.last.size) == (disaster.kept, disaster.kept, disaster.size)
    with served(tmp_path / "new", disaster.store, disaster.clock) as heir:
        assert grave(heir) == []
        heir.append(story(901, "watched", first=5))
        heir.settle()
        assert grave(heir) == []


def test_what_is_left_comes_in_other_bytes_or_places_or_the_loss_is_not_named(
        disaster: Disaster, tmp_path: Path) -> None:
    before = (disaster.folder / "liuhen.db").read_bytes()
    disaster.heir(tmp_path / "new")
    old, new = entries(disaster.folder / "liuhen.db"), entries(tmp_path / "new" / "liuhen.db")
    assert new[1:disaster.kept] == old[1:]
    assert (disaster.folder / "liuhen.db").read_bytes() == before
    first = decode(new[0])[1].body
    assert isinstance(first, LogSucceeds)
    last = Checkpoint.parse(open_note(disaster.notes[0], [SIGNER.key]))
    assert (first.old_origin, first.old_log_key, first.old_size, first.old_root.value) == (
        ORIGIN, SIGNER.key.text(), last.size, last.root)
    assert (first.origin, first.log_key) == (NEW_ORIGIN, NEW.key.text())
    assert (first.kept, first.lost_from, first.lost_to) == (disaster.kept, disaster.kept, disaster.size)


def test_particulars_do_not_open_in_the_heir_or_erased_ones_come_back(disaster: Disaster, tmp_path: Path) -> None:
    disaster.heir(tmp_path / "new")
    vault, opens = FileVault(tmp_path / "new" / "keys" / "vault.key"), 0
    with contextlib.closing(sqlite3.connect(tmp_path / "new" / "liuhen.db")) as new:
        rows = new.execute("SELECT c.entry, s.scope, s.sealed, e.by_leaf FROM sealed_particulars s JOIN custody c ON "
                           "c.idx = s.idx LEFT JOIN erased_particulars e ON e.idx = s.idx").fetchall()
        texts = dict(new.execute("SELECT recording, party FROM label"))
    for entry, scope, sealed, by in rows:
        commitment = decode(bytes(entry))[1].commitment
        assert commitment is not None
        if by is None:
            opens += bool(unseal(vault, NEW_ID, scope, bytes(sealed), commitment))
        else:
            with pytest.raises(ArchiveError):
                unseal(vault, LOG_ID, scope, bytes(sealed), commitment)
    erased = {scope for _, scope, _, by in rows if by is not None}
    assert opens > 10
    assert ident("rec", 5) in erased  # of which only the mark in the key folder was left
    assert texts[ident("rec", 5)] is None
    assert {text for scope, text in texts.items() if scope not in erased} == {"某公司"}
    last = decode(entries(tmp_path / "new" / "liuhen.db")[-1])[1]
    assert isinstance(last.body, ParticularsErased)
    assert last.subject == ident("rec", 5)
    assert ORIGIN in last.body.authority


def test_keys_of_the_heir_have_no_copy_of_its_own_or_the_old_copies_stay_for_ever(
        disaster: Disaster, tmp_path: Path) -> None:
    disaster.heir(tmp_path / "new")
    with served(tmp_path / "new", disaster.store, disaster.clock) as heir:
        ours = {scope for _, scope, _ in stored_keys(heir.store, NEW_ID)}
        olds = {scope for _, scope, _ in stored_keys(heir.store, LOG_ID)}
        assert ident("rec", 5) in olds - ours
        assert {ident("rec", 10), ident("rec", 11)} <= ours <= olds
        heir.store.skew = timedelta(days=400)
        extend_key_locks(heir.site, disaster.clock.now() + heir.store.skew, LOCK)
        assert list(heir.store.versions(f"keys/{LOG_ID}/")) == []
        assert {scope for _, scope, _ in stored_keys(heir.store, NEW_ID)} >= ours


def test_a_key_lost_without_erasure_passes_for_erased(disaster: Disaster, tmp_path: Path) -> None:
    for listed in [*disaster.store.versions("keys/")]:
        disaster.store._held.pop(listed.version.key)
    (disaster.folder / "keys" / "scopes" / f"{ident('rec', 11)}.key").unlink()
    with pytest.raises(Contradiction) as refusal:
        disaster.heir(tmp_path / "new")
    assert refusal.value.code == "rebuild.particulars"
    assert not (tmp_path / "new" / "liuhen.db").exists()
    shutil.rmtree(tmp_path / "new")
    disaster.heir(tmp_path / "new", accept=True)
    with served(tmp_path / "new", disaster.store, disaster.clock) as heir:
        assert {found.kind for found in grave(heir)} == {"particulars.missing"}


def test_nothing_is_left_and_the_heir_has_no_first_leaf(disaster: Disaster, tmp_path: Path) -> None:
    (disaster.folder / "liuhen.db").unlink()
    left = disaster.heir(tmp_path / "new")
    assert (left.kept, left.verified) == (0, 0)
    with served(tmp_path / "new", disaster.store, disaster.clock) as heir:
        assert heir.db.read(custody.size) == 1
        assert grave(heir) == []


def test_a_log_of_which_nothing_is_lost_is_given_up(tmp_path: Path) -> None:
    with over(tmp_path / "old") as lived:
        live(lived, 12)
        for database in (lived.path, tmp_path / "none.db"):  # the store alone has all leaves as well
            with pytest.raises(Refused) as refusal:
                remains(lived.sources, database, lived.published(), quiet)
            assert refusal.value.code == "succeed.nothing_lost"
        empty = Sources(MemoryStore(), lived.site.ports.vault, SIGNER)
        with pytest.raises(Refused) as refusal:
            remains(empty, tmp_path / "none.db", [], quiet)
        assert refusal.value.code == "succeed.nothing_signed"


def test_rows_that_were_changed_are_taken_for_a_loss(disaster: Disaster) -> None:
    with contextlib.closing(sqlite3.connect(disaster.folder / "liuhen.db")) as attacker:
        for (name,) in attacker.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            attacker.execute(f"DROP TRIGGER {name}")
        attacker.execute("UPDATE custody SET entry = replace(entry, 'actor', 'actqr') WHERE idx = 9")
        attacker.commit()
    with pytest.raises(Contradiction) as refusal:
        disaster.left()
    assert refusal.value.code == "rebuild.root_differs"
    (disaster.folder / "liuhen.db").write_bytes(b"no database" * 100)
    with pytest.raises(Refused) as spoilt:
        disaster.left()
    assert spoilt.value.code == "succeed.database"


class Outside:
    """A cosigner that answers as told."""

    key: VerificationKey = known_key("cosigner.example").key

    def __init__(self, answer: Exception | None) -> None:
        self.answer = answer

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
        if self.answer is not None:
            raise self.answer
        return b""


SILENT = Unavailable("cosigner.unavailable", "")


@pytest.mark.parametrize(("answers", "code"), [
    ([None, CosignerBehind(9_999)], "succeed.checkpoint_missing"), ([CosignerConflict()], "log.forked"),
    ([SILENT], "log.unconfirmed"), ([SILENT, None], ""), ([CosignerBehind(3)], ""), ([], "")])
def test_more_is_lost_than_the_heir_says(disaster: Disaster, answers: list[Exception | None], code: str) -> None:
    last, found = disaster.left().last, ""
    try:
        require_none_ahead([Outside(answer) for answer in answers], disaster.sources, last)
    except ArchiveError as fault:
        found = fault.code
    assert found == code
    ahead = Checkpoint(ORIGIN, 9_999, bytes(32))
    more = remains(disaster.sources, disaster.folder / "liuhen.db",
                   [*disaster.notes, sign_note(ahead.text(), [SIGNER])], quiet)
    assert more.last == ahead


def test_an_auditor_of_the_heir_hears_of_no_break(disaster: Disaster, tmp_path: Path) -> None:
    disaster.heir(tmp_path / "new")
    stub = Stub(StubLog(entries(tmp_path / "new" / "liuhen.db"), signer=NEW))
    follower = Follower(lambda path: bytes(stub.answer(path)[2]), Policy.of_log(NEW.key), disaster.clock.now, True)
    state = FollowState(tmp_path / "state")
    alarms = [alarm for alarm in follower.look(state).alarms if alarm.kind in ("succession", "time", "entries")]
    assert [alarm.kind for alarm in alarms] == ["succession"]
    assert f"{ORIGIN}: leaves {disaster.kept} to {disaster.size}" in alarms[0].text
    assert [alarm.kind for alarm in follower.look(state).alarms if alarm.kind == "succession"] == []


def test_leaves_only_the_store_has_are_given_up_as_lost(tmp_path: Path) -> None:
    disaster = lose(tmp_path, 22, 17, gone=["staged/"])
    left = disaster.heir(tmp_path / "new")
    assert disaster.kept < 256 < disaster.size < 512
    assert (left.kept, left.verified) == (256, disaster.kept)
    old = entries(disaster.folder / "liuhen.db")
    kept = entries(tmp_path / "new" / "liuhen.db")[1:256]
    assert kept[:len(old) - 1] == old[1:]
    assert left.found.edges[256].root() == root([leaf_hash(entry) for entry in [old[0], *kept]])
    with served(tmp_path / "new", disaster.store, disaster.clock) as heir:
        assert grave(heir) == []


def test_a_leaf_that_is_left_contradicts_a_receipt_or_more_receipts_come_than_fit(disaster: Disaster) -> None:
    held, left = entries(disaster.folder / "liuhen.db"), disaster.left()
    require_same([Resubmitted(b"", 9, held[9], b""), Resubmitted(b"", left.kept, b"lost", b"")], left.leaves())
    with pytest.raises(Contradiction) as refusal:
        require_same([Resubmitted(b"", 9, held[8], b"")], left.leaves())
    assert refusal.value.code == "succeed.leaf_differs"
    many = [Resubmitted(b"%d" % n, left.kept, b"lost", b"") for n in range(MOST)]
    body = of_lost([Resubmitted(b"", 9, held[9], b""), *many], left.kept)
    assert len(body) == MOST
    with pytest.raises(Refused) as refused:
        of_lost([*many, Resubmitted(b"x", left.kept, b"lost", b"")], left.kept)
    assert refused.value.code == "succeed.too_many_receipts"


def test_the_first_leaf_has_no_room_for_as_many_receipts_as_are_taken(disaster: Disaster, tmp_path: Path) -> None:
    many = [Resubmitted(b"%d" % n, disaster.kept, b"lost", b"") for n in range(MOST)]
    disaster.heir(tmp_path / "new", receipts=many)
    first = decode(entries(tmp_path / "new" / "liuhen.db")[0])[1].body
    assert isinstance(first, LogSucceeds)
    assert first.receipts == tuple(one.digest for one in many)
