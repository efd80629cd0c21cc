"""A matter that was shown is a particular: erased with the recording's others, made again from the log until then."""

from pathlib import Path

from log_site import LOCK
from rebuild.lived_site import ORDER, over
from specimen_events import beginning, ident, story
from sqlalchemy import select

from archive.actors import SYSTEM
from archive.columns import table
from archive.erasure import erase
from archive.matter_tables import ShownMatter
from archive.rebuilding import compare_with_log

SHOWN, MATTER = table(ShownMatter), "某公司日常检查 2"


def test_an_erased_matter_is_still_proposed_or_lies_in_the_database(tmp_path: Path) -> None:
    with over(tmp_path) as lived:
        lived.append([*beginning(), *story(1, "accessioned"), *story(2, "watched", first=1)])
        lived.settle()
        row = select(SHOWN.c.id, SHOWN.c.matter, SHOWN.c.at_us)
        assert lived.db.read(lambda c: c.execute(row).all()) == [(ident("rec", 2), MATTER, 1_000_000)]
        erase(lived.site, ident("rec", 2), ORDER, SYSTEM, key_lock=LOCK)
        assert lived.db.read(lambda c: c.execute(row).all()) == [(ident("rec", 2), None, 1_000_000)]
        assert MATTER.encode() not in lived.path.read_bytes()
        lived.settle()
        found = compare_with_log(lived.sources, lived.path, lived.published(), lambda *_: None)
        assert [one.text() for one in found.differences] == []
