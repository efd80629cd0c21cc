"""What is said of a file in a drop folder, by a manifest laid beside it or by its own name: size, times, recorder.

``<name>.manifest.json`` is not signed: whoever can write into the folder can write it. It tells a cut file from a whole
one, nothing more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.event_values import Interval
from archive.proof.digest import Digest
from ingest.drop_reasons import Unclaimed
from ingest.manifest import LABELS, RecorderName

MANIFEST_SUFFIX = ".manifest.json"
MAX_BESIDE = 256 * 1024
"""Bytes of a manifest or sidecar; far beyond what either needs."""
CLAIMED = LABELS - {"file_name"}
_Short = Annotated[str, Field(min_length=1, max_length=64)]


@dataclass(frozen=True)
class Claim:
    """``size`` in bytes and ``digest`` are None where nobody said them: then a cut file passes for a whole one.
    ``session``: of a room, that asks for the file."""

    recorder: RecorderName
    started: Interval
    ended: Interval
    labels: Mapping[str, str] = field(default_factory=dict)
    sequence: int | None = None
    size: int | None = None
    digest: Digest | None = None
    session: str | None = None


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Recorder(_Form):
    vendor: _Short
    serial: _Short
    kind: _Short


class _Manifest(_Form):
    v: Annotated[int, Field(ge=1, le=1)]
    file: str
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    recorder: _Recorder
    started: str | tuple[str, str]
    ended: str | tuple[str, str]
    labels: dict[str, Annotated[str, Field(min_length=1, max_length=500)]]


def read_manifest(untrusted: bytes, file_name: str) -> Claim:
    """From the bytes of a manifest (docs/drop-folder.md), strictly: unknown fields, doubled names and other types are
    refused. ``Unclaimed manifest_unreadable | manifest_names_other``."""
    try:
        json.loads(untrusted.decode("utf-8"), object_pairs_hook=_without_doubles)
        held = _Manifest.model_validate_json(untrusted)
        if unknown := held.labels.keys() - CLAIMED:
            raise ValueError(f"labels: {sorted(unknown)[0]} is none of {', '.join(sorted(CLAIMED))}")
        claim = Claim(
            RecorderName(held.recorder.vendor, held.recorder.serial, held.recorder.kind), _interval(held.started),
            _interval(held.ended), held.labels, size=held.size, digest=Digest.parse(f"sha256:{held.sha256}"))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unclaimed("manifest_unreadable", f"{where}: {first['msg']}") from fault
    except (ValueError, OverflowError, RecursionError) as fault:
        raise Unclaimed("manifest_unreadable", str(fault)) from fault
    if held.file != file_name:
        raise Unclaimed("manifest_names_other", held.file)
    return claim


def moment(text: str) -> datetime:
    """ISO 8601 with its offset from UTC, as UTC; ``ValueError``, ``OverflowError``."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; write +08:00 or Z behind it")
    return at.astimezone(UTC)


def _interval(told: str | tuple[str, str]) -> Interval:
    earliest, latest = (told, told) if isinstance(told, str) else told
    made = Interval(moment(earliest), moment(latest))
    if made.latest < made.earliest:
        raise ValueError(f"{latest} is before {earliest}")
    return made


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a name stands twice")
    return held
