"""The bytes of every kind of entry are frozen; what is written reads back; what was never written is refused."""

import dataclasses
import types
import typing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen_events import AT, SPECIMENS, derived

from archive import entries
from archive.entries import CustodyEvent
from archive.errors import Contradiction, Refused
from archive.events import BODIES, Body, LogOpened
from archive.proof import canonical
from archive.proof.canonical import MAX_ENTRY, MAX_INTEGER
from archive.proof.digest import Digest
from archive.proof.leaf import Leaf

VECTORS = Path(__file__).parents[1] / "vectors" / "events"
BY_KIND = {event.body.KIND: event for event in SPECIMENS}


def vector(kind: str) -> Path:
    return VECTORS / f"{kind.replace('/', '-')}.json"


def test_a_kind_has_no_frozen_vector_or_a_vector_no_kind() -> None:
    kinds = {body.KIND for body in BODIES}
    assert len(kinds) == len(BODIES)
    assert kinds == set(BY_KIND)
    assert {path.name for path in VECTORS.iterdir()} == {vector(kind).name for kind in kinds}


@pytest.mark.parametrize("kind", BY_KIND)
def test_the_bytes_of_a_released_kind_change(kind: str) -> None:
    frozen = vector(kind).read_bytes()
    assert entries.encode(BY_KIND[kind], AT) == frozen
    assert entries.decode(frozen) == (AT, BY_KIND[kind])


@pytest.mark.parametrize("kind", BY_KIND)
def test_an_outsider_cannot_read_an_entry_we_write(kind: str) -> None:
    leaf = Leaf.parse(vector(kind).read_bytes())
    assert (leaf.kind, leaf.commitment) == (kind, BY_KIND[kind].commitment)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIMES = st.integers(0, 250_000_000_000_000_000).map(  # up to the year 9892
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT, bool: st.booleans(), int: st.integers(-MAX_INTEGER, MAX_INTEGER), datetime: TIMES,
    Digest: st.builds(Digest, st.sampled_from(["sha256", "sm3"]), st.binary(min_size=32, max_size=32)),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if hint in PLAIN:
        return PLAIN[hint]
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is types.UnionType:
        return st.none() | values_of(next(a for a in arguments if a is not type(None)))
    if typing.get_origin(hint) is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    return bodies(hint)


def bodies(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(kind)})


EVENTS = st.one_of([bodies(kind) for kind in BODIES]).flatmap(lambda body: st.one_of(
    st.builds(CustodyEvent, TEXT, TEXT, st.just(body), commitment=PLAIN[Digest]),
    st.builds(CustodyEvent, TEXT, TEXT, st.just(body), nonce=st.binary(min_size=16, max_size=16))))


@settings(max_examples=300)
@given(EVENTS, TIMES)
def test_an_event_reads_back_as_another(event: CustodyEvent, at: datetime) -> None:
    entry = entries.encode(event, at)
    assert entries.decode(entry) == (at, event)
    assert canonical.encode(canonical.decode(entry)) == entry


ALTERED = {
    "no kind": lambda held: held.pop("kind"),
    "an unknown kind": lambda held: held.update(kind="log.closed/1"),
    "a kind of a later version": lambda held: held.update(kind="log.opened/2"),
    "a kind that is no text": lambda held: held.update(kind=["log.opened/1"]),
    "no time": lambda held: held.pop("at"),
    "a time of another spelling": lambda held: held.update(at="2026-11-20T01:02:03Z"),
    "no actor": lambda held: held.pop("actor"),
    "an actor that is a number": lambda held: held.update(actor=1),
    "a subject that is a list": lambda held: held.update(subject=["a"]),
    "a field missing": lambda held: held["data"].pop("release"),
    "a field too many": lambda held: held["data"].update(reason="because"),
    "a field of another type": lambda held: held["data"].update(release=1),
    "data that are text": lambda held: held.update(data="origin log_key release"),
    "data that are a list": lambda held: held.update(data=["origin", "log_key", "release"]),
    "a member too many": lambda held: held.update(note="because"),
    "neither commitment nor nonce": lambda held: held.pop("nonce"),
    "both commitment and nonce": lambda held: held.update(commitment="sha256:" + "00" * 32),
    "a short nonce": lambda held: held.update(nonce="00"),
    "an upper-case nonce": lambda held: held.update(nonce="AB" * 16),
}


@pytest.mark.parametrize("fault", ALTERED)
def test_an_entry_nobody_wrote_is_read(fault: str) -> None:
    held: Any = canonical.decode(vector("log.opened/1").read_bytes())
    ALTERED[fault](held)
    with pytest.raises(Contradiction) as refusal:
        entries.decode(canonical.encode(held))
    assert refusal.value.code == "log.entry_malformed"


@pytest.mark.parametrize("entry", [b"", b"{}", b"[]", b"null", b"\xff", b'{"kind":"log.opened/1"} '])
def test_bytes_that_are_no_entry_are_read(entry: bytes) -> None:
    with pytest.raises(Contradiction, match="not one this release writes"):
        entries.decode(entry)


@pytest.mark.parametrize(("kind", "path", "value"), [
    ("upload.finished/1", ["size"], "5001"), ("upload.finished/1", ["size"], True),
    ("upload.finished/1", ["segments_root"], 7), ("upload.finished/1", ["lock_until"], "tomorrow"),
    ("upload.repeated/1", ["first_intact"], 1), ("upload.opened/1", ["digests"], "ab"),
    ("upload.opened/1", ["digests"], {}), ("upload.opened/1", ["started"], []),
    ("upload.opened/1", ["started", "earliest"], 0), ("recording.accessioned/1", ["streams", 0], "video"),
    ("recording.accessioned/1", ["streams", 0, "width"], "1920"), ("person.added/1", ["roles"], "auditor"),
])
def test_a_field_of_a_wrong_type_is_read(kind: str, path: list[Any], value: Any) -> None:
    held: Any = canonical.decode(vector(kind).read_bytes())
    place = held["data"]
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value or type(place[path[-1]]) is not type(value)
    place[path[-1]] = value
    with pytest.raises(Contradiction):
        entries.decode(canonical.encode(held))


def test_an_optional_field_given_or_absent_is_lost() -> None:
    for kind, name in (("upload.opened/1", "sequence"), ("derivative.made/1", "shift_us")):
        held: Any = canonical.decode(vector(kind).read_bytes())
        assert getattr(entries.decode(canonical.encode(held))[1].body, name) is not None
        del held["data"][name]
        assert getattr(entries.decode(canonical.encode(held))[1].body, name) is None


def event_of_size(size: int) -> CustodyEvent:
    """A derivative's event of exactly ``size`` bytes: a recipe can grow long."""
    bare = dataclasses.replace(derived(1), arguments=("",))
    event = CustodyEvent("system", "der_1", bare, nonce=bytes(16))
    missing = size - len(entries.encode(event, AT))
    return dataclasses.replace(event, body=dataclasses.replace(bare, arguments=("a" * missing,)))


def test_an_entry_that_no_bundle_can_hold_is_written() -> None:
    assert len(entries.encode(event_of_size(MAX_ENTRY), AT)) == MAX_ENTRY
    with pytest.raises(Refused) as refusal:
        entries.encode(event_of_size(MAX_ENTRY + 1), AT)
    assert refusal.value.code == "entry.too_large"
    assert refusal.value.details == {"size": MAX_ENTRY + 1, "limit": MAX_ENTRY}


FINISHED = BY_KIND["upload.finished/1"]


def wrong(body: Any = SPECIMENS[0].body, **fields: Any) -> CustodyEvent:
    return dataclasses.replace(SPECIMENS[0], body=body, **fields)


def wrong_body(**fields: Any) -> CustodyEvent:
    return wrong(dataclasses.replace(FINISHED.body, **fields))


@pytest.mark.parametrize("event", [
    wrong(nonce=None), wrong(nonce=b""), wrong(nonce=bytes(15)), wrong(commitment=Digest("sha256", bytes(32))),
    wrong(actor=1), wrong(subject=None), wrong(actor="\ud800"), wrong_body(store=b"primary"), wrong_body(size=2**53),
    wrong_body(size="5"), wrong_body(size=5.0), wrong_body(lock_until=AT.replace(tzinfo=None)),
    wrong_body(lock_until=1),
], ids=range(13))
def test_an_event_no_reader_would_take_is_written(event: CustodyEvent) -> None:
    with pytest.raises(Refused) as refusal:
        entries.encode(event, AT)
    assert refusal.value.code == "entry.malformed"


def test_two_plain_events_share_a_nonce() -> None:
    body: Body = LogOpened("a", "b", "c")
    made = {CustodyEvent.plain("system", "s", body).nonce for _ in range(1000)}
    assert len(made) == 1000
    assert all(nonce is not None and len(nonce) == 16 for nonce in made)


def test_a_time_outside_utc_is_logged_as_if_it_were_utc() -> None:
    with pytest.raises(ValueError):
        entries.encode(SPECIMENS[0], AT.replace(tzinfo=None))
    assert entries.decode(entries.encode(SPECIMENS[0], AT + timedelta(microseconds=1)))[0] > AT
