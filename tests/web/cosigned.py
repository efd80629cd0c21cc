"""A cosigned receipt as an outsider gets it, the policy that outsider chose, and ways to damage what is new in it."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from web.exhibit import DAMAGES, Exhibit, exhibit, flip

from archive.proof.keys import VerificationKey
from archive.proof.note import with_signatures
from archive.proof.policy import Policy
from archive.proof.receipt import Receipt
from archive.proof.signing import CosigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

SMALL = bytes(range(256)) * 40
TIME = 1_795_000_000
COSIGNERS = {name: CosigningKey.generate(f"{name}.example.cn/c1") for name in ("court", "bar", "clerk")}


@dataclass(frozen=True)
class Case:
    """A receipt, the recording, the log's key, and the text of the policy the reader holds."""

    receipt: bytes
    file: bytes
    log: VerificationKey
    policy: str


def policy_text(log: VerificationKey, quorum: str = "lines") -> str:
    """Two lines outside the operator's: the court, and the bar; the clerk is the operator's own."""
    lines = [f"log {log.text()}"]
    lines += [f"witness {name} {key.key.text()}" for name, key in COSIGNERS.items()]
    lines += ["group justice all court", "group operator_line any clerk", "group lines 2 justice bar operator_line"]
    return "\n".join([*lines, f"quorum {quorum}", ""])


def cosign(whole: Exhibit, by: Sequence[str], grade: str = "cosigned", policy: str | None = None) -> Case:
    """The exhibit's receipt with these cosigners' lines, and the archive's policy in it."""
    receipt = Receipt.parse(whole.receipt)
    text = receipt.checkpoint.rpartition("\n\n")[0] + "\n"
    added = [(COSIGNERS[name].key, COSIGNERS[name].cosign(text, TIME)) for name in by]
    note = with_signatures(receipt.checkpoint.encode(), added).decode()
    own = policy_text(whole.key)
    made = replace(receipt, checkpoint=note, grade=grade, policy=own if policy is None else policy)
    return Case(made.encode(), whole.file, whole.key, own)


def case(file: bytes = SMALL, size: int = 11, index: int = 6) -> Case:
    """Cosigned by the court and the bar."""
    return cosign(exhibit(file, size=size, index=index), ["court", "bar"])


def changed(whole: Case, change: Callable[[dict[str, object]], None]) -> Case:
    """The case with a change in its receipt's JSON."""
    receipt = json.loads(whole.receipt)
    change(receipt)
    return replace(whole, receipt=json.dumps(receipt, ensure_ascii=False).encode())


def _cosignature_bit(whole: Case) -> Case:
    """One bit of the last cosignature."""

    def change(receipt: dict[str, object]) -> None:
        head, name, encoded = str(receipt["checkpoint"]).rstrip("\n").rsplit(" ", 2)
        damaged = base64.b64encode(flip(base64.b64decode(encoded), 50)).decode()
        receipt["checkpoint"] = f"{head} {name} {damaged}\n"

    return changed(whole, change)


def _cosignature_time(whole: Case) -> Case:
    """The time a cosigner signed with is moved: it stands in the signed message."""

    def change(receipt: dict[str, object]) -> None:
        head, name, encoded = str(receipt["checkpoint"]).rstrip("\n").rsplit(" ", 2)
        damaged = base64.b64encode(flip(base64.b64decode(encoded), 11)).decode()
        receipt["checkpoint"] = f"{head} {name} {damaged}\n"

    return changed(whole, change)


def _cosigner_dropped(whole: Case) -> Case:
    def change(receipt: dict[str, object]) -> None:
        receipt["checkpoint"] = str(receipt["checkpoint"]).rstrip("\n").rpartition("\n")[0] + "\n"

    return changed(whole, change)


def _cosigner_twice(whole: Case) -> Case:
    def change(receipt: dict[str, object]) -> None:
        note = str(receipt["checkpoint"])
        receipt["checkpoint"] = note + note.rstrip("\n").rpartition("\n")[2] + "\n"

    return changed(whole, change)


def _grade_beyond(whole: Case) -> Case:
    return changed(whole, lambda receipt: receipt.update(grade="anchored"))


def _old(damage: Callable[[Exhibit], Exhibit]) -> Callable[[Case], Case]:
    def damaged(whole: Case) -> Case:
        made = damage(Exhibit(whole.file, whole.receipt, whole.log))
        return replace(whole, receipt=made.receipt, file=made.file)

    return damaged


# What is damaged → the step that must refuse it; the panel's damages among them.
CASE_DAMAGES: dict[str, tuple[Callable[[Case], Case], str]] = {
    **{name: (_old(damage), step) for name, (damage, step) in DAMAGES.items()},
    "cosignature_bit": (_cosignature_bit, "cosigners"),
    "cosignature_time": (_cosignature_time, "cosigners"),
    "cosigner_dropped": (_cosigner_dropped, "cosigners"),
    "cosigner_twice": (_cosigner_twice, "cosigners"),
    "grade_beyond": (_grade_beyond, "grade"),
}


def offline(given: Case, policy: str, folder: Path) -> tuple[str, list[tuple[str, str]]]:
    """What the command's verifier says: verdict, and (step, outcome) in order."""
    file = folder / "original"
    file.write_bytes(given.file)
    trust = Trust(Policy.parse(policy)) if policy else None
    report = verify_receipt(given.receipt, trust, file)
    return report.verdict, [(step.name, step.outcome) for step in report.steps]
