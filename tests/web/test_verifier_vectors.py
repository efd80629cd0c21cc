"""The browser decides every vector, and odd spellings of keys, notes, policies and receipts, as the command does."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from proof import test_ed25519 as edge
from proof import test_vectors as golden

from api.web import verifier_page
from archive.proof.ed25519 import P
from archive.proof.errors import VerificationError
from archive.proof.keys import ED25519, VerificationKey
from archive.proof.note import open_note, sign_note
from archive.proof.report import Report
from archive.proof.signing import SigningKey

FOLDER = golden.FOLDER
# What only the command reads.
UNREAD = {"bundle", "fork", "tlogproof"}
RECEIPTS = {"receipt", "trusted", "claimed"}
Found = dict[str, Any]


@pytest.fixture(scope="module")
def inside(browser: Browser, libraries: None) -> Iterator[Page]:
    """A page that holds the verifier's modules, bundled as in the one file, and nothing else."""
    page = browser.new_context().new_page()
    page.add_script_tag(
        content=verifier_page.bundle(
            "verifier_vectors.js", (Path(__file__).parent, verifier_page.SOURCES, verifier_page.STATIC)
        ),
        type="module",
    )
    page.wait_for_function("globalThis.readAll !== undefined")
    yield page
    page.context.close()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def in_browser(page: Page, files: Sequence[tuple[str, bytes]], key: str = golden.KEY.text()) -> list[Found]:
    """What it makes of each (kind, contents): ``{"says": …}`` or ``{"fault": code}``."""
    given = {
        "key": key, "lines": (FOLDER / "good" / "policy_lines.txt").read_text("utf-8"),
        "message": (FOLDER / "good" / "cosigned_seven.txt").read_text("utf-8"),
        "recording": encoded((FOLDER / "recording.bin").read_bytes()),
    }
    listed = [[kind, encoded(data)] for kind, data in files]
    found: list[Found] = page.evaluate("given => readAll(given)", {"given": given, "files": listed})
    return found


def vectors(folder: str) -> list[str]:
    return [name for name in sorted(golden.EXPECTED[folder]) if kind_of(name) not in UNREAD]


def kind_of(name: str) -> str:
    return name.partition("_")[0]


def vector(page: Page, folder: str, name: str) -> Found:
    return in_browser(page, [(kind_of(name), (FOLDER / folder / name).read_bytes())])[0]


def test_a_kind_of_vector_is_never_shown_to_the_browser() -> None:
    kinds = {kind_of(name) for folder in ("good", "bad") for name in golden.EXPECTED[folder]}
    assert kinds == golden.READERS.keys()
    assert {kind_of(name) for name in vectors("bad")} == kinds - UNREAD


@pytest.mark.parametrize("name", [name for name in vectors("good") if kind_of(name) not in RECEIPTS])
def test_a_good_vector_is_refused_or_says_something_else(inside: Page, name: str) -> None:
    expected = golden.EXPECTED["good"][name]
    if kind_of(name) == "timestamp":
        expected = expected[1].replace("+00:00", "Z")
    assert vector(inside, "good", name) == {"says": expected}


@pytest.mark.parametrize("name", [name for name in vectors("bad") if kind_of(name) not in RECEIPTS])
def test_a_bad_vector_is_accepted(inside: Page, name: str) -> None:
    assert vector(inside, "bad", name).keys() == {"fault"}


@pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder in ("good", "bad") for name in vectors(folder)
                         if kind_of(name) in RECEIPTS])
def test_a_receipt_is_decided_otherwise_than_by_the_command(inside: Page, folder: str, name: str) -> None:
    data = (FOLDER / folder / name).read_bytes()
    trusts = {"receipt": golden.Trust.of_log(golden.KEY), "trusted": golden.Trust(golden.lines()), "claimed": None}
    report = golden.verify_receipt(data, trusts[kind_of(name)], FOLDER / "recording.bin")
    found = vector(inside, folder, name)["says"]
    assert [(step, outcome) for step, outcome in found["steps"]] == steps_of(report)
    assert found["verdict"] == report.verdict
    if report.verdict != "refused":
        assert (found["grade"], found["lines"]) == (report.grade, list(report.lines))
        return
    for language, said in zip(("zh", "en"), report.not_proven[0], strict=True):
        assert [verifier_page.words()[language][code] for code, _ in found["notProven"]] == [said]


def steps_of(report: Report) -> list[tuple[str, str]]:
    said = {"not checked": "unchecked"}
    return [(step.name, said.get(step.outcome, step.outcome)) for step in report.steps]


def test_a_key_under_which_anyone_can_sign_is_taken(inside: Page) -> None:
    weak = [y | sign << 255 for y in (*edge.SMALL, *range(P, 2**255)) for sign in (0, 1)]
    publics = [y.to_bytes(32, "little") for y in weak]
    for kind in (1, 4):
        found = in_browser(inside, [("vkey", spelt("a", bytes([kind]) + public).encode()) for public in publics])
        assert found == [{"fault": "key_weak"}] * len(publics)
    off = edge.OFF_THE_CURVE.to_bytes(32, "little")
    good = VerificationKey("a", ED25519, off)  # bytes that are no point are a key under which nothing verifies
    assert in_browser(inside, [("vkey", good.text().encode())]) == [{"says": good.hex_id}]


def spelt(name: str, typed: bytes) -> str:
    """A key's text whatever its name and bytes are."""
    digest = sha256(name.encode() + b"\n" + typed).hexdigest()
    return f"{name}+{digest[:8]}+{encoded(typed)}"


def accepted(read: Callable[[bytes], object], data: bytes) -> bool:
    try:
        read(data)
    except (VerificationError, ValueError):
        return False
    return True


def require_same(
    page: Page, kind: str, cases: Sequence[bytes], read: Callable[[bytes], object], key: str = golden.KEY.text()
) -> None:
    """The browser takes exactly those that the command's reader takes, some of them at least."""
    expected = [accepted(read, data) for data in cases]
    assert {True, False} == set(expected)
    found = in_browser(page, [(kind, data) for data in cases], key)
    differing = [(data, one) for data, one, ours in zip(cases, found, expected, strict=True) if ("says" in one) != ours]
    assert differing == []


# Where JavaScript's, Python's and Go's ideas of white space, printable characters and length part.
CHARACTERS = "\x7f\x85\xa0\xad\u1680\u180e\u200b\u2028\u202f\u2060\u3000\ufeff\ufffe\ue000+ \t\r\x1c\u0301档"
LONG = [one * count for one in "a档😀" for count in (128, 255, 256)]
NAMES = ["a", *(f"a{one}b" for one in CHARACTERS), "\ufeffa", "a\xa0", *LONG]


def test_a_key_is_spelt_otherwise(inside: Page) -> None:
    typed = bytes([ED25519]) + edge.BASE
    texts = [spelt(name, typed) for name in NAMES]
    plain = spelt("a", typed)
    texts += [f"{one}{plain}" for one in CHARACTERS] + [f"{plain}{one}" for one in (*CHARACTERS, "\n", "=")]
    texts += [plain.replace("=", ""), plain.upper(), "", "+", "a++"]
    texts += [spelt("a", bytes([kind]) + edge.BASE) for kind in (0, 2, 4, 5, 255)] + [spelt("a", typed + b"\0")]
    require_same(inside, "vkey", [text.encode() for text in texts], golden.READERS["vkey"])


def test_a_note_with_a_strange_line_is_taken_by_one_alone(inside: Page) -> None:
    signer = SigningKey.generate("log.example/a1")
    note = sign_note("log.example/a1\n7\n", [signer]).decode()
    lines = [f"— {name} {encoded(bytes(20))}\n" for name in NAMES]
    lines += [f"— a {encoded(bytes(size))}\n" for size in (0, 4, 5)]
    lines += ["— a AAAAAAB=\n", "— a  AAAAAAA=\n", "\n", "—\n"]
    cases = [(note + line).encode() for line in lines]
    cases += [b"\xef\xbb\xbf" + note.encode(), note.encode() + b"\xff", note.encode()[:-1], note.encode() + b"\n"]
    require_same(inside, "note", cases, lambda data: open_note(data, [signer.key]), signer.key.text())


def test_a_policy_is_spelt_otherwise(inside: Page) -> None:
    start, end = f"log {golden.KEY.text()}", "quorum none"
    court = spelt("c", bytes([4]) + edge.BASE)
    lines = [f"witness {name} {court}" for name in NAMES]
    lines += [f"witness a {court} https://a{one}b" for one in CHARACTERS]
    lines += ["#\xff\u2028", " \t", "\ufeff", "quorum none", "x"]
    texts = [f"{start}\n{line}\n{end}\n" for line in lines]
    texts += [f"{start}\n{end}", f"{start}\n{end}\n\n", f"{end}\n", "", f"\xa0{start}\n{end}", f"{start}\xa0\n{end}"]
    bare = len(f"{start}\n#\n{end}")
    texts += [f"{start}\n#{'x' * (65536 - bare + more)}\n{end}{last}" for more in (-2, -1, 0) for last in ("", "\n")]
    require_same(inside, "policy", [text.encode() for text in texts], golden.READERS["policy"])


def test_a_receipt_is_read_in_two_ways(inside: Page) -> None:
    """Two readings of one file, as with a name that stands twice, would be two receipts."""
    good = (FOLDER / "good" / "receipt_accessioned.json").read_bytes()
    trust = golden.Trust.of_log(golden.KEY)
    index = b'"index":%d' % json.loads(good)["index"]
    nested = b"[" * 40 + b"]" * 40
    cases = [good, good.replace(b'"v":1', b'"v":1,"v":1'), good.replace(b'"v":1', b'"v":2,"\\u0076":1')]
    cases += [good.replace(index, index + more) for more in (b".0", b"e0", b"E+0", b"1" * 20)]
    cases += [good.replace(b'"v":1', b'"v":' + other) for other in (b"true", b"null", b'"1"', b"NaN", b"01", nested)]
    cases += [b"\xef\xbb\xbf" + good, good + b" \n\t\r", good + b"\0", good + b"{}", good.replace(b'"v":1', b'"v" : 1')]
    cases += [good.replace(b'"grade":"', b'"grade":"\\ud800'), good.replace(b'"salt":"', b'"salt":"00', 1)]
    found = [one["says"]["steps"] for one in in_browser(inside, [("receipt", data) for data in cases])]
    reports = [golden.verify_receipt(data, trust, FOLDER / "recording.bin") for data in cases]
    assert {report.verdict for report in reports} == {"proven", "refused"}
    for data, ours, report in zip(cases, found, reports, strict=True):
        assert [(name, outcome) for name, outcome in ours] == steps_of(report), data[:400]
