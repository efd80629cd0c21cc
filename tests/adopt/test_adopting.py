"""Adoption by the deposit every station makes: its grade, its labels, its terms; what changed stays outside."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from adopt.share import Share, make_share, signed
from drop.drop_site import archive_at_work
from service_fixture import wait_for
from sqlalchemy import delete

from api.adopting import Pacer, adopt, adopting, parse_rate, wait_for_accession
from api.drop import key_path
from api.passwords import hash_password
from api.wiring import Archive
from archive.actors import SYSTEM, Actor
from archive.errors import Conflict, Refused
from archive.identifiers import UploadId
from archive.officer_numbers import set_number
from archive.people import add_person
from archive.proof.keys import VerificationKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from archive.shift import last_shift, wore
from ingest import drop_records, writers
from ingest.adoption_list import SignedList, open_signed
from ingest.adoption_sheet import Sheet, read_sheet
from ingest.drop_deposit import at_once
from ingest.outcome import receipt_of_upload
from retention.clauses import DEFAULT_PACK, load_pack
from retention.deadline_list import deadlines_of

COUNT = 20
ADDED = ("SELECT kind, count(*) FROM custody WHERE kind GLOB 'upload.*' OR kind GLOB 'adoption.*'"
         " OR kind GLOB 'import.*' OR kind GLOB 'recording.accessioned*' GROUP BY 1")
"""What adopting adds; copies are made of it meanwhile."""


def rows(archive: Archive, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{archive.data / 'liuhen.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def given(share: Share, archive: Archive) -> tuple[SignedList, Sheet]:
    paths = signed(share, archive.data.parent / "none")
    key = VerificationKey.parse(paths[1].read_text().strip())
    return open_signed(paths[0].read_bytes(), key), read_sheet(share.sheet.read_bytes(), None)


def run(archive: Archive, share: Share, what: tuple[SignedList, Sheet]) -> Any:
    done = adopt(archive, share.root, *what, "城北所", at_once, lambda at, total, size: None)
    wait_for_accession(archive, done.account, lambda left: None)
    return done


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with archive_at_work(tmp_path_factory.mktemp("adopting")) as made:
        yield made


@pytest.fixture(scope="module")
def adopted(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> tuple[Share, Any]:
    share = make_share(tmp_path_factory.mktemp("old"), COUNT)
    before = share.snapshot()
    done = run(archive, share, given(share, archive))
    assert share.snapshot() == before
    return share, done


def test_an_adopted_recording_has_another_grade_or_label(archive: Archive, adopted: tuple[Share, Any]) -> None:
    share, done = adopted
    assert (done.outcome.taken, done.outcome.new, done.outcome.findings) == (share.good, share.good, ())
    assert rows(archive, "SELECT trust, count(*) FROM recording GROUP BY 1") == [("adopted", share.good)]
    found = rows(archive, "SELECT source, case_no, wearer, file_name FROM label WHERE file_name = 'Take00000.mp4'")
    assert found == [("sheet", "吉市监罚〔2023〕0号", "李明", "Take00000.mp4")]
    assert rows(archive, "SELECT holder, files, taken, already_held, skipped FROM adoption") == [
        ("城北所", share.good, share.good, 0, 0)]
    assert rows(archive, "SELECT DISTINCT r.station = a.account FROM recording r, adoption a") == [(1,)]


def test_a_receipt_does_not_say_since_when_integrity_is_known(archive: Archive, adopted: tuple[Share, Any]) -> None:
    share, _ = adopted
    ((upload, name),) = rows(archive, "SELECT r.upload, l.file_name FROM recording r JOIN label l ON l.recording = r.id"
                                      " LIMIT 1")
    (path,) = share.root.rglob(name)
    wait_for(lambda: isinstance(receipt_of_upload(archive.site, upload, "signed"), bytes), 20)
    receipt = receipt_of_upload(archive.site, upload, "signed")
    assert isinstance(receipt, bytes)
    report = verify_receipt(receipt, Trust.of_log(archive.site.ports.signer.key), path)
    leaf = next(step for step in report.steps if step.name == "leaf")
    assert "known only since adoption" in leaf.detail
    assert "完整性仅自接收之时起可知" in leaf.detail_zh
    assert any("before adoption" in english and "接收之前" in chinese for chinese, english in report.not_proven)


def test_a_term_of_the_archive_runs_for_what_was_made_before_it(
        archive: Archive, adopted: tuple[Share, Any]) -> None:
    for (recording,) in rows(archive, "SELECT id FROM recording LIMIT 3"):
        found = deadlines_of(archive.site, SYSTEM, load_pack(DEFAULT_PACK), recording)
        assert {one.deadline.state for one in found} == {"adopted"}


def test_an_adopted_recording_is_shown_as_of_the_last_shift(archive: Archive, adopted: tuple[Share, Any]) -> None:
    """Their labels name this officer as who wore the recorder, and they came in just now."""
    person = add_person(archive.site, "li", "李明", ("investigator",), hash_password("a password of this test"))
    set_number(archive.site, "li", "650101")
    actor = Actor(person, roles=frozenset({"investigator"}))
    assert wore(archive.site, actor, rows(archive, "SELECT recording FROM label WHERE wearer_no = '650101'")[0][0])
    assert last_shift(archive.site, actor).basis == "nothing"


def test_a_second_run_adds_something(archive: Archive, adopted: tuple[Share, Any]) -> None:
    share, first = adopted
    before = rows(archive, ADDED)
    done = run(archive, share, given(share, archive))
    assert (done.adoption, done.outcome.new, done.said) == (first.adoption, 0, False)
    assert rows(archive, ADDED) == before
    archive.site.db.write(lambda tx: tx.execute(delete(drop_records.FILE)).rowcount)  # as after a rebuild
    assert run(archive, share, given(share, archive)).outcome.new == 0
    assert rows(archive, ADDED) == before


def test_a_file_that_changed_or_went_after_the_signature_goes_in(archive: Archive, tmp_path: Path) -> None:
    share = make_share(tmp_path, 5)
    for path in share.root.rglob("*.mp4"):
        path.write_bytes(path.read_bytes() + b"other bytes")
    what = given(share, archive)
    changed, gone, *_ = sorted(share.root.rglob("*.mp4"))
    held = changed.stat()
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    os.utime(changed, ns=(held.st_atime_ns, held.st_mtime_ns))
    gone.unlink()
    done = run(archive, share, what)
    assert [(one.code, one.path) for one in done.outcome.findings] == [
        ("changed", str(changed.relative_to(share.root))), ("gone", str(gone.relative_to(share.root)))]
    assert done.outcome.taken == 3
    assert rows(archive, f"SELECT taken, skipped FROM adoption WHERE id = '{done.adoption}'") == [(3, 2)]


def test_a_batch_without_holder_or_without_its_key_goes_on(
        archive: Archive, adopted: tuple[Share, Any], tmp_path: Path) -> None:
    share = make_share(tmp_path, 1)
    before = rows(archive, ADDED)
    with pytest.raises(Refused, match="--holder"):
        adopt(archive, share.root, *given(share, archive), "", at_once, lambda at, total, size: None)
    (_, done), key = adopted, key_path(archive.data, adopted[1].account)
    kept = key.rename(key.with_suffix(".away"))
    with pytest.raises(Refused, match="keys/import"):
        run(archive, adopted[0], given(adopted[0], archive))
    kept.rename(key)
    assert done.account == key.stem
    assert rows(archive, ADDED) == before


def test_the_same_bytes_by_another_list_go_in_again(archive: Archive, adopted: tuple[Share, Any]) -> None:
    share, _ = adopted
    what = given(share, archive)
    share.sheet.write_bytes(share.sheet.read_bytes() + b"again.mp4,,,,,,\r\n")
    other = run(archive, share, given(share, archive))
    assert (other.outcome.taken, other.outcome.already_held) == (0, share.good)
    with pytest.raises(Refused, match="not the one the list was made with"):
        run(archive, share, (what[0], read_sheet(share.sheet.read_bytes(), None)))


class Killed(BaseException):
    """What ends a run between two chunks."""


def test_a_run_beside_the_lease_of_a_killed_one_breaks_off(archive: Archive, tmp_path: Path) -> None:
    share, chunks = make_share(tmp_path, 1), list[int]()
    for path in share.root.rglob("*.mp4"):
        path.write_bytes(path.read_bytes() + b"of the killed")
    what = given(share, archive)
    size = what[0].listed.size

    def dies(read: int) -> None:
        chunks.append(read)
        if sum(chunks) > size:  # hashed, opened, and now being sent
            raise Killed

    with pytest.raises(Killed):
        adopt(archive, share.root, *what, "城北所", dies, lambda at, total, size: None)
    ((upload,),) = rows(archive, "SELECT id FROM upload WHERE state = 'open'")
    archive.site.db.write(lambda tx: writers.take(tx, UploadId(upload), archive.site.ports.clock.now()))
    assert run(archive, share, what).outcome.taken == 1


def test_two_adoptions_run_at_once(archive: Archive) -> None:
    with adopting(archive.data), pytest.raises(Conflict, match="running"), adopting(archive.data):
        pytest.fail("two adoptions at once")


def test_a_rate_is_exceeded_or_made_up_for_in_a_burst() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pacer(parse_rate("1KiB/s"), lambda: now[0], sleep)
    pace(1024)
    now[0] += 60.0
    pace(2048)
    assert slept == [1.0, 2.0]


@pytest.mark.parametrize("text", ["20", "MiB/s", "0MiB/s", "-1MiB/s", "1.5MiB/s", "20mib", "٣MiB/s"])
def test_a_rate_of_no_known_form_is_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        parse_rate(text)
