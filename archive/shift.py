"""A wearer's last shift: the recordings they wore the recorder of, by the ledger at the time, as sessions to label.

Limit: a recording whose recorder's clock had lost the time is not placed in a shift by times that say nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, select, true, union

from archive.actors import Actor
from archive.adoption_events import ADOPTED
from archive.errors import NotFound
from archive.identifiers import LabelId
from archive.labelling import FIELDS, put_labels
from archive.matter_tables import ShownMatter
from archive.officer_numbers import number_of
from archive.recorder_ledger import ENTRY, lines_of
from archive.recorder_states import Line, wearer_at
from archive.recordings import DERIVATIVE, LABEL, RECORDING, UPLOAD, RecordingRow, listed, visible_to
from archive.site import Site
from archive.tables import table

By = Literal["ledger", "several", "label"]
Basis = Literal["issued", "hours", "nothing", "no_number"]
Origin = Literal["label", "shown", "station", "near", "ledger"]
SHOWN = table(ShownMatter)
SPAN = timedelta(hours=36)
LOOKED_AT, MOST = 1000, 200
"""Deposits looked at, the newest, and recordings shown at most."""
_BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Proposal:
    """What a field may say. ``origin``, the first before the others: on it by a person's label | the code of a matter
    shown to the camera | as the station claimed | said of the wearer's session nearest in time that day | the wearer's
    name in the ledger."""

    text: str
    origin: Origin


@dataclass(frozen=True)
class Take:
    """One recording. ``by``: the ledger names the wearer alone | among several | does not say, its label does.
    ``said``: what its latest label says; ``station``: that label is the station's claim; ``shown``: the matter whose
    code its camera was shown."""

    row: RecordingRow
    by: By
    said: Mapping[str, str]
    station: bool
    wearer: str | None
    poster: bool
    shown: str | None = None


@dataclass(frozen=True)
class Session:
    """Takes that belong together, in time; ``key``: the session, else the one recording's id."""

    key: str
    takes: tuple[Take, ...]
    proposed: Mapping[str, Proposal]

    @property
    def said(self) -> dict[str, str]:
        """What labels of its takes say, the latest take's word where they differ."""
        return {name: text for take in self.takes for name, text in take.said.items()}


@dataclass(frozen=True)
class Shift:
    """``basis``: recordings since the last issue of a recorder | the last 36 hours with any | there are none | the
    account has no officer's number. ``since``: from when (UTC); ``more``: there are more than are shown."""

    basis: Basis
    number: str | None = None
    since: datetime | None = None
    sessions: tuple[Session, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class _Mine:
    id: str
    session: str | None
    by: By
    ended: datetime
    label: Any
    wearer: str | None


def last_shift(site: Site, actor: Actor) -> Shift:
    """The last shift of whoever is signed in."""
    number = number_of(site, actor)
    if number is None:
        return Shift("no_number")
    mine, issued = site.db.read(lambda c: (
        list(_mine(c, actor, number, RECORDING.c.trust != ADOPTED)), _last_issue(c, number)))
    if not mine:
        return Shift("nothing", number)
    since, basis = issued, "issued"
    if since is None or max(one.ended for one in mine) < since:
        since, basis = max(one.ended for one in mine) - SPAN, "hours"
    found = sorted((one for one in mine if one.ended >= since), key=lambda one: one.ended, reverse=True)
    sessions = _sessions(site, actor, found[:MOST])
    return Shift("issued" if basis == "issued" else "hours", number, since, sessions, len(found) > MOST)


def wore(site: Site, actor: Actor, recording: str) -> bool:
    """Whether whoever is signed in wore the recorder of this recording, alone or among several."""
    number = number_of(site, actor)
    return number is not None and site.db.read(
        lambda c: any(_mine(c, actor, number, RECORDING.c.id == recording)))


def label_session(site: Site, actor: Actor, untrusted_session: str,
                  untrusted_fields: Mapping[str, str]) -> tuple[LabelId, ...]:
    """Put one label on every recording of a session of the wearer's last shift, all of them or none.

    ``NotFound shift.no_session``; other errors as ``labelling.put_label``.
    """
    session, _ = _found(last_shift(site, actor), untrusted_session)
    return put_labels(site, actor, [take.row.id for take in session.takes], untrusted_fields)


def label_as_before(site: Site, actor: Actor, untrusted_session: str) -> tuple[LabelId, ...]:
    """Label a session with what is said of the one before it. ``NotFound shift.no_session | shift.no_previous``."""
    session, before = _found(last_shift(site, actor), untrusted_session)
    said = before.said if before is not None else {}
    if not said:
        raise NotFound("shift.no_previous", "there is no session before this one that says anything")
    return put_labels(site, actor, [take.row.id for take in session.takes], said)


def _found(shift: Shift, untrusted_session: str) -> tuple[Session, Session | None]:
    before = None
    for session in shift.sessions:
        if session.key == untrusted_session:
            return session, before
        before = session
    raise NotFound("shift.no_session", "your last shift has no such session; load the page again")


def _last_issue(c: Connection, number: str) -> datetime | None:
    issues = select(ENTRY.c.at).where(ENTRY.c.wearer_no == number, ENTRY.c.what.in_(("issued", "handed_over")))
    return c.execute(issues.order_by(ENTRY.c.leaf.desc()).limit(1)).scalar()


def _mine(c: Connection, actor: Actor, number: str, which: ColumnElement[bool] = true()) -> Iterator[_Mine]:
    """What this officer wore the recorder of, among the newest deposits of recorders or labels that name them."""
    other = LABEL.alias()
    newest = select(func.max(other.c.leaf)).where(other.c.recording == RECORDING.c.id).scalar_subquery()
    worn = select(ENTRY.c.recorder).where(ENTRY.c.wearer_no == number)
    named = union(select(RECORDING.c.id).where(RECORDING.c.recorder.in_(worn)),
                  select(LABEL.c.recording).where(LABEL.c.wearer_no == number))
    rows = c.execute(
        select(RECORDING.c.id, RECORDING.c.recorder, RECORDING.c.started_earliest, RECORDING.c.started_latest,
               RECORDING.c.ended_latest, RECORDING.c.duration_us, RECORDING.c.accessioned_at, UPLOAD.c.session,
               LABEL.c.wearer_no, LABEL.c.source, *(LABEL.c[name] for name in FIELDS))
        .join_from(RECORDING, UPLOAD, UPLOAD.c.id == RECORDING.c.upload)
        .join(LABEL, (LABEL.c.recording == RECORDING.c.id) & (LABEL.c.leaf == newest), isouter=True)
        .where(RECORDING.c.id.in_(visible_to(actor)), RECORDING.c.id.in_(named), which)
        .order_by(RECORDING.c.leaf.desc()).limit(LOOKED_AT)).all()
    ledgers = {recorder: lines_of(c, recorder) for recorder in {row.recorder for row in rows}}
    for row in rows:
        found = _wearer(row, ledgers[row.recorder], number)
        if found is not None:
            # A clock that is ahead must not move the shift into the future.
            yield _Mine(row.id, row.session, found[0], min(row.ended_latest, row.accessioned_at), row, found[1])


def _wearer(row: Any, lines: Sequence[Line], number: str) -> tuple[By, str | None] | None:
    """Who says that it was this officer, and their name there; None: it was not, the ledger before the label."""
    worked_out = row.ended_latest - timedelta(microseconds=row.duration_us or 0)
    start = max(row.started_earliest, min(row.started_latest, worked_out))
    wore = wearer_at(lines, start, row.ended_latest)
    if wore.answer == "unknown":
        return ("label", None) if row.wearer_no == number else None
    name = next((one.name for one in wore.holders if one.number == number), None)
    if number not in {one.number for one in wore.holders}:
        return None
    return ("ledger" if wore.answer == "one" else "several"), name


def _sessions(site: Site, actor: Actor, mine: Sequence[_Mine]) -> tuple[Session, ...]:
    rows = listed(site, actor, [one.id for one in mine])
    posters = set(site.db.read(lambda c: c.execute(select(DERIVATIVE.c.recording).where(
        DERIVATIVE.c.purpose == "poster", DERIVATIVE.c.recording.in_([one.id for one in mine]))).scalars().all()))
    codes = site.db.read(lambda c: c.execute(select(SHOWN.c.id, SHOWN.c.matter).where(
        SHOWN.c.id.in_([one.id for one in mine]))).all())
    shown = {row.id: row.matter for row in codes}
    by_id, grouped = {one.id: one for one in mine}, dict[str, list[Take]]()
    for row in rows:
        one = by_id[row.id]
        said = {name: text for name in FIELDS if (text := getattr(one.label, name))}
        take = Take(row, one.by, said, one.label.source in ("manifest", "sheet"), one.wearer, row.id in posters,
                    shown.get(row.id))
        grouped.setdefault(one.session or row.id, []).append(take)
    plain = [Session(key, tuple(takes), {}) for key, takes in grouped.items()]
    return tuple(Session(one.key, one.takes, proposals(one, plain)) for one in plain)


def proposals(session: Session, others: Sequence[Session]) -> dict[str, Proposal]:
    """What the fields of one session may say, by what is known of it and of the others. Pure."""
    found = dict[str, Proposal]()
    for name in FIELDS:
        latest = session.takes[::-1]
        own = next((take.said[name] for take in latest if name in take.said and not take.station), None)
        shown = next((take.shown for take in latest if name == "matter" and take.shown), None)
        claimed = next((take.said[name] for take in latest if name in take.said), None)
        near = min((one for one in others if name in one.said and _day(one) == _day(session)),
                   key=lambda one: abs(_start(one) - _start(session)), default=None)
        if own is not None:
            found[name] = Proposal(own, "label")
        elif shown is not None:
            found[name] = Proposal(shown, "shown")
        elif claimed is not None:
            found[name] = Proposal(claimed, "station")
        elif near is not None:
            found[name] = Proposal(near.said[name], "near")
    worn_by = next((take.wearer for take in session.takes if take.by == "ledger" and take.wearer), None)
    if worn_by is not None:
        found.setdefault("handling_officer", Proposal(worn_by, "ledger"))
    return found


def _start(session: Session) -> datetime:
    return session.takes[0].row.started


def _day(session: Session) -> object:
    return _start(session).astimezone(_BEIJING).date()
