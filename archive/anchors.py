"""Anchors as they lie in the store: a checkpoint, the time-stamps over it and the store's time, one object per size.

``log/<log id>/anchor/<size>``; further stamps over a whole earlier object stand in ``<size>.1``, ``<size>.2`` …
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from archive.columns import table
from archive.db import Database
from archive.errors import Contradiction, NotFound
from archive.log_store import log_prefix, oldest, oldest_of, whole
from archive.log_tables import Anchor
from archive.outside_ports import TimeAuthority
from archive.ports import ObjectStore, ObjectVersion
from archive.proof import canonical
from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.digest import Digest
from archive.proof.errors import VerificationError
from archive.proof.timestamp import TimeStamp

ANCHOR = table(Anchor)
MAX_OBJECT = 1 << 20
_NAME = re.compile(r"([1-9][0-9]{0,18})(?:\.([1-9][0-9]{0,5}))?").fullmatch

Stamps = tuple[tuple[str, bytes], ...]
"""(authority's name, whole TimeStampResp) pairs."""
StampCheck = Callable[[str, bytes, bytes], datetime]
"""(authority, response, message) → genTime; raises where the stamp does not hold."""


@dataclass(frozen=True)
class AnchorName:
    """An anchor object: number 0 is the anchor itself, 1… are stamps over the one before. ``version`` the oldest."""

    size: int
    number: int
    version: ObjectVersion


@dataclass(frozen=True)
class AnchorObject:
    """An anchor's content, of the right form only: open ``checkpoint`` (a signed note) with the log's key, and check
    ``stamps``, whose imprint is SHA-256 of ``checkpoint``, with the authorities' certificates.

    ``at`` is our clock and ``store_date`` the store's when it was made: claims both.
    """

    size: int
    checkpoint: bytes
    stamps: Stamps
    store_date: datetime
    at: datetime

    def encode(self) -> bytes:
        """Canonical JSON: v, checkpoint, stamps, store_date, at."""
        return canonical.encode({"v": 1, "checkpoint": self.checkpoint.decode("utf-8"), **_ends(self)})

    @classmethod
    def parse(cls, untrusted_data: bytes, log_id: str, size: int) -> "AnchorObject":
        """``Contradiction anchor.malformed`` unless it is an anchor of this log at this size."""
        held = _members(untrusted_data, {"v", "checkpoint", "stamps", "store_date", "at"})
        text = _text(held["checkpoint"])
        origin, _, rest = text.partition("\n")
        if origin.rsplit("/", 1)[-1] != log_id or rest.partition("\n")[0] != str(size):
            raise _malformed("it holds a checkpoint of another log or size")
        return cls(size, text.encode("utf-8"), *_parsed_ends(held))


@dataclass(frozen=True)
class FurtherStamps:
    """Stamps over the whole earlier object ``over`` (such as ``1234`` or ``1234.1``), whose digest is named: what they
    cover reaches down to the checkpoint (the idea of RFC 4998)."""

    over: str
    digest: Digest
    stamps: Stamps
    store_date: datetime
    at: datetime

    def encode(self) -> bytes:
        """Canonical JSON: v, over, digest, stamps, store_date, at."""
        return canonical.encode({"v": 1, "over": self.over, "digest": str(self.digest), **_ends(self)})

    @classmethod
    def parse(cls, untrusted_data: bytes, over: str, beneath: bytes) -> "FurtherStamps":
        """``Contradiction anchor.malformed`` unless it stands over exactly the object ``over`` with these bytes."""
        held = _members(untrusted_data, {"v", "over", "digest", "stamps", "store_date", "at"})
        digest = Digest("sha256", sha256(beneath).digest())
        if held["over"] != over or held["digest"] != str(digest):
            raise _malformed("it stands over other bytes than the object before it")
        return cls(over, digest, *_parsed_ends(held))


def anchor_key(log_id: str, size: int, number: int = 0) -> str:
    """The object key of an anchor, or of its ``number``-th further stamps."""
    return f"{_prefix(log_id)}{_short(size, number)}"


def anchors(store: ObjectStore, log_id: str) -> list[AnchorName]:
    """Every anchor object in the store, by size and number. Delete markers and later versions are not in it, and what
    is no anchor's key is passed over: a listing is all that this is."""
    return _listed(store, log_id, _prefix(log_id))


def read_anchor(store: ObjectStore, log_id: str, size: int, version: ObjectVersion | None = None) -> AnchorObject:
    """The anchor of ``size``, its oldest version unless one is named.

    Form, log and size are checked, and that each stamp is over exactly this checkpoint; the signatures of note and
    stamps are not. ``NotFound anchor.absent``, ``Contradiction anchor.malformed``.
    """
    found = AnchorObject.parse(_read(store, log_id, size, 0, version), log_id, size)
    for _, response in found.stamps:
        gen_time_over(response, found.checkpoint)
    return found


def gen_time_over(untrusted_response: bytes, message: bytes) -> datetime:
    """The genTime a stamp over ``message`` states, its signature unchecked: a claim. ``Contradiction
    anchor.malformed`` for a stamp over other bytes, or none."""
    try:
        stamp = TimeStamp.parse(untrusted_response)
        stamp.require_over(message)
    except VerificationError as fault:
        raise _malformed(f"a time-stamp in it does not hold: {fault.reason}") from fault
    return stamp.gen_time


def check_anchor(store: ObjectStore, log_id: str, size: int, check: StampCheck) -> list[datetime]:
    """Check an anchor with all its further stamps: each over exactly the object before. Answers the genTimes, earliest
    layer first; what ``check`` raises passes through, ``Contradiction anchor.malformed`` for a broken chain.

    Limit: the checkpoint's own signatures are checked with the log's key, not here.
    """
    beneath = _read(store, log_id, size, 0, None)
    found = AnchorObject.parse(beneath, log_id, size)
    times = [check(name, response, found.checkpoint) for name, response in found.stamps]
    numbers = [n.number for n in _listed(store, log_id, anchor_key(log_id, size)) if n.size == size and n.number]
    if numbers != list(range(1, len(numbers) + 1)):
        raise _malformed("one of its further stamps is missing")
    for number in numbers:
        data = _read(store, log_id, size, number, None)
        further = FurtherStamps.parse(data, _short(size, number - 1), beneath)
        times += [check(name, response, beneath) for name, response in further.stamps]
        beneath = data
    return times


def last_layer(store: ObjectStore, log_id: str, size: int) -> tuple[str, int, bytes]:
    """(short name, number, bytes) of the newest object of an anchor: what is stamped when it is stamped again."""
    held = [n for n in _listed(store, log_id, anchor_key(log_id, size)) if n.size == size]
    if not held:
        raise NotFound("anchor.absent", f"there is no anchor at size {size}")
    newest = held[-1]
    return _short(size, newest.number), newest.number, whole(store, newest.version)


def by_authorities(authorities: Mapping[str, TimeAuthority]) -> StampCheck:
    """A check with the certificates the archive has pinned; ``Contradiction time.refused`` for an unknown name."""

    def check(name: str, untrusted_response: bytes, message: bytes) -> datetime:
        if name not in authorities:
            raise Contradiction("time.refused", f"no certificate is pinned for the time-stamp authority {name[:80]!r}")
        return authorities[name].verify(untrusted_response, message)

    return check


@dataclass(frozen=True)
class AnchorRow:
    """What the database knows of one anchor. ``stamped_at``: the earliest genTime, None without a stamp."""

    size: int
    at: datetime
    stamped_at: datetime | None
    version: ObjectVersion


def covering(db: Database, leaf: int) -> AnchorRow | None:
    """The earliest time-stamped anchor whose checkpoint covers this leaf: the leaf was there at ``stamped_at``.
    None while there is none. Its checkpoint and stamps: ``read_anchor`` with its version."""
    query = select(ANCHOR).where(ANCHOR.c.size > leaf, ANCHOR.c.stamped_at.is_not(None)).order_by(ANCHOR.c.size)
    return _first(db, query.limit(1))


def before(db: Database, leaf: int) -> AnchorRow | None:
    """The last time-stamped anchor that does not cover this leaf: what our own clock says of the leaf is bounded by
    its time only as far as the log's order is believed."""
    query = select(ANCHOR).where(ANCHOR.c.size <= leaf, ANCHOR.c.stamped_at.is_not(None))
    return _first(db, query.order_by(ANCHOR.c.size.desc()).limit(1))


def latest(db: Database) -> AnchorRow | None:
    """The newest anchor of all, stamped or not."""
    return _first(db, select(ANCHOR).order_by(ANCHOR.c.size.desc()).limit(1))


def _first(db: Database, query: Any) -> AnchorRow | None:
    row = db.read(lambda c: c.execute(query).first())
    if row is None:
        return None
    return AnchorRow(row.size, row.at, row.stamped_at, ObjectVersion(row.object_key, row.version_id))


def _prefix(log_id: str) -> str:
    return f"{log_prefix(log_id)}anchor/"


def _short(size: int, number: int) -> str:
    return f"{size}.{number}" if number else str(size)


def _listed(store: ObjectStore, log_id: str, prefix: str) -> list[AnchorName]:
    found = []
    for key, version in oldest_of(store.versions(prefix)).items():
        if match := _NAME(key.removeprefix(_prefix(log_id))):
            found.append(AnchorName(int(match[1]), int(match[2] or 0), version))
    return sorted(found, key=lambda name: (name.size, name.number))


def _read(store: ObjectStore, log_id: str, size: int, number: int, version: ObjectVersion | None) -> bytes:
    key = anchor_key(log_id, size, number)
    version = version or oldest(store, key)
    if version is None:
        raise NotFound("anchor.absent", f"there is no anchor at size {size}")
    return whole(store, version)


def _ends(anchor: AnchorObject | FurtherStamps) -> dict[str, canonical.Canonical]:
    return {
        "stamps": [{"authority": name, "response_b64": encode_base64(response)} for name, response in anchor.stamps],
        "store_date": canonical.format_time(anchor.store_date), "at": canonical.format_time(anchor.at)}


def _parsed_ends(held: Mapping[str, canonical.Canonical]) -> tuple[Stamps, datetime, datetime]:
    try:
        return _stamps(held["stamps"]), canonical.parse_time(_text(held["store_date"])), \
            canonical.parse_time(_text(held["at"]))
    except ValueError as fault:
        raise _malformed(str(fault)) from fault


def _stamps(held: canonical.Canonical) -> Stamps:
    if not isinstance(held, list):
        raise ValueError("its stamps are no list")
    found = []
    for one in held:
        if not isinstance(one, dict) or one.keys() != {"authority", "response_b64"}:
            raise ValueError("a stamp names an authority and holds its response")
        found.append((_text(one["authority"]), decode_base64(_text(one["response_b64"]))))
    return tuple(found)


def _members(untrusted_data: bytes, names: set[str]) -> dict[str, canonical.Canonical]:
    try:
        held = canonical.decode(untrusted_data, MAX_OBJECT)
    except canonical.CanonicalError as fault:
        raise _malformed(str(fault)) from fault
    if not isinstance(held, dict) or held.keys() != names or held["v"] != 1 or held["v"] is True:
        raise _malformed("its members are not those of version 1")
    return held


def _text(value: canonical.Canonical) -> str:
    if not isinstance(value, str):
        raise _malformed("a text is missing")
    return value


def _malformed(why: str) -> Contradiction:
    return Contradiction("anchor.malformed", f"an anchor object in the store does not read: {why}")
