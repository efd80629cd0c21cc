"""The fields of a signed text, read one by one after its signature was checked; what is wrong names its field."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from archive.errors import Refused
from archive.proof import canonical

T = TypeVar("T")
_NONCE = re.compile(r"[0-9a-f]{32}").fullmatch


class FieldFault(Exception):
    """A field that is missing, unknown or not what it should be: which, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"field {name!r} {why}")
        self.name = name


def read_object(text: str, longest: int) -> dict[str, Any]:
    """The object of a verified text: canonical JSON and a newline, of at most ``longest`` bytes; ``ValueError``."""
    held = canonical.decode(text.removesuffix("\n").encode(), limit=longest)
    if not isinstance(held, dict):
        raise ValueError("it is not a JSON object")
    return dict(held)


def field(held: Mapping[str, Any], name: str, parse: Callable[[Any], T]) -> T:
    """One field, None given to ``parse`` where it is absent; ``FieldFault``."""
    try:
        return parse(held.get(name))
    except (ValueError, TypeError, AttributeError, Refused) as fault:
        raise FieldFault(name, str(fault)) from fault


def nonce(value: Any) -> str:
    """128 random bits in hexadecimal; ``ValueError``."""
    if not isinstance(value, str) or not _NONCE(value):
        raise ValueError("must be 32 hexadecimal characters")
    return value
