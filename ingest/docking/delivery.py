"""One clip from the recorder into the archive, step by step; each step is in the journal before the next is taken.

signed → opened → sent → receipted → wiping → wiped. Whatever cuts this short, the next run goes on from there.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from archive.durable import replace_file
from archive.errors import ArchiveError, Conflict, Refused
from archive.event_values import Interval
from archive.proof.digest import Digest, MeasuredFile, measure_file, sha256
from archive.proof.note import NoteSigner
from archive.recorder_clock import ClockMeasured
from ingest.docking.history import History
from ingest.docking.journal import Entry, Journal
from ingest.docking.recorders import Clip, Docked, RecorderDoor, SigningDoor
from ingest.docking.vouching import vouched_for
from ingest.manifest import safe_file_name
from ingest.push import (
    Progress,
    StationSide,
    Take,
    durable_offset,
    fetch_receipt,
    open_upload,
    refusal,
    send_bytes,
    signed_manifest,
    tried,
)
from ingest.wipe_statements import WipeStatement, signed_wipe

BEGIN_AGAIN = frozenset({"manifest.expired", "manifest.spent", "upload.aborted", "upload.expired", "upload.unknown",
                         "receipt.aborted"})
"""The archive keeps nothing of that upload: a new manifest is signed and the clip sent from its first byte."""
OF_THE_CLIP = ("manifest.", "label.", "upload.", "receipt.", "recorder.")
"""Refusals that say something of this clip; others (station, archive) stop the slot and are tried again later."""


@dataclass(frozen=True)
class Delivery:
    """What a clip's steps need. ``receipts``: the folder where they are kept, for good; ``waiting`` is called when all
    bytes are in the archive and the receipt is asked for."""

    side: StationSide
    journal: Journal
    history: History
    receipts: Path
    door: RecorderDoor
    docked: Docked
    clock: ClockMeasured | None
    progress: Progress = field(default=lambda done, size: None)
    waiting: Callable[[], None] = field(default=lambda: None)


def deliver(delivery: Delivery, entry: Entry, clip: Clip) -> Entry:
    """Take the clip through every step it still lacks; answers the entry as it stands then.

    ``OSError`` when the recorder went away; ``Unavailable``, and refusals that are not about this clip, as raised: all
    of them leave the clip on the recorder. Nothing is wiped before ``vouched_for`` has found no problem.
    """
    while not entry.is_over:
        try:
            entry = _STEPS[entry.state](delivery, entry, clip)
        except (Refused, Conflict) as fault:
            entry = _after_refusal(delivery, entry, fault)
    return entry


def _after_refusal(delivery: Delivery, entry: Entry, fault: ArchiveError) -> Entry:
    if fault.code in BEGIN_AGAIN and entry.state != "found":
        return delivery.journal.note(entry, "found", note=b"", openings=b"", location="")
    if fault.code.startswith("recorder_key."):  # signed anew once the ledger or the recorder is put right
        delivery.journal.note(entry, "found", note=b"", openings=b"")
    if not fault.code.startswith(OF_THE_CLIP):
        raise fault
    return delivery.journal.note(entry, "kept", problem=fault.code)


def _sign(delivery: Delivery, entry: Entry, clip: Clip) -> Entry:
    try:
        facts = measure_file(delivery.door.path(clip), ("sha256",))
    except OSError as fault:
        if isinstance(fault, FileNotFoundError):
            raise  # taken away meanwhile: nobody can say that it was unreadable
        delivery.door.identity()  # gone altogether: OSError again, and nothing is stated about a clip nobody could read
        return _state_unreadable(delivery, entry, clip, MeasuredFile(0, (sha256(b""),), sha256(b"")), "not_readable")
    if facts.size == 0:
        return _state_unreadable(delivery, entry, clip, facts, "empty")
    note, openings = signed_manifest(delivery.side, _take(delivery, entry, clip), facts, _signer(delivery.door))
    return delivery.journal.note(entry, "signed", note=note, openings=openings, digest=str(facts.digests[0]))


def _open(delivery: Delivery, entry: Entry, clip: Clip) -> Entry:
    opened = open_upload(delivery.side, entry.note, entry.openings, clip.size)
    return delivery.journal.note(entry, "opened", location=opened["location"], recording=opened["recording"])


def _send(delivery: Delivery, entry: Entry, clip: Clip) -> Entry:
    reached = durable_offset(delivery.side, entry.location)
    send_bytes(delivery.side, entry.location, delivery.door.path(clip), clip.size, delivery.progress, reached)
    return delivery.journal.note(entry, "sent")


def _fetch(delivery: Delivery, entry: Entry, clip: Clip) -> Entry:
    """The receipt stays on the dock whatever it is worth; its name is the upload's, for a repeat has one of its own."""
    delivery.waiting()
    receipt = fetch_receipt(delivery.side, entry.location, wait_s=60.0)
    delivery.receipts.mkdir(parents=True, exist_ok=True)
    replace_file(delivery.receipts / _receipt_name(entry), receipt)
    return delivery.journal.note(entry, "receipted", receipt=str(sha256(receipt)))


def _wipe(delivery: Delivery, entry: Entry, clip: Clip) -> Entry:
    """Verify, then wipe: in this order, in one function, and with nothing in between but the journal."""
    receipt = (delivery.receipts / _receipt_name(entry)).read_bytes()
    found = vouched_for(receipt, delivery.side.policy, entry, delivery.door.path(clip))
    if found.problem:
        return delivery.journal.note(entry, "kept", problem=found.problem)
    delivery.history.require_one(receipt)
    statement = signed_wipe(delivery.side.key, WipeStatement(
        delivery.side.log_key.name, secrets.token_hex(16), _upload_of(entry), found.recording,
        Digest.parse(entry.receipt), Digest.parse(entry.digest), delivery.side.now()))
    entry = delivery.journal.note(entry, "wiping", recording=found.recording, wipe_note=statement)
    delivery.door.wipe(clip)
    return delivery.journal.note(entry, "wiped")


def report_wipes(side: StationSide, journal: Journal) -> int:
    """Tell the archive of every wipe it was not told of; answers how many it took. What it does not take now is told at
    the next contact: a wipe is never forgotten, and never waits for its report."""
    told = 0
    for entry in journal.unreported():
        answer = tried(side, partial(side.client.post, "/api/v1/wipes", json={"statement": entry.wipe_note.decode()}))
        if answer.status_code != 201:
            raise refusal(answer)
        journal.note(entry, "wiped", wipe_note=b"")
        told += 1
    return told


_STEPS: dict[str, Callable[[Delivery, Entry, Clip], Entry]] = {
    "found": _sign, "signed": _open, "opened": _send, "sent": _fetch, "receipted": _wipe, "wiping": _wipe,
}


def _take(delivery: Delivery, entry: Entry, clip: Clip, unreadable: str | None = None) -> Take:
    labels = {"file_name": safe_file_name(clip.untrusted_name.rsplit("/", 1)[-1]),
              "wearer": delivery.docked.wearer, "wearer_no": delivery.docked.wearer_no}
    return Take(
        delivery.door.path(clip), delivery.docked.name, Interval(clip.started, clip.started),
        Interval(clip.ended, clip.ended), {name: value for name, value in labels.items() if value},
        entry.session or None, clip.sequence, delivery.journal.previous(delivery.docked.name, entry), delivery.clock,
        unreadable)


def _signer(door: RecorderDoor) -> NoteSigner | None:
    return door.signer() if isinstance(door, SigningDoor) else None


def _state_unreadable(delivery: Delivery, entry: Entry, clip: Clip, facts: MeasuredFile, reason: str) -> Entry:
    """A signed statement instead of an upload; the file stays on the recorder for a technician."""
    note, openings = signed_manifest(delivery.side, _take(delivery, entry, clip, reason), facts)
    answer = tried(delivery.side, lambda: delivery.side.client.post(
        "/api/v1/statements", json={"manifest": note.decode(), "labels": openings.decode()}))
    if answer.status_code != 201:
        raise refusal(answer)
    return delivery.journal.note(entry, "kept", note=note, problem=f"unreadable.{reason}")


def _receipt_name(entry: Entry) -> str:
    return f"{_upload_of(entry)}.receipt.json"


def _upload_of(entry: Entry) -> str:
    """An address is ``…/uploads/<id>`` with or without a token behind it."""
    return entry.location.split("/uploads/", 1)[1].split("/", 1)[0]

