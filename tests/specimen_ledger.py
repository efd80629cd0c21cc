"""The fixed events of the device ledger, and of what stations saw of recorders."""

from datetime import timedelta

from specimen_names import AT, RECORDER, STATION_KEY, digest, ident

from archive.event_body import Body
from archive.recorder_events import (
    GapExplained,
    RecorderIssued,
    RecorderRegistered,
    RecorderReported,
    RecorderReturned,
    RecordingUnreadable,
    ShiftHandedOver,
    UploadObserved,
)
from archive.wipe_events import RecordingWiped


def ledger_acts(n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars of each act on recorder ``n`` by a person."""
    recorder, entry = ident("rcd", n), 10 * n
    wearer, other = {"wearer_no": "650101", "wearer": "王强"}, {"wearer_no": "650102", "wearer": "古丽"}
    return [
        (recorder, RecorderRegistered(), {"vendor": "大华", "serial": f"SN-L{n}", "kind": "执法记录仪",
                                          "code": f"LH-{n}"}),
        (recorder, RecorderIssued(ident("led", entry), ("battery", "memory", "image"), ("clock",), -1500), wearer),
        (ident("led", entry + 1), ShiftHandedOver((recorder, ident("rcd", 900 + n))),
         {"giver_no": "650101", "giver": "王强", **other}),
        (recorder, RecorderReturned(ident("led", entry + 2), "incomplete"), {"remark": "缺背夹"}),
        (recorder, RecorderReported(ident("led", entry + 3), "lost"), {"circumstances": "执勤途中遗失"}),
        (recorder, GapExplained(ident("led", entry + 4), "gap/sequence/4-5"), {"explanation": "存储卡损坏"}),
    ]


def observed(n: int) -> UploadObserved:
    return UploadObserved(RECORDER, "card_recovered", digest(1000 + n), AT - timedelta(minutes=1), -86_400_000, 250,
                          n % 2 == 0)


def unreadable(n: int) -> RecordingUnreadable:
    return RecordingUnreadable(ident("led", 10 * n + 5), STATION_KEY, (digest(6000 + n),), f"{n:032x}", "empty", 0,
                               (digest(7000 + n),), None, 4, digest(1000 + n))


def wiped(n: int, *contradictions: str) -> RecordingWiped:
    return RecordingWiped(ident("led", 10 * n + 6), ident("upl", n), ident("rec", n), STATION_KEY, digest(8000 + n),
                          digest(9000 + n), digest(2000 + n), AT + timedelta(hours=1), contradictions)
