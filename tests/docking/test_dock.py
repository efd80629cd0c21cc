"""A dock and its recorders over a real archive: nothing is lost, nothing doubled, nothing wiped too early."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from docking.conftest import MINUTE, Bench
from flows.dock import noise, rows

from archive.errors import Unavailable
from archive.proof.keys import COSIGNATURE_V1, VerificationKey
from archive.proof.policy import Policy
from archive.proof.signing import SigningKey
from ingest.docking import agent
from ingest.docking.agent import serve_slot
from ingest.push import StationSide

Replaced = Callable[..., StationSide]


def deposited(bench: Bench, recorder_serial: str) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in rows(
        bench.service.data, "SELECT r.id, u.session, u.sequence FROM recording r JOIN upload u ON u.id = r.upload "
        "JOIN recorder c ON c.id = r.recorder WHERE c.serial = ? ORDER BY u.opened_leaf", recorder_serial)]


def test_what_was_recorded_is_not_in_the_archive_or_stays_on_the_recorder(bench: Bench) -> None:
    recorder = bench.recorder()
    contents = [noise(3000 + number) for number in range(3)]
    for number, data in enumerate(contents, 1):
        recorder.record(data, MINUTE, number)
    state = bench.serve(recorder)
    assert (state.light, state.clips, state.clips_in, state.problem) == ("safe", 3, 3, "")
    assert list(recorder.clips()) == []
    assert len(deposited(bench, recorder.identity().name.serial)) == 3
    assert len(list((bench.home / "receipts").iterdir())) == 3
    assert {"reading", "sending", "safe"} <= {shown.light for shown in bench.shown}
    stated = rows(bench.service.data, "SELECT contradictions FROM recording_wipe w JOIN upload u ON u.id = w.id "
                  "JOIN recorder c ON c.id = u.recorder WHERE c.serial = ?", recorder.identity().name.serial)
    assert [told for (told,) in stated] == ["", "", ""]


def test_a_slot_seems_to_send_while_it_waits_for_its_receipt(bench: Bench) -> None:
    recorder = bench.recorder()
    for number in (1, 2):
        recorder.record(noise(4000), MINUTE, number)
    bench.serve(recorder)
    lights = [(shown.light, shown.clips_in) for shown in bench.shown]
    waited = [shown for shown in bench.shown if shown.light == "waiting"]
    assert [(shown.done, shown.size, shown.clips_in) for shown in waited] == [(4000, 4000, 0), (4000, 4000, 1)]
    assert lights.index(("waiting", 0)) > lights.index(("sending", 0))
    assert lights.index(("sending", 1)) < lights.index(("waiting", 1)) < lights.index(("safe", 2))


def test_segments_of_one_take_get_sessions_of_their_own_or_two_takes_one(bench: Bench) -> None:
    recorder, now = bench.recorder(), bench.side.now()
    at = [now - 9 * MINUTE, now - 8 * MINUTE, now - 7 * MINUTE, now]
    for number, ended in enumerate(at, 1):
        recorder.now = lambda ended=ended: ended
        recorder.record(noise(100), MINUTE, number)
    recorder.now = bench.side.now
    assert bench.serve(recorder).light == "safe"
    sessions = [session for _, session, _ in deposited(bench, recorder.identity().name.serial)]
    assert sessions[0] == sessions[1] == sessions[2] != sessions[3]


def test_a_clip_is_wiped_without_a_policy(bench: Bench, faulty: Replaced) -> None:
    recorder = bench.recorder()
    recorder.record(noise(500), MINUTE, 1)
    state = bench.serve(recorder, faulty(policy=None))
    assert (state.light, state.problem) == ("problem", "no_policy")
    assert len(recorder.clips()) == 1
    assert len(deposited(bench, recorder.identity().name.serial)) == 1


def test_a_clip_is_wiped_on_a_receipt_no_cosigner_stands_by(bench: Bench, faulty: Replaced) -> None:
    """The archive has no cosigners; this dock's agency asks for one."""
    public = SigningKey.generate("neighbour.example/cosigner").key.public
    cosigner = VerificationKey("neighbour.example/cosigner", COSIGNATURE_V1, public)
    policy = Policy.parse(f"log {bench.service.log_key.text()}\nwitness w {cosigner.text()}\nquorum w\n")
    recorder = bench.recorder()
    recorder.record(noise(500), MINUTE, 1)
    state = bench.serve(recorder, faulty(policy=policy))
    assert (state.light, state.problem) == ("problem", "not_proven")
    assert len(recorder.clips()) == 1


def test_a_receipt_of_another_archive_lets_footage_be_wiped(bench: Bench, faulty: Replaced) -> None:
    other = SigningKey.generate("other.example/0123456789abcdef").key
    recorder = bench.recorder()
    recorder.record(noise(500), MINUTE, 1)
    state = bench.serve(recorder, faulty(policy=Policy.of_log(other)))
    assert (state.light, state.problem) == ("problem", "not_proven")
    assert len(recorder.clips()) == 1


def test_a_file_that_changed_behind_its_manifest_is_wiped(bench: Bench) -> None:
    recorder = bench.recorder()
    path = recorder.record(noise(500), MINUTE, 1)
    inside, changed = recorder.path, []

    def changing(clip: object) -> Path:
        if changed:
            seen = path.stat()
            path.write_bytes(noise(500))
            os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
        changed.append(clip)
        return inside(clip)

    recorder.path = changing
    state = bench.serve(recorder)
    assert state.light == "problem"
    assert state.problem in ("receipt.quarantined", "not_proven")
    assert path.exists()


def test_an_empty_file_is_passed_over_in_silence(bench: Bench) -> None:
    recorder = bench.recorder()
    recorder.record(b"", MINUTE, 1)
    recorder.record(noise(700), MINUTE, 2)
    state = bench.serve(recorder)
    assert (state.light, state.problem, state.clips_in) == ("problem", "unreadable.empty", 1)
    assert len(recorder.clips()) == 1
    stated = rows(bench.service.data, "SELECT count(*) FROM custody WHERE kind = 'recording.unreadable/1'")
    assert stated[0][0] >= 1


def test_a_file_that_went_away_is_stated_to_be_unreadable(bench: Bench) -> None:
    recorder = bench.recorder()
    path, query = recorder.record(noise(700), MINUTE, 1), "SELECT count(*) FROM custody WHERE kind = ?"
    before = rows(bench.service.data, query, "recording.unreadable/1")
    clips = recorder.clips()
    recorder.clips = lambda: clips
    path.unlink()
    assert bench.serve(recorder).problem == "recorder.gone"
    assert rows(bench.service.data, query, "recording.unreadable/1") == before


def test_the_clock_is_set_before_it_was_measured(bench: Bench) -> None:
    recorder = bench.recorder(offset=timedelta(hours=-3))
    recorder.record(noise(700), MINUTE, 1)
    bench.serve(recorder)
    assert abs(recorder.offset) < timedelta(seconds=2)
    observed = rows(bench.service.data,
                    "SELECT entry FROM custody WHERE kind = 'upload.observed/1' ORDER BY idx DESC")
    assert any(f'"offset_ms":{-10_800_000 + late}' in bytes(observed[0][0]).decode() for late in range(-2000, 1))


@pytest.mark.parametrize("step", ["signed", "opened", "sent", "receipted", "wiping", "wiped"])
def test_a_power_cut_here_loses_doubles_or_wipes_too_early(bench: Bench, step: str) -> None:
    recorder = bench.recorder()
    recorder.record(noise(9 << 20), MINUTE, 1)
    with bench.dock() as made:
        told = made.journal.note

        def cut(entry: object, state: str, **columns: str | bytes) -> object:
            if state == step:
                raise Unavailable("test.cut", "the power went")
            return told(entry, state, **columns)

        made.journal.note = cut
        assert serve_slot(made, "1", recorder).light == "problem"
    assert len(recorder.clips()) == (0 if step == "wiped" else 1)
    state = bench.serve(recorder)
    assert state.light == "safe"
    assert len(deposited(bench, recorder.identity().name.serial)) == 1
    uploads = rows(bench.service.data, "SELECT count(*) FROM upload u JOIN recorder c ON c.id = u.recorder "
                   "WHERE c.serial = ?", recorder.identity().name.serial)
    assert uploads[0][0] == 1
    assert list(recorder.clips()) == []


def test_wipes_go_untold_as_long_as_a_later_clip_is_under_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power goes between a wipe and its report; the next docking tells of it before it delivers anything."""
    recorder = bench.recorder()
    recorder.record(noise(500), MINUTE, 1)
    with monkeypatch.context() as cut:
        cut.setattr(agent, "report_wipes", lambda side, journal: 0)
        assert bench.serve(recorder).light == "safe"
    recorder.record(noise(500), MINUTE, 2)
    with bench.dock() as made:
        assert len(made.journal.unreported()) == 1
        untold: list[int] = []
        bench.on_show = lambda state: untold.append(len(made.journal.unreported())) if state.file else None
        assert serve_slot(made, "1", recorder).light == "safe"
        assert untold[0] == 0
