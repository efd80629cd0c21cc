"""The words of the pages: English in the sources, Chinese from a gettext catalogue read at start."""

from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po

CHINESE = Path(__file__).parent / "strings" / "zh_Hans_CN.po"


def marked(text: str) -> str:
    """The text itself: marks it for extraction where it is translated only when shown."""
    return text


class Catalogue:
    """Translations by English text. A text without an entry stays English; a test refuses that."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = entries

    def gettext(self, text: str) -> str:
        """The text in this language."""
        return self._entries.get(text, text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The text for ``count`` things; Chinese has one form for every number."""
        return self._entries.get(one) or (one if count == 1 else many)


def english() -> Catalogue:
    """The sources' own words."""
    return Catalogue({})


def chinese(path: Path = CHINESE) -> Catalogue:
    """The Simplified Chinese words; fuzzy and obsolete entries are not used."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN", abort_invalid=True)
    entries: dict[str, str] = {}
    for message in catalogue:
        text = _first(message.string)
        if message.id and text and not message.fuzzy:
            entries[_first(message.id)] = text
    return Catalogue(entries)


def _first(forms: str | tuple[str, ...] | list[str] | None) -> str:
    """The singular of a message, or its only form; Chinese has one."""
    if forms is None:
        return ""
    return forms if isinstance(forms, str) else forms[0]
