"""Ids: a type prefix and 128 random bits in lower-case Crockford base32; never interchangeable, never reused."""

import re
from typing import NewType

from archive.errors import Refused
from archive.randomness import random_bytes

RecordingId = NewType("RecordingId", str)
UploadId = NewType("UploadId", str)
StationId = NewType("StationId", str)
RecorderId = NewType("RecorderId", str)
SessionId = NewType("SessionId", str)
UserId = NewType("UserId", str)
DerivativeId = NewType("DerivativeId", str)
PlaybackId = NewType("PlaybackId", str)
ProposalId = NewType("ProposalId", str)
RemarkId = NewType("RemarkId", str)
AdoptionId = NewType("AdoptionId", str)
LabelId = NewType("LabelId", str)
MatterId = NewType("MatterId", str)
MembershipId = NewType("MembershipId", str)
AssignmentId = NewType("AssignmentId", str)
StepId = NewType("StepId", str)
StatementId = NewType("StatementId", str)
ParticipationId = NewType("ParticipationId", str)
ConsentId = NewType("ConsentId", str)
InvolvementId = NewType("InvolvementId", str)
AbsenceId = NewType("AbsenceId", str)
ExplanationId = NewType("ExplanationId", str)
JobId = NewType("JobId", str)
RoomId = NewType("RoomId", str)
LedgerId = NewType("LedgerId", str)
TranscriptId = NewType("TranscriptId", str)
UnitId = NewType("UnitId", str)
LinkId = NewType("LinkId", str)
LeafIndex = NewType("LeafIndex", int)

PREFIXES = frozenset({
    "rec", "upl", "sta", "rcd", "rom", "ses", "mat", "par", "act",
    "usr", "der", "pbk", "doc", "lbl", "job", "cpy", "hld", "dsp", "led", "cod", "abs", "exp", "prp", "rmk", "unt",
    "crt", "mac", "lvg", "mem", "asg", "ado", "stp", "stm", "ptn", "cns", "inv", "tsc", "lnk",
})
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(120, -1, -10)
_SHAPE = re.compile(rf"([a-z]{{3}})_([0-7][{_ALPHABET}]{{25}})")


def new_id(prefix: str) -> str:
    """A fresh id such as ``rec_`` + 26 characters; ``prefix`` is one of ``PREFIXES``."""
    if prefix not in PREFIXES:
        raise ValueError(f"unknown id prefix {prefix!r}")
    number = int.from_bytes(random_bytes(16), "big")
    return f"{prefix}_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])


def parse_id(prefix: str, untrusted_text: str) -> str:
    """The text itself if it is an id of this prefix; ``Refused id.malformed`` otherwise."""
    match = _SHAPE.fullmatch(untrusted_text)
    if match is None or match[1] != prefix:
        raise Refused("id.malformed", f"not a {prefix}_… identifier")
    return untrusted_text
