"""The fixed events of what is learnt and made of an original."""

from specimen_names import digest, ident

from archive.event_values import StreamChecked, StreamIndexed, ToolUsed
from archive.matter_events import MatterShown
from archive.media_events import DerivativeMade, PictureDescribed, RecordingIndexed
from archive.proof.digest import Digest

TOOLS = (ToolUsed("ffprobe", "5.1.6", Digest("sha256", bytes([9]) * 32)),)


def indexed() -> RecordingIndexed:
    return RecordingIndexed(
        streams=(StreamIndexed(0, "video", digest(1), 250, 0, 249_000, "1/25000"),
                 StreamIndexed(1, "audio", digest(2), 0, None, None, "1/48000")),
        pts_table=digest(3), gops=10, gop_root=digest(4), gop_reason=None, tools=TOOLS, sandbox="bubblewrap")


def derived(n: int) -> DerivativeMade:
    return DerivativeMade(
        recording=ident("rec", n), purpose="access_copy", method="rewrapped", media_type="video/mp4",
        digests=(digest(5000 + n),), size=4_900, object_key=f"derivatives/{ident('rec', n)}/{ident('der', n)}",
        stored_form="plain", tools=TOOLS, arguments=("-i", "{in}", "-c", "copy", "{out}"), threads=1,
        sandbox="bubblewrap", checks=(StreamChecked(0, "video", "copied", 250, 252, 2, 0, 9_960_000, digest(1)),),
        left_out=(2,),
        duration_us=10_000_000, shift_us=-40, decoded=250)


def matter_shown(n: int) -> MatterShown:
    return MatterShown(at_us=500_000 * n, tools=TOOLS, sandbox="bubblewrap")


def described(n: int) -> PictureDescribed:
    return PictureDescribed(derivative=ident("der", n))
