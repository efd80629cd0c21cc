"""What is missing is named, and nothing that is there: whatever the order of arrival and whatever was dropped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.event_values import Interval
from ingest.completeness import Known, Piece, findings

T0 = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def piece(n: int, sequence: int | None = None, at: int | None = None, **changes: Any) -> Piece:
    """The n-th take, ten minutes each, times known to a second; chained to the one before."""
    start = T0 + 10 * MINUTE * (n if at is None else at)
    made = Piece(
        f"upl_{n:03}", f"sha256:m{n:03}", f"sha256:b{n:03}", Interval(start, start + SECOND),
        Interval(start + 9 * MINUTE, start + 9 * MINUTE + SECOND), T0 + timedelta(days=1), "dock_observed",
        sequence=n if sequence is None else sequence, previous=None if n == 0 else f"sha256:m{n - 1:03}")
    return replace(made, **changes)


def told(pieces: list[Piece], known: Known | None = None) -> list[tuple[str, str, int | None, int | None]]:
    return [(one.kind, one.basis, one.first, one.last) for one in findings(pieces, known)]


SHUFFLED = st.integers(1, 14).flatmap(lambda n: st.permutations(range(n)))


@given(SHUFFLED)
def test_something_is_named_where_nothing_is_missing(order: list[int]) -> None:
    whole = [piece(n) for n in order]
    assert findings(whole) == ()
    assert findings([replace(p, previous=None) for p in whole]) == ()
    chained = findings([replace(p, sequence=None) for p in whole])
    assert chained == () or (len(whole), chained[0].says) == (1, "cannot_know")
    named = [replace(p, sequence=None, previous=None, file_name=f"DSJ_{p.sequence:04}.mp4") for p in whole]
    assert findings(named) == ()


@given(SHUFFLED, st.data())
def test_a_dropped_take_is_not_named_by_the_sequence_or_the_chain(order: list[int], data: st.DataObject) -> None:
    dropped = data.draw(st.sets(st.sampled_from(order), max_size=len(order) - 1))
    left = [piece(n) for n in order if n not in dropped]
    numbers = {p.sequence for p in left}
    shown = {n for n in dropped if min(n for n in numbers if n is not None) < n < max(n or 0 for n in numbers)}
    found = findings(left)
    missing = {n for one in found if (one.kind, one.basis) == ("gap", "sequence")
               for n in range(one.first or 0, (one.last or 0) + 1)}
    assert missing == shown
    chained = {one.key for one in found if (one.kind, one.basis) == ("gap", "chain")}
    assert chained == {f"gap/chain/sha256:m{n:03}" for n in dropped if n + 1 in numbers}
    assert {(one.kind, one.basis) for one in found} <= {("gap", "sequence"), ("gap", "chain")}
    assert all(one.says == "dock_observed" for one in found)


@given(SHUFFLED, st.data())
def test_findings_depend_on_the_order_of_arrival(order: list[int], data: st.DataObject) -> None:
    left = [piece(n, at=n % 7, previous=None) for n in order if n % 3]
    again = data.draw(st.permutations(left))
    assert {one.key for one in findings(left)} == {one.key for one in findings(again)}


def test_a_counter_that_began_again_is_taken_for_gaps() -> None:
    assert told([piece(n, sequence=s, previous=None) for n, s in enumerate((7, 8, 1, 2))]) == [
        ("renumbered", "sequence", 1, None)]


def test_a_clock_that_says_nothing_makes_a_renumbering() -> None:
    """Bounded by issue and docking, such a take is neither surely before nor surely after another."""
    wide = Interval(T0, T0 + timedelta(days=1))
    assert told([piece(0), piece(1), piece(2), piece(3, started=wide, ended=wide)]) == []


def test_a_number_used_twice_is_not_noticed() -> None:
    overlapping = [piece(0), piece(1), piece(2, sequence=1, at=1)]
    assert ("repeat", "sequence", 1, 1) in told(overlapping)
    assert ("overlap", "time", None, None) in told(overlapping)


def test_times_that_may_not_overlap_are_said_to() -> None:
    start = T0 + 10 * MINUTE
    vague = replace(piece(1), started=Interval(start - 5 * MINUTE, start + 5 * MINUTE))
    assert told([piece(0), vague]) == []


def test_a_second_deposit_of_the_same_bytes_hides_or_makes_a_gap() -> None:
    again = replace(piece(1), upload="upl_900", manifest="sha256:m900", previous="sha256:m001")
    assert told([piece(0), piece(1), again, piece(2, previous="sha256:m900")]) == [("repeat", "bytes", None, None)]


def test_a_manifest_whose_upload_was_given_up_counts_as_arrived() -> None:
    given_up = replace(piece(1), kept=False)
    assert ("gap", "chain", None, None) in told([piece(0), given_up, piece(2)])
    sent_again = replace(piece(1), upload="upl_901", manifest="sha256:m901", previous="sha256:m001")
    assert told([piece(0), given_up, sent_again, piece(2, previous="sha256:m901")]) == []


def test_a_statement_breaks_the_chain() -> None:
    known = Known(unreadable={None: frozenset({1})}, stated=frozenset({"sha256:m001"}))
    assert told([piece(0), piece(2)]) != []
    assert told([piece(0), piece(2)], known) == []


def test_two_manifests_after_the_same_one_are_not_noticed() -> None:
    assert told([piece(0), piece(1), piece(2, previous="sha256:m000")]) == [("repeat", "chain", None, None)]


def test_a_signed_statement_explains_nothing() -> None:
    left = [piece(n, previous=None) for n in (1, 6)]
    assert told(left) == [("gap", "sequence", 2, 5)]
    known = Known(unreadable={None: frozenset({3, 9})})
    assert told(left, known) == [("gap", "sequence", 2, 2), ("gap", "sequence", 4, 5)]
    assert told(left, Known(unreadable={"ses_x": frozenset({3})})) == [("gap", "sequence", 2, 5)]


def test_a_loop_that_ran_over_is_blamed_on_somebody() -> None:
    later = replace(piece(5, previous=None), deposited_at=T0 + timedelta(days=2))
    known = Known(memory_low_at=(T0 + timedelta(days=1, hours=3),))
    found = findings([piece(1, previous=None), later], known)
    assert [(one.kind, one.says, one.first, one.last) for one in found] == [("overwritten", "cannot_know", 2, 4)]


def test_sessions_are_mixed_up() -> None:
    takes = [piece(n, sequence=n // 2, session=f"ses_{n % 2}", previous=None) for n in range(6)]
    assert findings(takes) == ()
    assert told([t for t in takes if t.upload != "upl_002"]) == [("gap", "sequence", 1, 1)]


@pytest.mark.parametrize(("said", "says"), [
    (("recorder_signed", "recorder_signed"), "recorder_signed"),
    (("recorder_signed", "dock_observed"), "dock_observed"),
    (("file_names_only", "dock_observed"), "file_names_only")])
def test_a_finding_rests_on_more_than_its_weakest_word(said: tuple[str, str], says: str) -> None:
    one, other = (piece(n, previous=None, says=word) for n, word in zip((1, 3), said, strict=True))
    assert [found.says for found in findings([one, other])] == [says]


def named(*names: str) -> list[Piece]:
    return [replace(piece(n), sequence=None, previous=None, file_name=name, says="file_names_only")
            for n, name in enumerate(names)]


def test_a_gap_in_file_names_is_not_named_or_times_of_day_are_gaps() -> None:
    found = findings(named("DSJ_0001.mp4", "DSJ_0002.mp4", "DSJ_0004.mp4"))
    assert [(one.kind, one.says, one.first, one.last) for one in found] == [("gap", "file_names_only", 3, 3)]
    assert findings(named("REC_0915.mp4", "REC_1705.mp4")) == ()
    assert findings(named("20261120_091500.mp4", "20261120_091700.mp4"))[0].kind == "unknown"


def test_nothing_to_go_by_is_taken_for_completeness() -> None:
    assert [(one.kind, one.says) for one in findings(named("开头.mp4", "结尾.mp4"))] == [("unknown", "cannot_know")]
    assert findings([]) == ()


def test_a_shift_without_a_recording_is_passed_over_or_blamed() -> None:
    shift = T0 + timedelta(hours=8), T0 + timedelta(hours=16)
    assert [(one.basis, one.says, one.between) for one in findings([piece(0)], Known(shifts=[shift]))] == [
        ("ledger", "cannot_know", shift)]
    assert findings([piece(0), piece(1, at=60)], Known(shifts=[shift])) == ()
