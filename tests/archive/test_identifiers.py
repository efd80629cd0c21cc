"""Ids are told apart from anything else; random bytes are never handed out twice; batches read back or not at all."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import identifiers
from archive.batches import MAGIC, BatchLeaf, decode_batch, encode_batch
from archive.errors import Contradiction, Refused
from archive.identifiers import PREFIXES, new_id, parse_id
from archive.randomness import random_bytes

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def test_a_fresh_id_does_not_parse() -> None:
    for prefix in PREFIXES:
        made = new_id(prefix)
        assert parse_id(prefix, made) == made
        assert len(made) == 30
    with pytest.raises(ValueError):
        new_id("xyz")


@given(st.binary(min_size=16, max_size=16))
def test_two_ids_are_spelled_alike(number: bytes) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(identifiers, "random_bytes", lambda count: number)
        text = new_id("rec")[4:]
    assert sum(32 ** place * ALPHABET.index(c) for place, c in enumerate(reversed(text))).to_bytes(16, "big") == number


@pytest.mark.parametrize("text", [
    "", "rec_", "rec_" + "0" * 25, "rec_" + "0" * 27, "upl_" + "0" * 26, "rec_8" + "0" * 25, "REC_" + "0" * 26,
    "rec_" + "0" * 25 + "i", "rec_" + "0" * 25 + "U", "rec_" + "0" * 26 + "\n", " rec_" + "0" * 26, "rec-" + "0" * 26,
    "rec_" + "０" * 26, "../" + "0" * 27, "rec_" + "0" * 25 + "\x00"])
def test_something_else_passes_for_an_id(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_id("rec", text)
    assert refusal.value.code == "id.malformed"
    assert len(text) < 5 or text not in refusal.value.message


@given(st.text())
def test_some_text_crashes_the_parser(text: str) -> None:
    with pytest.raises(Refused):
        parse_id("rec", text)


def test_random_bytes_come_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: random_bytes(16), range(20_000)))
    assert len(set(made)) == 20_000
    assert {len(one) for one in made} == {16}


def test_a_forked_child_continues_the_parents_randomness() -> None:
    random_bytes(16)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"".join(random_bytes(16) for _ in range(50)))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        theirs = pipe.read()
    ours = {random_bytes(16) for _ in range(300)}
    assert len(theirs) == 800
    assert not ours & {theirs[at:at + 16] for at in range(0, 800, 16)}


LEAVES = st.lists(st.builds(BatchLeaf, st.binary(max_size=300), st.from_regex(r"[a-z_0-9]{0,30}", fullmatch=True),
                            st.binary(max_size=300)), max_size=8)


@given(LEAVES, st.integers(0, 2**63 - 1))
def test_a_batch_reads_back_as_another(leaves: list[BatchLeaf], first: int) -> None:
    assert decode_batch(encode_batch("0123456789abcdef", first, leaves)) == ("0123456789abcdef", first, leaves)


BATCH = encode_batch("0123456789abcdef", 7, [BatchLeaf(b"entry", "scope", b"sealed"), BatchLeaf(b"other")])


@pytest.mark.parametrize("cut", range(len(BATCH)))
def test_a_batch_cut_off_reads(cut: int) -> None:
    with pytest.raises(Contradiction) as refusal:
        decode_batch(BATCH[:cut])
    assert refusal.value.code == "log.batch_malformed"


@pytest.mark.parametrize("data", [BATCH + b"\0", BATCH.replace(MAGIC, b"liuhen/staged/2\n"), b"\n\n\n", b"\xff" * 100,
                                  BATCH.replace(b"scope", b"\xff\xff\xff\xff\xff")])
def test_something_else_reads_as_a_batch(data: bytes) -> None:
    with pytest.raises(Contradiction):
        decode_batch(data)
