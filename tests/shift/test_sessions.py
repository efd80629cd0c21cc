"""A session's labels: all of them or none, each on its own recording."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rebuild.lived_site import Lived, over
from specimen_events import PERSON, beginning, ident, story
from sqlalchemy import select

from archive.actors import Actor
from archive.columns import table
from archive.errors import NotFound, Refused
from archive.labelling import put_labels
from archive.tables import Label

ZHANG, LABEL = Actor(PERSON), table(Label)
FIRST, SECOND, ABSENT = ident("rec", 1), ident("rec", 2), ident("rec", 9)


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with over(tmp_path) as made:
        made.append([*beginning(), *story(1, "accessioned"), *story(2, "accessioned")])
        yield made


def by_people(lived: Lived) -> list[tuple[str, str, str]]:
    rows = lived.db.read(lambda c: c.execute(
        select(LABEL).where(LABEL.c.source == "person").order_by(LABEL.c.leaf)).all())
    return [(row.recording, row.matter, row.file_name) for row in rows]


def test_one_recording_is_labelled_though_another_is_not_or_loses_what_was_said_before(lived: Lived) -> None:
    with pytest.raises(NotFound):
        put_labels(lived.site, ZHANG, [FIRST, ABSENT], {"matter": "日常检查"})
    with pytest.raises(Refused):
        put_labels(lived.site, ZHANG, [FIRST, SECOND], {"matter": "查" * 201})
    assert by_people(lived) == []
    put_labels(lived.site, ZHANG, [FIRST, SECOND], {"matter": "日常检查"})
    assert by_people(lived) == [(FIRST, "日常检查", "1.mp4"), (SECOND, "日常检查", "2.mp4")]
