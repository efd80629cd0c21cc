"""Custody events and their canonical bytes: what is logged is what was hashed."""

import dataclasses
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.errors import Contradiction, Refused
from archive.events import BY_KIND, Body
from archive.proof import canonical
from archive.proof.digest import Digest
from archive.randomness import random_bytes

Convert = Callable[[Any], Any]
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
    entry: dict[str, Any] = {"at": canonical.format_time(at), "kind": event.body.KIND, **_seal(event)}
    try:
        entry |= {"actor": _TEXT(event.actor), "subject": _TEXT(event.subject), "data": plain(event.body)}
        data = canonical.encode(entry)
    except (ValueError, TypeError, AttributeError) as fault:
        raise Refused("entry.malformed", f"an event of kind {event.body.KIND} cannot be written: {fault}") from fault
    if len(data) > canonical.MAX_ENTRY:
        raise Refused("entry.too_large", f"an entry of {len(data)} bytes is longer than {canonical.MAX_ENTRY}: "
                      "the log has no room for it and nothing was written", size=len(data), limit=canonical.MAX_ENTRY)
    return data


def _seal(event: CustodyEvent) -> dict[str, str]:
    """What makes the leaf hash say nothing by itself: exactly one of the two, or no verifier would read the leaf."""
    if event.commitment is not None and event.nonce is None:
        return {"commitment": str(event.commitment)}
    if event.nonce is None or event.commitment is not None or len(event.nonce) != NONCE_SIZE:
        raise Refused("entry.malformed", "an event has either a commitment or a nonce of 16 bytes")
    return {"nonce": event.nonce.hex()}


def plain(value: Any) -> dict[str, Any]:
    """A body, or a dataclass within one, as JSON values; fields that are None are left out."""
    held = vars(value)
    return {name: out(held[name]) for name, out, _ in _fields(type(value)) if held[name] is not None}


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


def _build(kind: type[Any], data: dict[str, Any]) -> Any:
    absent = [name for name in _required(kind) if name not in data]
    if absent:
        raise KeyError(f"{kind.__name__} without {absent[0]}")
    return kind(**{name: back(data[name]) if name in data else None for name, _, back in _fields(kind)})


_KNOWN: dict[type[Any], tuple[tuple[str, Convert, Convert], ...]] = {}


def _fields(kind: type[Any]) -> tuple[tuple[str, Convert, Convert], ...]:
    """Name and converters of each field, worked out once per class: appends live on this."""
    if (known := _KNOWN.get(kind)) is None:
        hints = typing.get_type_hints(kind)
        known = _KNOWN[kind] = tuple((f.name, *_converters(hints[f.name])) for f in dataclasses.fields(kind))
    return known


def _required(kind: type[Any]) -> tuple[str, ...]:
    hints = typing.get_type_hints(kind)
    return tuple(f.name for f in dataclasses.fields(kind)
                 if typing.get_origin(hints[f.name]) is not types.UnionType)


def _exactly(kind: type[Any]) -> Convert:
    """The value itself when it is of this very type: what goes in with another could never be read again."""

    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{type(value).__name__} where {kind.__name__} belongs")
        return value

    return check


_TEXT = _exactly(str)


def _converters(hint: Any) -> tuple[Convert, Convert]:
    """How a field of this type is written to and read from JSON values."""
    if hint is Digest:
        return str, Digest.parse
    if hint is datetime:
        return canonical.format_time, canonical.parse_time
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return _converters(next(a for a in arguments if a is not type(None)))
    if origin is tuple:
        out, back = _converters(arguments[0])
        in_list = _exactly(list)
        return (lambda values: [out(v) for v in values]), (lambda values: tuple(back(v) for v in in_list(values)))
    if dataclasses.is_dataclass(hint):
        return plain, lambda data: _build(typing.cast(type[Any], hint), data)
    return _exactly(hint), _exactly(hint)
