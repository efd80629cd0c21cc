"""What was open when the database was lost is open again in the rebuilt one, and nothing done is done again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger import SetClock
from rebuild.lived_site import Lived, over
from specimen_events import LOCK, Leaf, beginning, ident, story
from sqlalchemy import select

from archive import jobs
from archive.entries import CustodyEvent
from archive.media_events import DerivativeUnavailable
from archive.tables import Job, UploadProgress, table
from ingest.rederive import NO_MULTIPART, Rederived, rederive
from ingest.uploads import object_key

PROGRESS, JOB = table(UploadProgress), table(Job)


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with over(tmp_path) as made:
        made.append(beginning())
        made.append(story(1, "open"))
        made.append(story(2, "open"))
        made.append(story(3, "quarantined")[:2])  # finished and not accessioned
        made.append(story(4, "quarantined"))
        made.append(story(5, "accessioned"))
        made.append([*story(6, "watched"), *_reasons(6, ("poster", "pts_table"))])
        made.append([*story(7, "watched"), *_reasons(7, ("poster",))])
        made.settle()
        yield made


def _reasons(n: int, purposes: tuple[str, ...]) -> list[Leaf]:
    """With access copy and waveform, which the story has, these complete what is derived."""
    bodies = [DerivativeUnavailable(purpose, "not_media", "bubblewrap") for purpose in purposes]
    return [(CustodyEvent.plain("system", ident("rec", n), body), {}) for body in bodies]


def derived(lived: Lived) -> Rederived:
    return rederive(lived.db, lived.store, SetClock().now())


def test_an_open_upload_is_forgotten_or_counts_bytes_nobody_can_vouch_for(lived: Lived) -> None:
    held = lived.store.begin(object_key(ident("rec", 1)), LOCK, "plain")
    lived.store.begin("originals/rec_of_nobody/1", LOCK, "plain")
    assert derived(lived).open_uploads == 2
    names = ("upload", "multipart_id", "segments", "tail_length", "last_byte_at", "unsigned")
    kept = [PROGRESS.c[name] for name in names]
    rows = lived.db.read(lambda c: c.execute(select(*kept).order_by(PROGRESS.c.upload)).all())
    assert [tuple(row) for row in rows] == [(ident("upl", 1), held, 0, 0, SetClock().now(), True),
                                          (ident("upl", 2), NO_MULTIPART, 0, 0, SetClock().now(), True)]


def test_a_finished_upload_waits_for_ever_or_a_closed_one_is_accessioned_again(lived: Lived) -> None:
    done = derived(lived)
    assert (done.accessions, done.derivations) == (1, 2)
    rows = lived.db.read(lambda c: c.execute(select(JOB.c.key, JOB.c.payload, JOB.c.state).order_by(JOB.c.key)).all())
    assert [(row.key, row.state) for row in rows] == [
        (f"accession:{ident('upl', 3)}", "ready"),
        (f"derive:{ident('rec', 5)}", "ready"), (f"derive:{ident('rec', 7)}", "ready")]
    leased = jobs.lease(lived.db, SetClock().now(), ["accession"])
    assert leased is not None
    assert leased.payload == {"upload": ident("upl", 3)}
    leased = jobs.lease(lived.db, SetClock().now(), ["derive"])
    assert leased is not None
    assert leased.payload == {"recording": ident("rec", 5), "upload": ident("upl", 5)}


def test_nobody_is_told_who_needs_a_new_password(lived: Lived) -> None:
    done = derived(lived)
    assert [login for _, login in done.people] == ["zhang"]
    assert done.stations == 1
