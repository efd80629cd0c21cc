"""Policies: one reading per text, faults named with their line, quorum and lines as a plain evaluation gives them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proof.known_keys import known_cosigner, known_key

from archive.proof.keys import ED25519, MLDSA44, VerificationKey
from archive.proof.policy import MAX_POLICY, Group, Policy

LOG = known_key("log.example/a1").key
KEYS = [known_cosigner(f"cosigner.example/{number}").key for number in range(6)]
A, B, C, D, E, F = KEYS
WITNESSES = "".join(f"witness w{number} {key.text()}\n" for number, key in enumerate(KEYS))
SPACE = st.sampled_from([" ", "\t", "  ", " \t "])


@dataclass(frozen=True)
class Sketch:
    """A policy as the test drew it: groups are (name, rule, members), in order."""

    logs: int
    groups: tuple[tuple[str, str, tuple[str, ...]], ...]
    quorum: str


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    free = [f"w{number}" for number in range(6)]
    groups: list[tuple[str, str, tuple[str, ...]]] = []
    for number in range(draw(st.integers(0, 4))):
        members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True)) if free else []
        if not members:
            break
        name = draw(st.sampled_from(["g", "operator-", "市局"])) + str(number)
        rule = draw(st.sampled_from(["all", "any", *map(str, range(1, len(members) + 1))]))
        groups.append((name, rule, tuple(members)))
        free = [one for one in free if one not in members] + [name]
    names = ["none", *(f"w{number}" for number in range(6)), *(group[0] for group in groups)]
    return Sketch(draw(st.integers(0, 2)), tuple(groups), draw(st.sampled_from(names)))


def write(sketch: Sketch, space: str = " ", url: str = "https://a.example/x") -> str:
    lines = [["log", known_key(f"log.example/{number}").key.text(), url] for number in range(sketch.logs)]
    lines += [["# a comment: quorum none"], [], ["witness", "w0", A.text(), url]]
    lines += [["witness", f"w{number}", key.text()] for number, key in enumerate(KEYS) if number]
    lines += [["group", name, rule, *members] for name, rule, members in sketch.groups]
    lines += [["quorum", sketch.quorum]]
    return "".join(space.join(["", *line, ""]) + "\n" for line in lines)


def witnessed(sketch: Sketch, name: str, present: set[str]) -> bool:
    """By the definition, with recursion and no sharing of code."""
    for group, rule, members in sketch.groups:
        if group == name:
            yes = [witnessed(sketch, member, present) for member in members]
            return all(yes) if rule == "all" else any(yes) if rule == "any" else yes.count(True) >= int(rule)
    return name in present


@given(sketches(), SPACE)
def test_a_policy_changes_on_its_way_through_text(sketch: Sketch, space: str) -> None:
    policy = Policy.parse(write(sketch, space))
    assert Policy.parse(policy.text) == policy
    assert Policy.parse(policy.text).text == policy.text
    assert policy == Policy.parse(write(sketch).removesuffix("\n"))
    assert (len(policy.logs), policy.quorum) == (sketch.logs, sketch.quorum)
    assert policy.cosigners == tuple(KEYS)
    assert policy.keys == policy.logs + policy.cosigners
    assert policy.witnesses["w0"].url == "https://a.example/x"


@given(sketches(), st.sets(st.integers(0, 5)))
def test_a_quorum_is_met_by_others_than_its_definition_says(sketch: Sketch, present: set[int]) -> None:
    policy = Policy.parse(write(sketch))
    names = {f"w{number}" for number in present}
    signers = [KEYS[number] for number in present] + [LOG]
    assert policy.is_met(signers) == (sketch.quorum == "none" or witnessed(sketch, sketch.quorum, names))


def below(sketch: Sketch, name: str) -> Iterable[str]:
    yield name
    for group, _, members in sketch.groups:
        if group == name:
            for member in members:
                yield from below(sketch, member)


@given(sketches(), st.sets(st.integers(0, 5)))
def test_a_line_counts_twice_or_though_it_is_the_operators(sketch: Sketch, present: set[int]) -> None:
    names = {f"w{number}" for number in present}
    own = {one for group, _, _ in sketch.groups if group.startswith("operator") for one in below(sketch, group)}
    flat = [(name, members) for name, _, members in sketch.groups if all(one.startswith("w") for one in members)]
    alone = {f"w{number}" for number in range(6)} - {one for _, members in flat for one in members}
    expected = {name for name in {name for name, _ in flat} | alone if witnessed(sketch, name, names)} - own
    found = Policy.parse(write(sketch)).lines(KEYS[number] for number in present)
    assert sorted(found) == sorted(expected)


def test_a_line_is_counted_before_its_own_threshold_is_met() -> None:
    policy = Policy.parse(WITNESSES + "group 市局 2 w0 w1 w2\ngroup operator any w3\ngroup 省厅 any w4\n"
                          "group both all 市局 省厅\nquorum both\n")
    assert policy.lines([A, D, E, F]) == ("省厅", "w5")
    assert policy.lines([A, B, C, D]) == ("市局",)
    assert policy.lines([D, LOG]) == ()
    assert not policy.is_met([A, B])
    assert policy.is_met([A, B, E])


def test_a_witness_called_the_operators_is_independent() -> None:
    text = f"witness operator/1 {A.text()}\nwitness b {B.text()}\ngroup operator-all all b\nquorum none\n"
    assert Policy.parse(text).lines([A, B]) == ()


def test_a_signer_of_another_kind_or_name_stands_for_a_witness() -> None:
    policy = Policy.parse(WITNESSES + "quorum w0\n")
    assert not policy.is_met([VerificationKey(A.name, ED25519, A.public), VerificationKey("x", A.kind, A.public)])
    assert not policy.is_met([])


def test_one_log_alone_needs_a_cosigner() -> None:
    policy = Policy.of_log(LOG)
    assert (policy.logs, policy.cosigners, policy.quorum) == ((LOG,), (), "none")
    assert policy.is_met([])
    assert policy.lines([LOG]) == ()
    with pytest.raises(ValueError, match="kind Ed25519"):
        Policy.of_log(A)


HEAD = f"log {LOG.text()}\nwitness a {A.text()}\nwitness b {B.text()}\n"
FAULTS = {
    "": (1, "quorum line"),
    HEAD: (3, "quorum line"),
    HEAD + "quorum a\nquorum a\n": (5, "second quorum"),
    HEAD + "quorum\n": (4, "quorum <name>"),
    HEAD + "quorum a b\n": (4, "quorum <name>"),
    HEAD + "quorum c\n": (4, "'c' stands above"),
    HEAD + "quorum g\ngroup g any a\n": (4, "'g' stands above"),
    HEAD + "group g any g\nquorum a\n": (4, "'g' stands above"),
    HEAD + "group g any none\nquorum a\n": (4, "'none' stands above"),
    HEAD + "group g any\nquorum a\n": (4, "<member>"),
    HEAD + "group g any a a\nquorum a\n": (4, "member of a group already"),
    HEAD + "group g any a\ngroup h any a b\nquorum a\n": (5, "member of a group already"),
    HEAD + "group a any b\nquorum a\n": (4, "a is taken"),
    HEAD + "group none any b\nquorum a\n": (4, "none is taken"),
    HEAD + "group g 3 a b\nquorum a\n": (4, "larger"),
    HEAD + "group g 0 a b\nquorum a\n": (4, "threshold"),
    HEAD + "group g 01 a b\nquorum a\n": (4, "threshold"),
    HEAD + "group g １ a b\nquorum a\n": (4, "threshold"),
    HEAD + "group g 999999 a b\nquorum a\n": (4, "threshold"),
    HEAD + "group g ALL a b\nquorum a\n": (4, "threshold"),
    HEAD + "Quorum a\n": (4, "begins with"),
    HEAD + "quorum a\r\n": (4, "control"),
    HEAD + "# \x7f\nquorum a\n": (4, "control"),
    HEAD + "# \ud800\nquorum a\n": (4, "control"),
    HEAD + "quorum\u00a0a\n": (4, "begins with"),
    HEAD + "quorum a # main\n": (4, "quorum <name>"),
    HEAD + f"witness c {A.text()}\nquorum a\n": (4, "same key"),
    HEAD + f"log {LOG.text()}\nquorum a\n": (4, "same key"),
    HEAD + f"log {VerificationKey('x', ED25519, A.public).text()}\nquorum a\n": (4, "same key"),
    HEAD + f"witness c {VerificationKey('x', A.kind, LOG.public).text()}\nquorum a\n": (4, "same key"),
    HEAD + f"witness a {C.text()}\nquorum a\n": (4, "a is taken"),
    HEAD + f"witness none {C.text()}\nquorum a\n": (4, "none is taken"),
    HEAD + f"witness {'c' * 256} {C.text()}\nquorum a\n": (4, "255"),
    HEAD + f"witness c\u200b {C.text()}\nquorum a\n": (4, "printable"),
    HEAD + f"witness c {C.text()} https://a b\nquorum a\n": (4, "witness <name>"),
    HEAD + f"witness c {C.text()} \u202e\nquorum a\n": (4, "printable"),
    HEAD + f"witness {C.text()}\nquorum a\n": (4, "witness <name>"),
    HEAD + f"witness c {C.text()[:-1]}\nquorum a\n": (4, "base64"),
    HEAD + f"witness c {LOG.text()}\nquorum a\n": (4, "cosignature/v1"),
    HEAD + f"witness c {VerificationKey('m', MLDSA44, bytes(1312)).text()}\nquorum a\n": (4, "cosignature/v1"),
    HEAD + f"log {C.text()}\nquorum a\n": (4, "kind Ed25519"),
    HEAD + "log\nquorum a\n": (4, "log <key>"),
    HEAD + "quorum a\n# " + "x" * MAX_POLICY: (5, "64 KiB"),
}


@pytest.mark.parametrize("text", FAULTS, ids=[fault for _, fault in FAULTS.values()])
def test_a_malformed_policy_is_read_or_its_line_not_named(text: str) -> None:
    number, reason = FAULTS[text]
    with pytest.raises(ValueError, match=f"^line {number}: .*{re.escape(reason)}") as caught:
        Policy.parse(text)
    assert type(caught.value) is ValueError


@given(st.text() | st.lists(st.sampled_from(["log", "witness", "group", "quorum", "a", "none", "1", "\n", "#", A.text(),
                                            LOG.text(), "all", " ", "\t", "\x00"])).map(" ".join))
def test_a_strange_text_raises_something_else(text: str) -> None:
    reason = ""
    try:
        policy = Policy.parse(text)
    except ValueError as error:
        reason = str(error)
    assert re.match("line [0-9]+: ", reason) if reason else Policy.parse(policy.text) == policy


def test_a_large_group_changes_its_threshold_on_its_way_through_text() -> None:
    members = tuple(str(number) for number in range(1000))
    assert (Group("g", 1000, members).rule, Group("g", 1, members).rule, Group("g", 999, members).rule) == (
        "all", "1", "999")


def test_the_limit_is_off_by_one_or_a_long_chain_of_groups_is_too_deep() -> None:
    chain = "".join(f"group {n + 1} 1 {n}\n" for n in range(3000))
    text = f"witness 0 {A.text()}\n{chain}quorum 3000\n"
    text += "#" * (MAX_POLICY - len(text) - 1)
    policy = Policy.parse(text)
    assert policy.is_met([A])
    assert policy.lines([A]) == ("1",)
    assert Policy.parse(policy.text) == policy
    with pytest.raises(ValueError, match="64 KiB"):
        Policy.parse(text + "#")
