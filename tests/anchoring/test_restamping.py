"""Stamps over stamps: an old stamp stays covered, and a chain with a changed or missing link does not pass."""

import contextlib
import itertools
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import store_fixture
from anchoring.anchor_site import LOCK_FOR, AnchorSite, Between
from anchoring.authorities import openssl_accepts
from anchoring.conftest import Authority
from anchoring.test_anchoring import memory
from hypothesis import given
from hypothesis import strategies as st
from ledger import LOG_ID, ORIGIN, SIGNER
from specimen_events import AT

from archive.adapters.timestamper import check_stamp
from archive.anchors import (
    AnchorObject,
    FurtherStamps,
    Stamps,
    anchor_key,
    anchors,
    by_authorities,
    check_anchor,
    read_anchor,
)
from archive.errors import Contradiction, NotFound, Unavailable
from archive.log_store import whole
from archive.proof.digest import Digest
from archive.proof.note import sign_note

NOTE = sign_note(f"{ORIGIN}\n7\nroot\n", [SIGNER])
STAMPS = st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.binary())).map(tuple)


def test_a_further_stamp_does_not_cover_the_older_one(site: AnchorSite, authority: Authority, tmp_path: Path) -> None:
    site.store = store_fixture.fresh_bucket()
    site.grow(12)
    check = by_authorities({"test": authority.named()})
    anchoring = site.anchoring([authority.named()])
    site.anchored(anchoring, 12)
    versions = [site.covering(0).version, anchoring.restamp(12), anchoring.restamp(12)]
    layers = [whole(site.store, version) for version in versions]
    assert [version.key.rsplit("/", 1)[1] for version in versions] == ["12", "12.1", "12.2"]
    for number, (beneath, data) in enumerate(itertools.pairwise(layers)):
        further = FurtherStamps.parse(data, "12" if number == 0 else f"12.{number}", beneath)
        (_, response), = further.stamps
        assert check_stamp(authority.pem, response, beneath)
        assert openssl_accepts(response, beneath, authority.pem, tmp_path)
    site.grow(123)
    site.anchored(anchoring, 123)
    listed = [(name.size, name.number) for name in anchors(site.store, LOG_ID)]
    assert listed == [(12, 0), (12, 1), (12, 2), (123, 0)]
    times = check_anchor(site.store, LOG_ID, 12, check)
    assert times == sorted(times)
    assert len(times) == 3
    lock_until = site.store.head(versions[2]).lock_until
    assert lock_until is not None
    assert lock_until > site.clock.now() + LOCK_FOR / 2
    assert site.rows() == [12, 123]


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_changed_layer_beneath_a_stamp_passes(site: AnchorSite, authority: Authority, layer: int) -> None:
    site.grow(3)
    anchoring = site.anchoring([authority.named()])
    site.anchored(anchoring, 3)
    versions = [site.covering(0).version, anchoring.restamp(3), anchoring.restamp(3)]
    data = whole(site.store, versions[layer])
    at = b'"at":"2'
    held = memory(site)._held[versions[layer].key]
    held[0] = replace(held[0], data=data.replace(at, b'"at":"1'))
    check = by_authorities({"test": authority.named()})
    if layer < 2:
        with pytest.raises(Contradiction) as refusal:
            check_anchor(site.store, LOG_ID, 3, check)
        assert refusal.value.code == "anchor.malformed"
    else:  # the newest layer's own claim of its time is nothing anybody has stamped yet
        assert len(check_anchor(site.store, LOG_ID, 3, check)) == 3
    held[0] = replace(held[0], data=data)
    assert len(check_anchor(site.store, LOG_ID, 3, check)) == 3
    del memory(site)._held[versions[1].key]
    with pytest.raises(Contradiction, match="missing"):
        check_anchor(site.store, LOG_ID, 3, check)


def test_an_exchanged_stamp_or_an_unknown_authority_passes(site: AnchorSite, authority: Authority) -> None:
    site.grow(3)
    site.anchored(site.anchoring([authority.named()]), 3)
    with pytest.raises(Contradiction, match="no certificate is pinned"):
        check_anchor(site.store, LOG_ID, 3, by_authorities({}))
    version = site.covering(0).version
    held = memory(site)._held[version.key]
    anchor = read_anchor(site.store, LOG_ID, 3)
    other = replace(anchor, stamps=(("test", authority.named().stamp(b"other")),))
    held[0] = replace(held[0], data=other.encode())
    with pytest.raises(Contradiction, match="other bytes"):
        check_anchor(site.store, LOG_ID, 3, by_authorities({"test": authority.named()}))
    with pytest.raises(Contradiction, match="other bytes") as refusal:
        read_anchor(site.store, LOG_ID, 3)
    assert refusal.value.code == "anchor.malformed"
    held[0] = replace(held[0], data=replace(anchor, stamps=(("test", b"nonsense"),)).encode())
    with pytest.raises(Contradiction):
        read_anchor(site.store, LOG_ID, 3)


def test_a_stamp_over_nothing_or_none_at_all_is_put(site: AnchorSite, authority: Authority) -> None:
    line = Between(authority.named())
    site.grow(3)
    anchoring = site.anchoring([line])
    site.anchored(anchoring, 3)
    with pytest.raises(NotFound) as absent:
        anchoring.restamp(30)
    assert absent.value.code == "anchor.absent"
    with pytest.raises(NotFound):
        read_anchor(site.store, LOG_ID, 30)
    line.down = True
    with pytest.raises(Unavailable, match="down on order"):
        anchoring.restamp(3)
    assert [(name.size, name.number) for name in anchors(site.store, LOG_ID)] == [(3, 0)]


@given(STAMPS)
def test_an_anchor_does_not_come_back_as_it_was_written(stamps: Stamps) -> None:
    made = AnchorObject(7, NOTE, stamps, AT, AT)
    data = made.encode()
    assert AnchorObject.parse(data, LOG_ID, 7) == made
    further = FurtherStamps("7", Digest("sha256", sha256(data).digest()), stamps, AT, AT)
    assert FurtherStamps.parse(further.encode(), "7", data) == further


@given(st.binary(max_size=200) | st.tuples(st.integers(0, 900), st.binary(max_size=3)).map(
    lambda cut: (d := AnchorObject(7, NOTE, (("a", b"b"),), AT, AT).encode())[:cut[0]] + cut[1] + d[cut[0] + 1:]))
def test_bytes_that_are_no_anchor_break_the_reader(data: bytes) -> None:
    for read in (lambda: AnchorObject.parse(data, LOG_ID, 7), lambda: FurtherStamps.parse(data, "7", b"")):
        with contextlib.suppress(Contradiction):
            assert read().encode() == data


@pytest.mark.parametrize(("old", "new"), [
    (b'"v":1', b'"v":2'), (b'"v":1', b'"v":true'), (b"\\n7\\n", b"\\n8\\n"), (LOG_ID.encode(), b"f" * 16),
    (b'"authority"', b'"authoritz"'), (b'"response_b64":"Yg=="', b'"response_b64":"Yh=="'), (b"Z\"", b"\""),
    (b'"response_b64":"Yg=="', b'"response_b64":1'), (b'"stamps":[{', b'"stamps":{"a":{'), (b'"v"', b'"w"')])
def test_an_anchor_with_a_fault_is_read(old: bytes, new: bytes) -> None:
    data = AnchorObject(7, NOTE, (("a", b"b"),), AT, AT).encode()
    assert old in data
    with pytest.raises(Contradiction) as refusal:
        AnchorObject.parse(data.replace(old, new), LOG_ID, 7)
    assert refusal.value.code == "anchor.malformed"


def test_an_anchors_key_is_another_than_is_promised() -> None:
    assert anchor_key(LOG_ID, 1234) == f"log/{LOG_ID}/anchor/1234"
    assert anchor_key(LOG_ID, 1234, 2) == f"log/{LOG_ID}/anchor/1234.2"
