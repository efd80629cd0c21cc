"""A matter shown to the camera at the start of a take is logged once, by the derivative job, and stops nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matter_code.clips import Shown, clip
from media.conftest import SANDBOXES
from service_fixture import SAMPLES
from sqlalchemy import select, update
from upload_site import UploadSite, new_site, run_jobs

from archive import jobs
from archive.adapters.code_reader import CodeReader
from archive.adapters.ffmpeg import FfmpegMedia
from archive.columns import table
from archive.custody import CUSTODY
from archive.entries import decode
from archive.jobs import JOB
from archive.matter_codes import matter_code
from archive.matter_events import MatterShown
from archive.matter_tables import ShownMatter
from archive.tables import Derivative, Label, Recording
from ingest import receive, uploads
from ingest.derivatives import derive
from ingest.intake import Intake
from ingest.rederive import rederive

SHOWN, LABEL, DERIVATIVE, RECORDING = table(ShownMatter), table(Label), table(Derivative), table(Recording)
FIRST, SECOND = matter_code("某烤肉店（餐饮）日常检查"), matter_code("某药店检查")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[UploadSite]:
    made = new_site(tmp_path / "archive")
    yield made
    made.close()


def accessioned(site: UploadSite, path: Path) -> Intake:
    """A file deposited, read back and accessioned; its derivative job is due."""
    intake, data = site.process(), path.read_bytes()
    upload = uploads.open_upload(intake, site.note(data), b"[]", len(data)).upload
    receiver = receive.begin(intake, upload, 0, None, False)
    receiver.take(data)
    while receiver.has_segment:
        receiver.arrived(*receiver.put(*receiver.next_segment()))
    receiver.keep()
    receive.finish(intake, receiver.upload)
    receiver.release()
    run_jobs(intake)
    return intake


def derived(intake: Intake) -> None:
    job = jobs.lease(intake.site.db, intake.site.ports.clock.now(), ("derive",))
    assert job is not None
    derive(intake, job)


def rows(intake: Intake, query: Any) -> list[Any]:
    return list(intake.site.db.read(lambda c: c.execute(query).all()))


def shown(intake: Intake) -> list[tuple[str, int]]:
    """(matter, at_us) of each event; each has its row."""
    found = rows(intake, select(SHOWN.c.matter, SHOWN.c.at_us))
    leaves = rows(intake, select(CUSTODY.c.entry).where(CUSTODY.c.kind == MatterShown.KIND))
    assert len(found) == len(leaves)
    return [tuple(row) for row in found]


def purposes(intake: Intake) -> set[str]:
    return {row.purpose for row in rows(intake, select(DERIVATIVE.c.purpose))}


@pytest.mark.parametrize("size", ["1280x720", "640x480"])
def test_a_matter_shown_is_not_noticed_or_becomes_a_label(site: UploadSite, tmp_path: Path, size: str) -> None:
    intake = accessioned(site, clip(tmp_path / "take.mp4", [(FIRST, 3, 6)], size=size))
    derived(intake)
    assert [matter for matter, _ in shown(intake)] == ["某烤肉店（餐饮）日常检查"]
    assert abs(shown(intake)[0][1] - 3_000_000) <= 500_000
    (leaf,) = rows(intake, select(CUSTODY.c.entry).where(CUSTODY.c.kind == MatterShown.KIND))
    event = decode(leaf.entry)[1]
    assert isinstance(event.body, MatterShown)
    assert event.actor == "system"
    assert {tool.name for tool in event.body.tools} == {"ffprobe", "ffmpeg", "zxing-cpp"}
    assert FIRST.encode() not in leaf.entry
    assert "烤肉店".encode() not in leaf.entry
    assert {row.matter for row in rows(intake, select(LABEL.c.matter))} <= {None}


@pytest.mark.parametrize(("codes", "expected"), [
    ([("https://example.org/", 1, 5)], []),
    ([(FIRST, 25, 28)], []),
    ([(FIRST, 2, 5), (SECOND, 8, 11)], [("某药店检查", 8_000_000)]),
], ids=["another code", "too late", "two matters"])
def test_what_is_no_matter_of_the_first_seconds_is_noted(
        site: UploadSite, tmp_path: Path, codes: list[Shown], expected: list[tuple[str, int]]) -> None:
    seconds = 30 if codes[0][1] > 20 else 13
    intake = accessioned(site, clip(tmp_path / "take.mp4", codes, seconds, "640x480"))
    derived(intake)
    assert [matter for matter, _ in shown(intake)] == [matter for matter, _ in expected]
    assert all(abs(at - wanted) <= 500_000 for (_, at), (_, wanted) in zip(shown(intake), expected, strict=True))
    assert "access_copy" in purposes(intake)


def test_a_picture_that_begins_after_the_sound_is_looked_at_for_less(site: UploadSite, tmp_path: Path) -> None:
    intake = accessioned(site, clip(tmp_path / "take.mp4", [(FIRST, 2, 5)], 8, "640x480", late_s=30))
    derived(intake)
    assert [abs(at - 2_000_000) <= 500_000 for _, at in shown(intake)] == [True]


def test_particulars_that_were_erased_meanwhile_stop_the_job(site: UploadSite, tmp_path: Path) -> None:
    intake = accessioned(site, clip(tmp_path / "take.mp4", [(FIRST, 1, 4)], 5, "640x480"))
    (recording,) = rows(intake, select(RECORDING.c.id))
    intake.site.ports.vault.destroy(recording.id)
    derived(intake)
    assert shown(intake) == []


def test_a_recording_without_a_picture_is_searched_for_codes(site: UploadSite) -> None:
    intake = accessioned(site, SAMPLES / "interview_pcm.wav")
    derived(intake)
    assert shown(intake) == []


def test_a_job_done_twice_or_a_rebuild_notes_a_matter_twice(site: UploadSite, tmp_path: Path) -> None:
    intake = accessioned(site, clip(tmp_path / "take.mp4", [(FIRST, 1, 4)], 5, "640x480"))
    derived(intake)
    before = purposes(intake)
    intake.site.db.write(lambda tx: tx.execute(update(JOB).where(JOB.c.kind == "derive").values(state="ready")))
    derived(intake)
    assert (len(shown(intake)), purposes(intake)) == (1, before)
    assert rederive(intake.site.db, intake.site.ports.store, intake.site.ports.clock.now()).derivations == 0


@pytest.mark.parametrize("program", [
    "print('{\"picture\": 0, \"text\": 7}')", "import time; time.sleep(900)", "raise SystemExit(3)",
    "print('{\"picture\": 1, \"text\": \"liuhen:matter:\\\\u0007\"}')"])
def test_a_reader_that_lies_hangs_or_fails_costs_a_derivative(
        site: UploadSite, tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.matter_shown._READING_S", 2.0)
    intake = accessioned(site, clip(tmp_path / "take.mp4", [(FIRST, 1, 4)], 5, "640x480"))
    media = FfmpegMedia(allow_unsandboxed=True, code_reader=CodeReader(True, SANDBOXES, program))
    ports = replace(intake.site.ports, media=media)
    derived(replace(intake, site=replace(intake.site, ports=ports)))
    assert shown(intake) == []
    assert purposes(intake) == {"access_copy", "poster", "waveform", "pts_table"}
    assert {row.state for row in rows(intake, select(JOB.c.state).where(JOB.c.kind == "derive"))} == {"done"}
    assert not list((site.folder / "spool").rglob("*.gray"))
