"""Custody events and their canonical bytes: what is logged is what was hashed."""

import dataclasses
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from archive.errors import Contradiction, Refused
from archive.events import BY_KIND, Body
from archive.proof import canonical
from archive.proof.digest import Digest
from archive.randomness import random_bytes

Read = Callable[[Any], Any]
Spell = Callable[[Any], str]
_text = canonical.spell_text
NONCE_SIZE = 16


@dataclass(frozen=True)
class CustodyEvent:
    """One act: who, on what, which body, and either a commitment to particulars or a 16-byte nonce.

    The nonce keeps an entry without particulars from being guessed from its leaf hash.
    """

    actor: str
    subject: str
    body: Body
    commitment: Digest | None = None
    nonce: bytes | None = None

    @classmethod
    def plain(cls, actor: str, subject: str, body: Body) -> "CustodyEvent":
        """An event without particulars, with a fresh nonce."""
        return cls(actor, subject, body, nonce=random_bytes(NONCE_SIZE))

    @classmethod
    def committed(cls, actor: str, subject: str, body: Body, commitment: Digest) -> "CustodyEvent":
        """An event whose particulars are committed to by ``commitment``."""
        return cls(actor, subject, body, commitment=commitment)


def encode(event: CustodyEvent, at: datetime) -> bytes:
    """Canonical bytes of the leaf (RFC 8785 restricted, ARCHITECTURE "Canonical bytes"); ≤ 65,535 bytes.

    ``Refused entry.too_large`` beyond that, before anything is appended; ``Refused entry.malformed`` for values no
    entry may hold, and unless there is either a commitment or a nonce of 16 bytes.
    """
    when, (commitment, nonce) = canonical.format_time(at), _seal(event)
    try:
        # The members in canonical order, put together as text: every append passes here.
        data = (f'{{"actor":{_text(event.actor)},"at":"{when}"{commitment},"data":{spelled(event.body)},'
                f'"kind":{_text(event.body.KIND)}{nonce},"subject":{_text(event.subject)}}}').encode()
    except (ValueError, TypeError, AttributeError) as fault:
        raise Refused("entry.malformed", f"an event of kind {event.body.KIND} cannot be written: {fault}") from fault
    if len(data) > canonical.MAX_ENTRY:
        raise Refused("entry.too_large", f"an entry of {len(data)} bytes is longer than {canonical.MAX_ENTRY}: "
                      "the log has no room for it and nothing was written", size=len(data), limit=canonical.MAX_ENTRY)
    return data


def _seal(event: CustodyEvent) -> tuple[str, str]:
    """What makes the leaf hash say nothing by itself: exactly one of the two, or no verifier would read the leaf."""
    if event.commitment is not None and event.nonce is None:
        return f',"commitment":"{event.commitment}"', ""
    if event.nonce is None or event.commitment is not None or len(event.nonce) != NONCE_SIZE:
        raise Refused("entry.malformed", "an event has either a commitment or a nonce of 16 bytes")
    return "", f',"nonce":"{event.nonce.hex()}"'


def spelled(value: Any) -> str:
    """Canonical JSON text of a body, or of a dataclass within one; fields that are None are left out.

    ``ValueError`` or ``TypeError`` for a value its field may not hold.
    """
    held = vars(value)
    return "{" + ",".join([member + spell(held[name]) for name, member, spell in _members(value.__class__)
                           if held[name] is not None]) + "}"


def decode(entry: bytes) -> tuple[datetime, CustodyEvent]:
    """The time and event a stored entry holds; ``Contradiction log.entry_malformed`` for anything we never wrote."""
    try:
        held: Any = canonical.decode(entry)
        kind = BY_KIND[held["kind"]]
        body = _build(kind, held["data"])
        event = CustodyEvent(
            held["actor"], held["subject"], body,
            commitment=Digest.parse(held["commitment"]) if "commitment" in held else None,
            nonce=bytes.fromhex(held["nonce"]) if "nonce" in held else None,
        )
        at = canonical.parse_time(held["at"])
        if encode(event, at) != entry:
            raise ValueError("it holds members its kind does not have")
    except (KeyError, TypeError, ValueError, AttributeError, Refused) as fault:
        raise Contradiction("log.entry_malformed", f"a stored entry is not one this release writes: {fault}") from fault
    return at, event


def _build(kind: Any, data: dict[str, Any]) -> Any:
    fields = _fields(kind)
    absent = [name for name, (_, optional) in fields.items() if not optional and name not in data]
    if absent:
        raise KeyError(f"{kind.__name__} without {absent[0]}")
    return kind(**{name: _reader(hint)(data[name]) if name in data else None for name, (hint, _) in fields.items()})


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Type of each field and whether it may be absent, worked out once per class."""
    hints = typing.get_type_hints(kind)
    fields = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        optional = typing.get_origin(hint) is types.UnionType
        fields[field.name] = (
            next(a for a in typing.get_args(hint) if a is not type(None)) if optional else hint, optional)
    return fields


@cache
def _members(kind: Any) -> tuple[tuple[str, str, Spell], ...]:
    """Name, quoted name with colon, and how the value is spelled, in canonical order."""
    return tuple((name, f'"{name}":', _speller(hint)) for name, (hint, _) in sorted(_fields(kind).items()))


def _speller(hint: Any) -> Spell:
    if typing.get_origin(hint) is tuple:
        spell = _speller(typing.get_args(hint)[0])
        return lambda values: "[" + ",".join([spell(value) for value in values]) + "]"
    return spelled if dataclasses.is_dataclass(hint) and hint is not Digest else _SPELLERS[hint]


@cache
def _reader(hint: Any) -> Read:
    """How a field of this type is read from a JSON value."""
    if typing.get_origin(hint) is tuple:
        back, in_list = _reader(typing.get_args(hint)[0]), _exactly(list)
        return lambda values: tuple(back(value) for value in in_list(values))
    if hint is Digest:
        return Digest.parse
    if hint is datetime:
        return canonical.parse_time
    if dataclasses.is_dataclass(hint):
        return lambda data: _build(typing.cast(type[Any], hint), data)
    return _exactly(hint)


def _exactly(kind: type[Any]) -> Read:
    """The value itself when it is of this very type: what goes in with another could never be read again."""

    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{type(value).__name__} where {kind.__name__} belongs")
        return value

    return check


def _spell_bool(value: bool) -> str:
    return "true" if _IS_BOOL(value) else "false"


def _spell_digest(value: Digest) -> str:
    return f'"{_IS_DIGEST(value)}"'


def _spell_time(value: datetime) -> str:
    return f'"{canonical.format_time(value)}"'


_IS_BOOL, _IS_DIGEST = _exactly(bool), _exactly(Digest)
_SPELLERS: dict[Any, Spell] = {
    str: _text, int: canonical.spell_integer, bool: _spell_bool, Digest: _spell_digest, datetime: _spell_time,
}
