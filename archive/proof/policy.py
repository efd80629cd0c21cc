"""Trust policies (C2SP tlog-policy): which logs, which cosigners, what quorum, and how many independent lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from archive.proof.keys import COSIGNATURE_V1, ED25519, VerificationKey

MAX_POLICY = 64 * 1024
NO_QUORUM = "none"
OPERATOR = "operator"
_MAX_NAME = 255
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]").search
_ITEMS = re.compile(r"[^ \t]+").findall
_THRESHOLD = re.compile(r"[1-9][0-9]{0,4}").fullmatch


@dataclass(frozen=True)
class Witness:
    """A cosigner as the policy names it; ``url`` is its submission prefix, empty where the policy gives none."""

    name: str
    key: VerificationKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """Has witnessed a checkpoint when at least ``threshold`` of ``members`` (witnesses or groups) have."""

    name: str
    threshold: int
    members: tuple[str, ...]

    @property
    def rule(self) -> str:
        """The threshold as the policy's text writes it: never longer than any other way to write it."""
        return "all" if self.threshold == len(self.members) > 999 else str(self.threshold)


@dataclass(frozen=True)
class Policy:
    """Whom one trusts. ``logs`` and ``log_urls`` stand in the same order; ``groups`` after what they refer to.

    Made by ``parse`` and ``of_log``, which alone check it. Limit: that two lines are independent of each other, and of
    the archive's operator, is what the policy's author says by naming groups; no signature shows it.
    """

    logs: tuple[VerificationKey, ...]
    log_urls: tuple[str, ...]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, untrusted_text: str) -> Policy:
        """From a policy file, at most 64 KiB; ``ValueError``, one sentence that names the line, for any fault.

        Source: C2SP tlog-policy. Stricter than it: names are 1 to 255 printable characters; one public key is not
        both a log's and a cosigner's; ML-DSA-44 cosigners are refused because their signatures are not checked here.
        """
        return _Reader(untrusted_text).policy()

    @classmethod
    def of_log(cls, key: VerificationKey) -> Policy:
        """One log and no cosigner: its verdict is the operator's word only. ``ValueError`` for a cosigner's key."""
        return cls.parse(f"log {key.text()}\nquorum {NO_QUORUM}\n")

    @property
    def text(self) -> str:
        """The policy without comments, one spelling for equal policies in equal order; ``parse`` gives it back."""
        lines = [_join("log", key.text(), url) for key, url in zip(self.logs, self.log_urls)]
        lines += [_join("witness", one.name, one.key.text(), one.url) for one in self.witnesses.values()]
        lines += [_join("group", one.name, one.rule, *one.members) for one in self.groups.values()]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])

    @property
    def cosigners(self) -> tuple[VerificationKey, ...]:
        """The keys of all witnesses, needed for the quorum or not."""
        return tuple(witness.key for witness in self.witnesses.values())

    @property
    def keys(self) -> tuple[VerificationKey, ...]:
        """Every key of the policy, as ``open_note`` wants them."""
        return self.logs + self.cosigners

    def is_met(self, signers: Iterable[VerificationKey]) -> bool:
        """The quorum has cosigned, ``signers`` being the keys whose signatures were verified.

        Always so under ``quorum none``. That a log of the policy has signed is for ``Checkpoint.parse`` to check.
        """
        return self.quorum == NO_QUORUM or self.quorum in self._witnessed(signers)

    def lines(self, signers: Iterable[VerificationKey]) -> tuple[str, ...]:
        """Names of the independent administrative lines that have cosigned; () is the operator's word only.

        A line is a group whose members are all witnesses, and it has cosigned when its own threshold is met; a
        witness in no such group is a line of its own. What is named ``operator…``, and all below such a group, is the
        operator's own line and never counted.
        """
        witnessed = self._witnessed(signers)
        own = self._operators()
        groups = [name for name, group in self.groups.items() if self.witnesses.keys() >= set(group.members)]
        inside = {member for name in groups for member in self.groups[name].members}
        single = [name for name in self.witnesses if name not in inside]
        return tuple(name for name in (*groups, *single) if name in witnessed and name not in own)

    def _witnessed(self, signers: Iterable[VerificationKey]) -> set[str]:
        present = set(signers)
        found = {name for name, witness in self.witnesses.items() if witness.key in present}
        for name, group in self.groups.items():  # members stand before their group: no recursion, any depth
            if sum(member in found for member in group.members) >= group.threshold:
                found.add(name)
        return found

    def _operators(self) -> set[str]:
        found = {name for name in (*self.witnesses, *self.groups) if name.startswith(OPERATOR)}
        for name in reversed(tuple(self.groups)):
            if name in found:
                found.update(self.groups[name].members)
        return found


class _Reader:
    """Reads a policy line by line; every fault is a ``ValueError`` that begins with the line's number."""

    def __init__(self, untrusted_text: str) -> None:
        self._number = 1
        self._logs: dict[VerificationKey, str] = {}
        self._witnesses: dict[str, Witness] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._keys: list[VerificationKey] = []
        self._quorum = ""
        self._lines = untrusted_text.removesuffix("\n").split("\n")
        size = 0
        for number, line in enumerate(self._lines, 1):
            self._number = number
            size += len(line.encode("utf-8", "surrogatepass")) + 1
            if size > MAX_POLICY:
                self._refuse("a policy has at most 64 KiB")

    def policy(self) -> Policy:
        kinds = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._take_quorum}
        for number, line in enumerate(self._lines, 1):
            self._number = number
            if _FORBIDDEN(line):
                self._refuse("a control character")
            items = _ITEMS(line)
            if not items or items[0].startswith("#"):
                continue
            if items[0] not in kinds:
                self._refuse("a line begins with log, witness, group, quorum or #")
            kinds[items[0]](items[1:])
        if not self._quorum:
            self._refuse("the policy ends without a quorum line")
        urls = tuple(self._logs.values())
        return Policy(tuple(self._logs), urls, self._witnesses, self._groups, self._quorum)

    def _log(self, items: list[str]) -> None:
        if not 1 <= len(items) <= 2:
            self._refuse("a log line is written log <key> [<url>]")
        key = self._key(items[0], ED25519, "a log's key is of kind Ed25519")
        self._logs[key] = self._url(items[1:])

    def _witness(self, items: list[str]) -> None:
        if not 2 <= len(items) <= 3:
            self._refuse("a witness line is written witness <name> <key> [<url>]")
        name = self._new_name(items[0])
        other_kind = "a witness's key is of kind cosignature/v1; no other is checked here"
        key = self._key(items[1], COSIGNATURE_V1, other_kind)
        self._witnesses[name] = Witness(name, key, self._url(items[2:]))

    def _group(self, items: list[str]) -> None:
        if len(items) < 3:
            self._refuse("a group line is written group <name> <all|any|number> <member>...")
        name, members = self._new_name(items[0]), tuple(items[2:])
        for member in members:
            self._defined(member)
            if member in self._members:
                self._refuse(f"{member} is a member of a group already")
            self._members.add(member)
        if items[1] not in ("all", "any") and _THRESHOLD(items[1]) is None:
            self._refuse("a threshold is all, any or a number without leading zeros")
        threshold = {"all": len(members), "any": 1}.get(items[1]) or int(items[1])
        if threshold > len(members):
            self._refuse("the threshold is larger than the number of members")
        self._groups[name] = Group(name, threshold, members)

    def _take_quorum(self, items: list[str]) -> None:
        if len(items) != 1:
            self._refuse("a quorum line is written quorum <name>")
        if self._quorum:
            self._refuse("a second quorum line")
        if items[0] != NO_QUORUM:
            self._defined(items[0])
        self._quorum = items[0]

    def _new_name(self, untrusted_name: str) -> str:
        if len(untrusted_name) > _MAX_NAME or not untrusted_name.isprintable():
            self._refuse("a name is 1 to 255 printable characters")
        if untrusted_name == NO_QUORUM or untrusted_name in self._witnesses or untrusted_name in self._groups:
            self._refuse(f"the name {untrusted_name} is taken")
        return untrusted_name

    def _defined(self, untrusted_name: str) -> None:
        if untrusted_name not in self._witnesses and untrusted_name not in self._groups:
            shown = untrusted_name[:_MAX_NAME]
            self._refuse(f"no witness or group {shown!r} stands above")

    def _key(self, untrusted_key: str, kind: int, other_kind: str) -> VerificationKey:
        try:
            key = VerificationKey.parse(untrusted_key)
        except ValueError as error:
            self._refuse(str(error))
        if key.kind != kind:
            self._refuse(other_kind)
        for other in self._keys:
            if other.public == key.public or (other.name, other.id) == (key.name, key.id):
                self._refuse("the same key stands above, or one of the same name and id")
        self._keys.append(key)
        return key

    def _url(self, items: list[str]) -> str:
        if items and not items[0].isprintable():
            self._refuse("an address is printable characters")
        return items[0] if items else ""

    def _refuse(self, reason: str) -> NoReturn:
        raise ValueError(f"line {self._number}: {reason}")


def _join(*items: str) -> str:
    return " ".join(item for item in items if item)
