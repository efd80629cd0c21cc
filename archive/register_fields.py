"""Fields of register lines, read one by one: text, days, credit codes (GB 32100), id numbers (GB 11643), references."""

import hmac
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256

from archive.errors import Refused
from archive.recorder_ledger import plain_text

BEIJING = timezone(timedelta(hours=8))
MAC_MARK = "hmac:"
_LONGEST = 200
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ID_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_MAC = re.compile(rf"{MAC_MARK}[0-9a-f]{{64}}").fullmatch
Read = Callable[[str, bytes], str]
"""A field's text from outside, not empty, and the key of id numbers, to the text kept; ``Refused register.*``."""


def text(untrusted_text: str, _key: bytes) -> str:
    """Text of up to 200 characters; ``Refused register.text``."""
    try:
        return plain_text(untrusted_text, "a field", _LONGEST)
    except Refused as fault:
        raise Refused("register.text", fault.message) from fault


def reference(untrusted_text: str, key: bytes) -> str:
    """The number of another thing; ``Refused register.text``."""
    return text(untrusted_text, key)


def references(untrusted_text: str, key: bytes) -> str:
    """Numbers of other things with ``;`` or ``；`` between, in one spelling; ``Refused register.text``."""
    parts = [one.strip() for one in untrusted_text.replace("；", ";").split(";") if one.strip()]
    return ";".join(dict.fromkeys(text(one, key) for one in parts))


def day(untrusted_text: str, _key: bytes) -> str:
    """A day as ``2026-12-01``, also written ``2026/12/1`` or ``2026年12月1日``; ``Refused register.day``."""
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", untrusted_text.strip(), re.ASCII)
    try:
        if found is None:
            raise ValueError("no day")
        return date(*map(int, found.groups())).isoformat()
    except ValueError as fault:
        raise Refused("register.day", "a day is written like 2026-12-01") from fault


def day_begins(spelled: str) -> datetime:
    """Midnight in Beijing at the start of a day as ``day`` spells it."""
    return datetime.combine(date.fromisoformat(spelled), datetime.min.time(), BEIJING).astimezone(UTC)


def credit_code(untrusted_text: str, _key: bytes) -> str:
    """统一社会信用代码: 18 characters, the last a check digit; ``Refused register.credit_code``. GB 32100-2015."""
    code = untrusted_text.strip().upper()
    if len(code) != 18 or any(c not in _CREDIT for c in code):
        raise Refused("register.credit_code", "a unified social credit code has 18 digits and capitals, no I O S V Z")
    total = sum(_CREDIT.index(c) * weight for c, weight in zip(code, _CREDIT_WEIGHTS, strict=False))
    if _CREDIT[-total % 31] != code[-1]:
        raise Refused("register.credit_code", "the last character of the credit code does not fit the others")
    return code


def id_number(untrusted_text: str, key: bytes) -> str:
    """公民身份号码 to ``hmac:`` and 64 hexadecimal digits; one given so is kept. ``Refused register.id_number``.

    GB 11643-1999. The number itself goes no further, nor into the error. Limit: there are few numbers (some 10^11 of
    people alive), so whoever has the key finds each by trying.
    """
    given = untrusted_text.strip()
    if _MAC(given.lower()):
        return given.lower()
    number = given.upper()
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        raise Refused("register.id_number", "an id number has 18 digits, the last may be X")
    total = sum(int(c) * weight for c, weight in zip(number, _ID_WEIGHTS, strict=False))
    if "10X98765432"[total % 11] != number[-1]:
        raise Refused("register.id_number", "the last digit of the id number does not fit the others")
    return MAC_MARK + hmac.new(key, b"liuhen/id-number/1\n" + number.encode(), sha256).hexdigest()
