"""The waveform lies on the player's time line, and odd stored peaks never break a page."""

import json

import pytest

from api.present_sound import MOST, SILENCE, peaks


def stored(**changes: object) -> bytes:
    return json.dumps({"v": 1, "bucket_us": 1000, "min": [-3, -2], "max": [5, 4], **changes}).encode()


def test_sound_that_begins_with_the_picture_is_drawn_as_stored() -> None:
    assert peaks(stored(), 0, 2000) == ((-3, 5), (-2, 4))


def test_sound_that_begins_later_is_not_drawn_at_the_beginning() -> None:
    assert peaks(stored(), 3000, 6000) == (SILENCE, SILENCE, SILENCE, (-3, 5), (-2, 4), SILENCE)


def test_a_recording_without_a_known_end_shows_all_its_sound() -> None:
    assert peaks(stored(), 0, 0) == ((-3, 5), (-2, 4))


def test_an_absurd_start_does_not_make_an_endless_drawing() -> None:
    assert len(peaks(stored(bucket_us=1), 10**15, 10**15)) <= MOST + 2


@pytest.mark.parametrize("odd", [
    b"", b"{", b"[]", b"null", b"\xff", stored(bucket_us=0), stored(bucket_us=None), stored(min=[1]), stored(max=None),
    stored(min=[], max=[]), stored(min=["x", "y"]),
])
def test_peaks_that_do_not_read_give_no_waveform(odd: bytes) -> None:
    assert peaks(odd, 0, 1000) == ()
