"""Events as lines: nothing logged of a kind is forgotten unawares, particulars are shown once, times stay times."""

import dataclasses
from datetime import UTC, datetime, timedelta

from api.present import line
from api.present_history import FOLDED, SHOWN, history_lines
from api.web import words
from archive.custody_history import HistoryEntry
from archive.entries import CustodyEvent
from archive.events import BODIES, Body, ObjectPlaced, PersonAdded, PlaybackOpened, RecordingLabelled
from archive.media_events import DerivativeMade
from archive.recordings import RecordingRow

AT = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)


def entry(body: Body, *particulars: tuple[str, str], subject: str = "rec_x", **other: str) -> HistoryEntry:
    return HistoryEntry(7, AT, "usr_x", "张建国", CustodyEvent("usr_x", subject, body), particulars, **other)


def test_every_kind_is_shown_and_every_field_shown_is_one_it_has() -> None:
    assert set(SHOWN) == {body.KIND for body in BODIES}
    for body in BODIES:
        assert dataclasses.is_dataclass(body)
        has = {field.name for field in dataclasses.fields(body)}
        assert set(SHOWN[body.KIND]) <= has, body
    assert set(words.FIELDS) >= FOLDED


def test_bytes_of_a_derivative_are_not_called_the_original() -> None:
    placed = ObjectPlaced("derivatives/rec_x/der_x", "primary", "v1", 5, AT)
    assert ("purpose", "original") in history_lines([entry(placed)])[0].details
    made = DerivativeMade(
        "rec_x", "poster", "extracted", "image/jpeg", (), 5, placed.object_key, "plain", (), (), 1, "none", (), (),
        None, None, None)
    lines = history_lines([entry(made, subject="der_x"), entry(placed, subject="der_x")])
    assert ("purpose", "poster") in lines[1].details


def test_a_particular_nobody_chose_to_show_is_not_shown() -> None:
    shown = history_lines([entry(RecordingLabelled("lbl_x", "person"), ("case_no", "1号"), ("manifest", "secret"))])[0]
    assert ("case_no", "1号") in shown.details
    assert "secret" not in str(shown)


def test_missing_particulars_are_said_to_be_missing() -> None:
    told = history_lines([entry(PersonAdded(("investigator",)), fault="particulars_missing")])[0]
    assert told.details[0] == ("particulars", "particulars_missing")
    assert {"particulars_missing", "particulars_changed"} <= set(words.CODES)
    assert "particulars" in words.CODED_FIELDS


def test_the_service_itself_cannot_be_impersonated_by_a_name() -> None:
    body = PlaybackOpened("rec_x", "original", None, "k", "primary", "v")
    person = HistoryEntry(1, AT, "usr_x", "system", CustodyEvent("usr_x", "pbk_x", body))
    service = HistoryEntry(2, AT, "system", None, CustodyEvent("system", "pbk_x", body))
    nameless = HistoryEntry(3, AT, "usr_x", None, CustodyEvent("usr_x", "pbk_x", body))
    assert [told.actor for told in history_lines([person, service, nameless])] == ["system", None, "usr_x"]


def row(start: timedelta, duration_us: int | None) -> RecordingRow:
    """A recording that ended at AT and began within ``start`` before it."""
    return RecordingRow("rec_x", None, None, None, AT - start, AT, AT, AT, duration_us, 1, ("video",), "dock_signed",
                        "sta_x", None, None, False, None)


def test_a_start_known_only_within_a_day_is_not_shown_a_day_early() -> None:
    assert line(row(timedelta(days=1), 90_000_000)).started_at == AT - timedelta(seconds=90)
    assert line(row(timedelta(days=1), None)).started_at == AT
    assert line(row(timedelta(minutes=5), 3_600_000_000)).started_at == AT - timedelta(minutes=5)
    assert line(row(timedelta(seconds=2), 90_000_000)).started_at == AT - timedelta(seconds=2)
