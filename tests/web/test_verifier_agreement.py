"""The verifier's JavaScript and the command's Python read policies, files and time-stamps alike, case by case."""

import base64
import itertools
import json
import random
from collections.abc import Callable, Iterator
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from anchoring.authorities import query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from proof.test_ed25519 import BASE, RFC_8032, SMALL, forged
from proof.test_policy import Sketch, sketches, write
from proof.test_timestamp import FAULTS, MESSAGE, info, response_of

from api import test_authority
from api.web import verifier_page
from archive.proof import ed25519, merkle
from archive.proof.canonical import CanonicalError, encode, read
from archive.proof.ed25519 import L, P
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.policy import Policy
from archive.proof.timestamp import TimeStamp

PROBE = verifier_page.bundle("verifier_probe.js", (Path(__file__).parent, verifier_page.SOURCES, verifier_page.STATIC))
MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def probe(browser: Browser) -> Iterator[Page]:
    """A blank page that answers for the verifier's own modules."""
    page = browser.new_page()
    page.add_script_tag(content=PROBE, type="module")
    page.wait_for_function("globalThis.probe !== undefined")
    yield page
    page.close()


def in_javascript(probe: Page, text: str, subsets: list[list[str]]) -> object:
    return probe.evaluate("([text, subsets]) => probe.policy(text, subsets)", [text, subsets])


def in_python(text: str, subsets: list[list[str]]) -> list[list[object]]:
    policy = Policy.parse(text)
    signers = [[policy.witnesses[name].key for name in names] for names in subsets]
    return [[policy.is_met(keys), list(policy.lines(keys))] for keys in signers]


def subsets_of(text: str) -> list[list[str]]:
    names = list(Policy.parse(text).witnesses)
    return [list(some) for count in range(len(names) + 1) for some in itertools.combinations(names, count)]


@MANY
@given(sketch=sketches())
def test_a_policy_has_another_quorum_or_other_lines(probe: Page, sketch: Sketch) -> None:
    text = write(sketch, "\t ")
    subsets = subsets_of(text)
    assert in_javascript(probe, text, subsets) == in_python(text, subsets)


@MANY
@given(sketch=sketches(), seed=st.integers(0, 2**32))
def test_a_damaged_policy_is_read_by_one_and_refused_by_the_other(probe: Page, sketch: Sketch, seed: int) -> None:
    text = damaged(write(sketch), random.Random(seed))
    try:
        subsets = subsets_of(text)
    except ValueError:
        assert str(in_javascript(probe, text, [])).startswith("policy_")
    else:
        assert in_javascript(probe, text, subsets) == in_python(text, subsets)


def damaged(text: str, chance: random.Random) -> str:
    """One line gone, doubled, moved, or with a word or character changed."""
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    word = chance.choice(["none", "w0", "any", "0", "7", "01", "operator", "", "\x7f", "\x00", "\u2003", "é", "#"])
    words = lines[at].split(" ")
    words[chance.randrange(len(words))] = word
    return "\n".join(chance.choice([
        lines[:at] + lines[at + 1 :], [*lines, lines[at]], [*lines[:at], lines[other], *lines[at:]],
        [*lines[:at], " ".join(words), *lines[at + 1 :]],
    ]))


JSON_FILES = [
    b'{"a":1,"a":1}', b'{"a":{"a":1},"b":[{"a":2}]}', b'{"a":"\\"a\\":1"}', b'{"\\u0061":1,"a":1}', b'{"A":1}',
    b'{"":1}', b'{"a":1.0}', b'{"a":1e2}', b'{"a":-0}', b'{"a":01}', b'{"a":9007199254740992}',
    b'{"a":9007199254740991}', b"null", b'{"a":null}', b'{"a":"null"}', b'{"a":true,"b":false}', b"NaN", b"Infinity",
    b"1 2", b"", b" { } ", b'"\\ud800"', b'"\\ud83d\\ude00"', b"\xef\xbb\xbf{}", b'{"a":"\xff"}',
    b"[" * 32 + b"]" * 32, b"[" * 33 + b"]" * 33, b"[" * 100_000,
]


@pytest.mark.parametrize("file", JSON_FILES, ids=lambda file: file[:20].decode("latin-1"))
def test_a_json_file_means_one_thing_here_and_another_there(probe: Page, file: bytes) -> None:
    said = probe.evaluate("(file) => probe.json(file)", base64.b64encode(file).decode())
    try:
        value = read(file, 1 << 20)
    except CanonicalError:
        assert said == "json"
    else:
        assert encode(json.loads(said)) == encode(value)


@pytest.mark.parametrize("name", ["log.example/a1", "局/1", "a b", "a\u00a0b", "a\u3000", "a\u200b", "a\x7f", "a+b", "",
                                  "x" * 255, "x" * 256, "\U0001f512" * 255, "\U0001f512" * 256, "\U000e0001"])
@pytest.mark.parametrize("kind", [1, 4, 6, 2])
def test_a_key_is_taken_by_one_and_refused_by_the_other(probe: Page, name: str, kind: int) -> None:
    typed = bytes([kind]) + BASE
    identity = sha256(name.encode() + b"\n" + typed).hexdigest()[:8]
    text = f"{name}+{identity}+{base64.b64encode(typed).decode()}"
    said = probe.evaluate("(text) => probe.key(text)", text)
    try:
        VerificationKey.parse(text)
    except ValueError:
        assert said in ("key_form", "key_kind", "base64")
    else:
        assert said == identity


LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(70)]
ROOTS = [merkle.root(LEAVES[:size]) for size in range(71)]


def node(level: int, number: int) -> bytes:
    return merkle.root(LEAVES[number << level : (number + 1) << level])


def holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except VerificationError:
        return False
    return True


@MANY
@given(sizes=st.tuples(st.integers(0, 70), st.integers(0, 70)).map(sorted), change=st.sampled_from([None, *range(9)]))
def test_growth_holds_for_one_and_not_for_the_other(probe: Page, sizes: list[int], change: object) -> None:
    old, new = sizes
    values = [ROOTS[old], ROOTS[new], *merkle.consistency_proof(old, new, node)]
    if isinstance(change, int):
        values[change % len(values)] = bytes(31) + bytes([change])
    roots, proof = [value.hex() for value in values[:2]], [value.hex() for value in values[2:]]
    said = probe.evaluate("(given) => probe.consistency(...given)", [sizes, roots, proof])
    true = holds(lambda: merkle.verify_consistency(old, new, values[2:], values[0], values[1]))
    assert (said == "holds") == true
    assert true or isinstance(change, int)


@MANY
@given(size=st.integers(1, 70), index=st.integers(0, 71), change=st.sampled_from([None, "cut", "longer", *range(9)]))
def test_an_entry_stands_in_the_log_for_one_and_not_for_the_other(
    probe: Page, size: int, index: int, change: object
) -> None:
    values = [LEAVES[min(index, 69)], ROOTS[size], *merkle.inclusion_proof(min(index, size - 1), size, node)]
    if isinstance(change, int):
        values[change % len(values)] = bytes(31) + bytes([change])
    if change == "cut":
        del values[max(2, len(values) - 1) :]
    if change == "longer":
        values.append(bytes(32))
    leaf, root, *proof = [value.hex() for value in values]
    said = probe.evaluate("(given) => probe.inclusion(...given)", [leaf, index, size, proof, root])
    true = holds(lambda: merkle.verify_inclusion(values[0], index, size, values[2:], values[1]))
    assert (said == "holds") == true


def decided(probe: Page, public: bytes, message: bytes, signature: bytes) -> bool:
    """The page's answer, which must also be the command's."""
    parts = [part.hex() for part in (public, message, signature)]
    said = bool(probe.evaluate("(parts) => probe.signature(...parts)", parts))
    assert said == ed25519.verify(public, message, signature)
    assert probe.evaluate("(key) => probe.weak(key)", parts[0]) == ed25519.weak(public)
    return said


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032, ids=["1", "2", "3", "SHA(abc)"])
def test_an_answer_of_the_rfc_is_refused(probe: Page, public: str, message: str, signature: str) -> None:
    assert decided(probe, *map(bytes.fromhex, (public, message, signature)))


@pytest.mark.parametrize("y", [*SMALL, *range(P, P + 19)])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_under_which_anyone_can_sign_is_taken(probe: Page, y: int, sign: int) -> None:
    public = (y | sign << 255).to_bytes(32, "little")
    signature = forged(public, 5) if y in SMALL else (b"", BASE + bytes(32))
    decided(probe, public, *signature)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scalar=st.integers(1, L - 1), torsion=st.integers(0, 7), message=st.binary(max_size=20), times=st.integers(0, 3))
def test_a_crooked_key_makes_signatures_only_one_of_them_takes(
    probe: Page, scalar: int, torsion: int, message: bytes, times: int
) -> None:
    small = ed25519._decode(ed25519._Y_OF_ORDER_8.to_bytes(32, "little"))
    assert small is not None
    public = ed25519._encode(ed25519._sum_of_products(scalar, ed25519._BASE, torsion, small))
    first = ed25519._encode(ed25519._sum_of_products(7, ed25519._BASE, 0, small))
    challenge = int.from_bytes(sha512(first + public + message).digest(), "little") % L
    last = (7 + challenge * scalar) % L + times * L
    expected = challenge * torsion % 8 == 0 and times == 0
    assert decided(probe, public, message, first + last.to_bytes(32, "little")) == expected


def stamped(probe: Page, response: bytes) -> str:
    sent = [base64.b64encode(response).decode(), MESSAGE.decode()]
    return str(probe.evaluate("([response, message]) => probe.stamp(response, message)", sent))


@pytest.fixture(scope="module")
def response(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = test_authority.made(tmp_path_factory.mktemp("authority")).parent
    return test_authority.stamped(folder, query(MESSAGE, folder))


def test_what_openssl_stamps_is_refused_or_has_another_time(probe: Page, response: bytes) -> None:
    assert stamped(probe, response) == TimeStamp.parse(response).gen_time.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert stamped(probe, response_of(info(time=b"20261122110000.25Z"))) == "2026-11-22T11:00:00.25Z"


@pytest.mark.parametrize("name", FAULTS)
def test_a_malformed_stamp_is_read(probe: Page, name: str) -> None:
    assert stamped(probe, FAULTS[name]()).startswith("stamp_")


@MANY
@given(at=st.integers(0, 260), part=st.binary(max_size=3), gone=st.integers(0, 3))
def test_a_changed_stamp_is_read_by_one_and_refused_by_the_other(
    probe: Page, response: bytes, at: int, part: bytes, gone: int
) -> None:
    changed = response[:at] + part + response[at + gone :]
    try:
        stamp = TimeStamp.parse(changed)
        stamp.require_over(MESSAGE)
    except VerificationError:
        assert stamped(probe, changed).startswith("stamp_")
    else:
        assert stamped(probe, changed).startswith(stamp.gen_time.strftime("%Y-%m-%dT%H:%M:%S"))
