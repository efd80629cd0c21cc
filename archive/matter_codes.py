"""A matter as the text of a QR code that is shown to a recorder's camera at the start of a take."""

import unicodedata

from archive.errors import Refused

PREFIX = "liuhen:matter:"
LONGEST = 100
"""Characters of a matter in a code: more would need a code too fine for a camera."""


def matter_code(untrusted_matter: str) -> str:
    """The code's text for a matter, in Unicode's form NFC without space around it. ``Refused matter.text`` unless it
    has 1 to 100 characters, none of them a control character."""
    matter = unicodedata.normalize("NFC", untrusted_matter).strip()
    if not _is_plain(matter):
        raise Refused("matter.text", f"a matter for a code has 1 to {LONGEST} characters, none a control character")
    return PREFIX + matter


def matter_of(untrusted_text: str) -> str | None:
    """The matter a code says; None when it is no code of ours, or not written exactly as ``matter_code`` does.

    Limit: anybody can make such a code; what it says is a proposal and nothing else.
    """
    if not untrusted_text.startswith(PREFIX):
        return None
    matter = untrusted_text.removeprefix(PREFIX)
    as_written = _is_plain(matter) and matter == unicodedata.normalize("NFC", matter).strip()
    return matter if as_written else None


def _is_plain(text: str) -> bool:
    """Categories C* hold control, formatting and unpaired surrogate characters."""
    return 0 < len(text) <= LONGEST and not any(
        unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in text)
