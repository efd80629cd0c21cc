"""May this clip be wiped? The one place that answers: a receipt for these very bytes, under the dock's own policy."""

from dataclasses import dataclass
from pathlib import Path

from archive.proof.digest import sha256
from archive.proof.leaf import Leaf
from archive.proof.policy import Policy
from archive.proof.receipt import Receipt
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from ingest.docking.journal import Entry


@dataclass(frozen=True)
class Vouched:
    """``problem`` is empty when the archive is answerable for the clip; else a stable word and a sentence."""

    problem: str = ""
    text: str = ""
    recording: str = ""


def vouched_for(untrusted_receipt: bytes, policy: Policy | None, entry: Entry, path: Path) -> Vouched:
    """Whether the receipt makes the archive answerable for the file at ``path``, which is read again.

    ``policy``: what this dock has pinned; without one nothing is ever wiped. ``entry`` holds the manifest this dock
    signed: a receipt of the same bytes that answers another does not count. ``OSError`` when the file cannot be read.
    Limit: says nothing about ten years from now; the receipt is evidence to hold the archive to account.
    """
    if policy is None:
        return Vouched("no_policy", "this dock has pinned no trust policy, so nothing is wiped")
    report = verify_receipt(untrusted_receipt, Trust(policy), path)
    if report.verdict != "proven":
        failed = [step for step in report.steps if step.outcome == "refused"]
        return Vouched("not_proven", failed[0].detail if failed else f"the receipt is {report.verdict}")
    leaf = Leaf.parse(Receipt.parse(untrusted_receipt).leaf)
    if str(sha256(entry.note)) not in _texts(leaf.data.get("manifest")):
        return Vouched("other_manifest", "the receipt answers another manifest than the one signed here")
    # A repeat's leaf names the recording that was there first; an accession is of the one the upload was opened for.
    return Vouched(recording=str(leaf.data.get("recording", entry.recording)))


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
