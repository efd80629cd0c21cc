"""Vendor profiles: a file-name pattern, an optional sidecar and a quiet period, as data (ingest/profiles, docs).

Limit: an FTP server reports cut uploads as complete, and a profile knows no digest: a cut file passes for a whole one.
"""

import codecs
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from archive.adoption_events import ADOPTION
from archive.errors import NotFound, Refused
from archive.event_values import Interval
from ingest.drop_claims import CLAIMED, Claim
from ingest.drop_reasons import Unclaimed
from ingest.manifest import RecorderName
from ingest.sidecars import text_values, xml_values

SHIPPED = Path(__file__).parent / "profiles"
FACTS = frozenset({"serial", "channel", "start", "end", "seconds", "sequence"})
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}").fullmatch
_ZONE = re.compile(r"([+-])([01][0-9]):([0-5][0-9])").fullmatch
_Label = Annotated[str, Field(min_length=1, max_length=64)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sidecar(_Part):
    """A file beside the recording, with ``suffix`` in the place of the recording's. ``fields``: fact or label → path
    of an XML value or key of a text line."""

    suffix: Annotated[str, Field(pattern=r"^\.[A-Za-z0-9._-]{1,30}$")]
    form: Literal["xml", "text"]
    encodings: tuple[str, ...] = ("utf-8", "gb18030")
    required: bool = True
    fields: dict[str, str]

    def values(self, untrusted: bytes) -> dict[str, str]:
        """Facts and labels it tells; what is empty or absent is left out. ``Unclaimed sidecar_unreadable``."""
        read = xml_values if self.form == "xml" else text_values
        held = read(untrusted, self.encodings)
        return {name: held[where] for name, where in self.fields.items() if held.get(where)}


class Profile(_Part):
    """How one family of docks or recorders names its files. ``file`` and ``folder`` are regular expressions that the
    whole name, and the whole path of its folder, must match; their named groups are facts or labels."""

    v: Literal[1]
    name: str
    about: str
    file: str
    folder: str = ".*"
    vendor: _Label
    kind: _Label
    time_format: str
    time_zone: str
    clock_error_s: Annotated[int, Field(ge=0, le=86400)] = 120
    quiet_s: Annotated[int, Field(ge=1, le=86400)] = 120
    name_encoding: str = "utf-8"
    sidecar: Sidecar | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not _NAME(self.name) or self.name in ("manifest", ADOPTION):
            raise ValueError("name: lower-case letters, digits and -, and neither 'manifest' nor 'adoption'")
        if not _ZONE(self.time_zone):
            raise ValueError("time_zone: write the offset from UTC, such as +08:00")
        encodings = (self.name_encoding, *(self.sidecar.encodings if self.sidecar else ()))
        for encoding in encodings:
            try:
                codecs.lookup(encoding)
            except LookupError as fault:
                raise ValueError(f"{encoding} is no encoding known here") from fault
        told = {*self._groups(self.file, "file"), *self._groups(self.folder, "folder"),
                *(self.sidecar.fields if self.sidecar else ())}
        if unknown := told - FACTS - CLAIMED:
            raise ValueError(f"{sorted(unknown)[0]} is none of {', '.join(sorted(FACTS | CLAIMED))}")
        if missing := {"serial", "start"} - told:
            raise ValueError(f"nothing tells the {sorted(missing)[0]}: name a group or a sidecar field so")
        return self

    @staticmethod
    def _groups(pattern: str, where: str) -> set[str]:
        try:
            return set(re.compile(pattern).groupindex)
        except re.error as fault:
            raise ValueError(f"{where}: not a regular expression: {fault}") from fault

    def told_by_name(self, folder: str, name: str) -> dict[str, str] | None:
        """Facts and labels in the name and its folder; None when they do not match."""
        in_folder, in_name = re.fullmatch(self.folder, folder), re.fullmatch(self.file, name)
        if in_folder is None or in_name is None:
            return None
        return {key: value for match in (in_folder, in_name) for key, value in match.groupdict().items() if value}

    def sidecar_name(self, name: str) -> str | None:
        """The sidecar that belongs to a recording of this name."""
        return None if self.sidecar is None else name[:len(name) - len(Path(name).suffix)] + self.sidecar.suffix

    def claim(self, by_name: Mapping[str, str], by_sidecar: Mapping[str, str], seen: datetime) -> Claim:
        """What name and sidecar say together; ``seen`` (UTC) bounds the end where nothing tells it.

        ``Unclaimed bad_time | sidecar_contradicts | no_pattern``.
        """
        for key in by_name.keys() & by_sidecar.keys():
            if by_name[key] != by_sidecar[key]:
                raise Unclaimed("sidecar_contradicts", f"{key}: {by_name[key]} in the name, {by_sidecar[key]} beside")
        told = {**by_sidecar, **by_name}
        if missing := {"serial", "start"} - told.keys():
            raise Unclaimed("no_pattern", f"nothing tells the {sorted(missing)[0]}")
        started = self._around(told["start"])
        serial = "/".join(told[part] for part in ("serial", "channel") if part in told)
        return Claim(RecorderName(self.vendor, serial, self.kind), started, self._end(told, started, seen),
                     {key: told[key] for key in CLAIMED & told.keys()}, _sequence(told.get("sequence")))

    def _end(self, told: Mapping[str, str], started: Interval, seen: datetime) -> Interval:
        if "end" in told:
            return self._around(told["end"])
        if told.get("seconds", "").isdecimal():
            length = timedelta(seconds=min(int(told["seconds"]), 10**6))
            return Interval(started.earliest + length, started.latest + length)
        return Interval(started.earliest, max(seen, started.latest))

    def _around(self, untrusted_time: str) -> Interval:
        try:
            at = datetime.strptime(untrusted_time, self.time_format).replace(tzinfo=_zone(self.time_zone))
            at, off = at.astimezone(UTC), timedelta(seconds=self.clock_error_s)
            return Interval(at - off, at + off)
        except (ValueError, OverflowError) as fault:
            raise Unclaimed("bad_time", f"{untrusted_time!r} is no time of the form {self.time_format}") from fault


def read_profile(path: Path) -> Profile:
    """A profile file; ``Refused drop.profile`` names file, field and fault."""
    try:
        profile = Profile(**tomllib.loads(path.read_text("utf-8")))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused("drop.profile", f"profile {path}: {f'{where}: ' if where else ''}{first['msg']}") from fault
    except (OSError, ValueError, TypeError) as fault:
        raise Refused("drop.profile", f"profile {path} does not read: {fault}") from fault
    if profile.name != path.stem:
        raise Refused("drop.profile", f"profile {path}: name: it must be the file's own, {path.stem}")
    return profile


def find_profile(own: Path, name: str) -> Profile:
    """The profile of this name: from the archive's own folder, else one that ships. ``NotFound drop.no_profile``."""
    known = {path.stem: path for folder in (SHIPPED, own) for path in sorted(folder.glob("*.toml"))}
    if name not in known:
        raise NotFound("drop.no_profile", f"there is no profile {name[:40]!r}; there are manifest, "
                       f"{', '.join(sorted(known))}; own ones go into {own}")
    return read_profile(known[name])


def _zone(text: str) -> timezone:
    match = _ZONE(text)
    sign, hours, minutes = match.groups() if match else ("+", "0", "0")
    length = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-length if sign == "-" else length)


def _sequence(untrusted_text: str | None) -> int | None:
    plain = untrusted_text is not None and re.fullmatch(r"[0-9]{1,15}", untrusted_text)
    return int(untrusted_text) if untrusted_text and plain else None
