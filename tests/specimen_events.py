"""One fixed event of every kind, and whole stories of uploads as the archive would write them."""

from collections.abc import Sequence
from datetime import timedelta

from specimen_adoption import adoption_acts
from specimen_joint import joint_acts
from specimen_leaving import leaving_acts
from specimen_ledger import ledger_acts as ledger_acts
from specimen_ledger import observed, unreadable, wiped
from specimen_links import link_acts
from specimen_matters import matter_acts
from specimen_media import TOOLS, described, indexed, matter_shown
from specimen_media import derived as derived
from specimen_names import AT as AT
from specimen_names import IMPORT, IMPORT_KEY, LOG_ID, RECORDER, STATION_KEY
from specimen_names import LOCK as LOCK
from specimen_names import PERSON as PERSON
from specimen_names import STATION as STATION
from specimen_names import digest as digest
from specimen_names import ident as ident
from specimen_recorder_keys import recorder_keys
from specimen_registers import register_acts
from specimen_rooms import room_acts
from specimen_set_aside import set_aside_acts
from specimen_steps import step_acts
from specimen_transcripts import transcript_acts
from specimen_units import unit_acts

from archive.deadline_events import AbsenceDeclared, AbsenceEnded, LatenessConfirmed, LatenessExplained
from archive.entries import CustodyEvent
from archive.event_values import Interval, LockAttempt, StreamSeen
from archive.events import (
    Body,
    LogOpened,
    ObjectPlaced,
    PersonAdded,
    PlaybackOpened,
    RecordingAccessioned,
    RecordingLabelled,
    RecordingSameBytes,
    StationEnrolled,
    UploadAborted,
    UploadFinished,
    UploadOpened,
    UploadQuarantined,
    UploadRepeated,
)
from archive.import_events import ImportAccountAdded
from archive.log_events import KeyRevoked, KeyRotated, LockProbed, LogSucceeds, ParticularsErased
from archive.media_events import DerivativeUnavailable
from archive.proof.digest import Digest
from archive.recorder_events import GapConfirmed
from archive.shift_events import PersonNumbered
from archive.station_events import (
    StationCodeIssued,
    StationEnrolled2,
    StationKeyChanged,
    StationRevoked,
    UploadFinished2,
)
from archive.upload_events import UploadExpired

STARTED = Interval(AT - timedelta(hours=2), AT - timedelta(hours=2) + timedelta(seconds=30))
ENDED = Interval(AT - timedelta(hours=1), AT - timedelta(hours=1) + timedelta(seconds=30))


def opened(n: int) -> UploadOpened:
    return UploadOpened(
        recording=ident("rec", n), station=STATION, station_key=STATION_KEY, manifest=(digest(1000 + n),),
        manifest_nonce=f"{n:032x}", digests=(digest(2000 + n),), size=5_000 + n, recorder=RECORDER,
        session=None, sequence=n, started=STARTED, ended=ENDED)


def finished(n: int) -> UploadFinished:
    return UploadFinished(
        recording=ident("rec", n), object_key=f"originals/{ident('rec', n)}/0", store="primary",
        version_id=f"v{n}", size=5_000 + n, segment_size=8 << 20, segments=1, segments_root=digest(3000 + n),
        lock_until=LOCK)


def finished2(n: int) -> UploadFinished2:
    return UploadFinished2(**vars(finished(n)), carried=("upload_token", "signed_requests")[n % 4 // 2])


def quarantined(n: int) -> UploadQuarantined:
    return UploadQuarantined(
        recording=ident("rec", n), reasons=("digest", "size"), claimed=(digest(2000 + n),), found=(digest(4000 + n),),
        claimed_size=5_000 + n, found_size=4_000 + n, segments_differing=(1,),
        object_key=f"originals/{ident('rec', n)}/0", store="primary", version_id=f"v{n}")


def repeated(n: int, first: int) -> UploadRepeated:
    return UploadRepeated(
        recording=ident("rec", first), own_recording=ident("rec", n), station=STATION, station_key=STATION_KEY,
        manifest=(digest(1000 + n),), digests=(digest(2000 + first),), size=5_000 + first, segment_size=8 << 20,
        segments=1, segments_root=digest(3000 + first), object_key=f"originals/{ident('rec', n)}/0",
        store="primary", version_id=f"v{n}", first_intact=True)


def accessioned(n: int) -> RecordingAccessioned:
    return RecordingAccessioned(
        upload=ident("upl", n), station=STATION, station_key=STATION_KEY, recorder=RECORDER,
        manifest=(digest(1000 + n),), digests=(digest(2000 + n), Digest("sm3", bytes(32))), size=5_000 + n,
        segment_size=8 << 20, segments=1, segments_root=digest(3000 + n), trust="dock_signed",
        object_key=f"originals/{ident('rec', n)}/0", stored_form="plain", lock_mode="COMPLIANCE", lock_until=LOCK,
        started=STARTED, ended=ENDED, probe="done", probe_reason=None, container="mov,mp4", duration_us=12_345_678,
        streams=(StreamSeen(0, "video", "h264", "high", 1920, 1080, 0, 0),
                 StreamSeen(1, "audio", "aac", "lc", 0, 0, 48_000, 2)), tools=TOOLS)


def placed(n: int) -> ObjectPlaced:
    return ObjectPlaced(f"originals/{ident('rec', n)}/0", "primary", f"v{n}", 5_000 + n, LOCK)


def playback(n: int) -> PlaybackOpened:
    return PlaybackOpened(ident("rec", n), "original", None, f"originals/{ident('rec', n)}/0", "primary", f"v{n}")


def about_deadlines(n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars of each act of people on the deadlines of recording ``n``."""
    absence, explanation = ident("abs", n), ident("exp", n)
    return [
        (absence, AbsenceDeclared("remote", AT - timedelta(days=2), PERSON if n % 2 else None),
         {"officer": "王强", "officer_no": "650101", "remark": "牧区检查"}),
        (absence, AbsenceEnded(AT - timedelta(hours=3)), {}),
        (ident("rec", n), LatenessExplained(explanation, "urumqi-market-2019/1/R23", "device_fault"),
         {"explanation": "采集站断电"}),
        (ident("rec", n), LatenessConfirmed(explanation), {}),
    ]


def _event(body: Body, subject: str, actor: str = "system", committed: bool = False) -> CustodyEvent:
    return (CustodyEvent(actor, subject, body, commitment=digest(7)) if committed
            else CustodyEvent(actor, subject, body, nonce=bytes(range(16))))


DOCK = ident("sta", 2)
SPECIMENS: tuple[CustodyEvent, ...] = (
    _event(LogOpened("liuhen.example/0123456789abcdef", "liuhen.example/0123456789abcdef+00000000+AQ==", "0.1.0"),
           LOG_ID),
    _event(StationEnrolled(STATION_KEY), STATION, committed=True),
    _event(PersonAdded(("investigator", "auditor")), PERSON, committed=True),
    _event(opened(1), ident("upl", 1), STATION, committed=True),
    _event(finished(1), ident("upl", 1), STATION),
    _event(quarantined(2), ident("upl", 2)),
    _event(repeated(3, 1), ident("upl", 3)),
    _event(UploadAborted(ident("rec", 4), "given_up"), ident("upl", 4), STATION),
    _event(accessioned(1), ident("rec", 1), committed=True),
    _event(placed(1), ident("rec", 1)),
    _event(RecordingSameBytes(ident("rec", 1), digest(2001)), ident("rec", 5)),
    _event(RecordingLabelled(ident("lbl", 1), "manifest"), ident("rec", 1), STATION, committed=True),
    _event(indexed(), ident("rec", 1)),
    _event(derived(1), ident("der", 1)),
    _event(DerivativeUnavailable("access_copy", "not_media", "bubblewrap"), ident("rec", 5)),
    _event(playback(1), ident("pbk", 1), PERSON),
    _event(ParticularsErased((3, 4, 70_000), "吉市监函〔2026〕7号", LOCK), ident("rec", 1), PERSON),
    _event(LockProbed("primary", "service", True, (LockAttempt("delete_version", "refused", "refused"),
                                                   LockAttempt("side_door_put", "done", "not_tried"))), LOG_ID),
    _event(KeyRotated("liuhen.example/0123456789abcdef+00000000+AQ==", "liuhen.example/0123456789abcdef+00000001+AQ=="),
           LOG_ID),
    _event(KeyRevoked("liuhen.example/0123456789abcdef+00000000+AQ==", "exposed", digest(8)), LOG_ID),
    _event(LogSucceeds(
        "liuhen.example/0123456789abcdef", "liuhen.example/0123456789abcdef+00000000+AQ==", "0.1.0",
        "liuhen.example/fedcba9876543210", "liuhen.example/fedcba9876543210+00000002+AQ==", 70_000, digest(9),
        69_888, 69_888, 70_000, (digest(10), digest(11))), LOG_ID),
    *(_event(body, subject, PERSON, committed=True) for subject, body, _ in ledger_acts(1)),
    _event(observed(1), ident("upl", 1), STATION),
    _event(unreadable(1), RECORDER, STATION, committed=True),
    _event(GapConfirmed(ident("led", 14)), ident("rcd", 1), PERSON),
    _event(StationCodeIssued("dock", LOCK), ident("cod", 1), committed=True),
    _event(StationEnrolled2(f"{DOCK}+00000000+AQ==", "code", ident("cod", 1), "dock"), DOCK, DOCK, committed=True),
    _event(StationKeyChanged(f"{DOCK}+00000000+AQ==", f"{DOCK}+00000001+AQ==", "ab" * 64, "cd" * 64), DOCK, DOCK),
    _event(StationRevoked("lost", AT - timedelta(days=2)), DOCK),
    _event(finished2(2), ident("upl", 2), STATION),
    _event(UploadExpired(ident("rec", 6), 4_096, AT - timedelta(days=7), 604_800), ident("upl", 6)),
    _event(ImportAccountAdded(IMPORT_KEY, "dock-serial-time"), IMPORT, committed=True),
    _event(wiped(1, "not_kept", "digest_differs"), ident("rec", 1), STATION, committed=True),
    *(_event(body, subject, PERSON, committed=bool(values)) for subject, body, values in about_deadlines(1)),
    *recorder_keys(ident, 1, PERSON, STATION),
    _event(PersonNumbered(), PERSON, committed=True),
    *(_event(body, subject, PERSON, committed=bool(values)) for subject, body, values in set_aside_acts(ident, 1)[1:]),
    _event(matter_shown(1), ident("rec", 1), committed=True),
    _event(described(1), ident("rec", 1), committed=True),
    *({type(body): _event(body, subject, PERSON, committed=bool(values))
       for subject, body, values in (*matter_acts(ident, 1, PERSON), *step_acts(ident, 1)[:5])}.values()),
    *(_event(body, subject, PERSON, committed=bool(values)) for subject, body, values in unit_acts(ident, 1)[1:]),
    *(_event(body, subject, PERSON, committed=bool(values)) for subject, body, values in register_acts(ident, 1)[1:]),
    *(_event(body, subject, PERSON, committed=bool(values))
      for subject, body, values in (*leaving_acts(ident, 1)[:2], leaving_acts(ident, 1)[3])),
    *(_event(body, subject, committed=bool(values)) for subject, body, values in adoption_acts(ident, 1)),
    *(_event(body, subject, PERSON, committed=bool(values)) for subject, body, values in link_acts(ident, 1)[::2]),
    *(_event(body, subject, PERSON, committed=bool(values)) for subject, body, values in room_acts(ident, 1)),
    *(_event(body, subject, PERSON, committed=True) for subject, body, _ in transcript_acts(ident, 1)[1:]),
    _event(step_acts(ident, 1)[6][1], ident("mat", 2), PERSON, committed=True),
    *(_event(body, subject, PERSON, committed=bool(values))
      for subject, body, values in (*joint_acts(ident, 1)[:5], *joint_acts(ident, 1)[6:])),
)
"""One of every kind; the bytes of each are frozen in tests/vectors/events."""

Leaf = tuple[CustodyEvent, dict[str, str]]
"""An event and its particulars."""


def beginning() -> list[Leaf]:
    """The first leaves of an archive with one station and one person."""
    return [(SPECIMENS[0], {}), (SPECIMENS[1], {"title": "城东所采集站"}),
            (SPECIMENS[2], {"login": "zhang", "display_name": "张建国"})]


def story(n: int, outcome: str, first: int = 0) -> list[Leaf]:
    """Upload ``n`` to ``outcome``: open aborted expired quarantined repeated accessioned watched entered (ledger)."""
    recorder = {"recorder_vendor": "海康", "recorder_serial": "SN-1", "recorder_kind": "执法记录仪"}
    told: list[Leaf] = [(_event(opened(n), ident("upl", n), STATION, committed=True), recorder)]
    if outcome in ("open", "entered"):
        return told if outcome == "open" else [*told, *_in_the_ledger(n)]
    if outcome == "aborted":
        return [*told, (_event(UploadAborted(ident("rec", n), "expired"), ident("upl", n)), {})]
    if outcome == "expired":
        return [*told, (_event(UploadExpired(ident("rec", n), n, AT, 604_800), ident("upl", n)), {})]
    told.append((_event(finished(n) if n % 2 else finished2(n), ident("upl", n)), {}))
    if outcome == "quarantined":
        return [*told, (_event(quarantined(n), ident("upl", n)), {})]
    if outcome == "repeated":
        return [*told, (_event(repeated(n, first), ident("upl", n)), {})]
    labels = {"case_no": f"吉市监罚〔2026〕{n}号", "party": "某公司", "file_name": f"{n}.mp4"}
    told += [
        (_event(accessioned(n), ident("rec", n), committed=True), {"case_no": labels["case_no"]}),
        (_event(placed(n), ident("rec", n)), {}),
        (_event(RecordingLabelled(ident("lbl", n), "manifest"), ident("rec", n), committed=True), labels),
    ]
    return told if outcome == "accessioned" else [*told, *_afterwards(n, first)]


def _afterwards(n: int, first: int) -> Sequence[Leaf]:
    return [
        (_event(indexed(), ident("rec", n)), {}),
        (_event(derived(n), ident("der", n)), {}),
        (_event(DerivativeUnavailable("waveform", "no_audio", "landlock"), ident("rec", n)), {}),
        (_event(matter_shown(n), ident("rec", n), committed=True), {"matter": f"某公司日常检查 {n}"}),
        (_event(described(n), ident("rec", n), committed=True), {"taken": "2026:03:05 09:30:00"}),
        (_event(RecordingSameBytes(ident("rec", first), digest(1)), ident("rec", n)), {}),
        (_event(playback(n), ident("pbk", n), PERSON), {}),
        (_event(LockProbed("primary", "service", n % 2 == 0, ()), LOG_ID), {}),
        *((_event(body, subject, PERSON, committed=bool(values)), values)
          for subject, body, values in about_deadlines(800 + n)),
    ]


def _in_the_ledger(n: int) -> Sequence[Leaf]:
    return [
        (_event(observed(n), ident("upl", n), STATION), {}),
        (_event(unreadable(n), RECORDER, STATION, committed=True), {
            "file_name": f"{n}-4.mp4", "manifest": "…", "recorder_vendor": "海康", "recorder_serial": "SN-1"}),
        *((_event(body, subject, PERSON, committed=True), values) for subject, body, values in ledger_acts(n)),
        (_event(GapConfirmed(ident("led", 10 * n + 4)), ident("rcd", n), PERSON), {}),
        (_event(ImportAccountAdded(f"{ident('sta', n)}+00000000+AQ==", "manifest"), ident("sta", n), committed=True),
         {"title": f"导入账户 {n}"}),
        (_event(wiped(n), ident("rec", n), STATION, committed=True), {"statement": "…"}),
        *((event, {}) for event in recorder_keys(ident, n, PERSON, STATION)),
        (_event(PersonNumbered(), PERSON, committed=True), {"officer_no": "650101"}),
        *((_event(body, subject, PERSON, committed=bool(values)), values)
          for subject, body, values in (
              *set_aside_acts(ident, n), *matter_acts(ident, n, PERSON), *unit_acts(ident, n),
              *register_acts(ident, n), *leaving_acts(ident, n), *room_acts(ident, n), *step_acts(ident, n),
              *joint_acts(ident, n), *transcript_acts(ident, n), *link_acts(ident, n))),
        *((_event(body, subject, committed=bool(values)), values) for subject, body, values in adoption_acts(ident, n)),
    ]
