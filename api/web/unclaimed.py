"""The page of what stands unclaimed in drop folders: its view, and a sentence for each reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.web.catalogue import marked as _
from api.web.views import Frame


@dataclass(frozen=True)
class UnclaimedLine:
    """One file; ``account`` is what people call its dock. ``path`` and ``detail`` came from outside."""

    account: str
    path: str
    reason: str
    detail: str
    size: int
    since: datetime


@dataclass(frozen=True)
class UnclaimedView:
    """All of them, oldest first; ``folders`` is how many drop folders are looked into, ``more`` what is not shown."""

    frame: Frame
    lines: tuple[UnclaimedLine, ...]
    folders: int
    more: bool = False


REASON_WORDS: Mapping[str, str] = {
    "folder_unreadable": _("the drop folder itself cannot be read"),
    "unreadable": _("it cannot be read"),
    "symlink": _("it is a symbolic link; none is followed"),
    "special": _("it is no plain file"),
    "unsafe_name": _("its name cannot be kept: control characters, or another encoding"),
    "too_deep": _("the folder lies too deep"),
    "empty": _("it is empty"),
    "changed": _("it changed while it was read"),
    "no_manifest": _("no manifest lies beside it"),
    "manifest_unreadable": _("its manifest does not read"),
    "manifest_names_other": _("its manifest names another file"),
    "size": _("its size is not the manifest's: perhaps cut in transfer"),
    "digest": _("its digest is not the manifest's"),
    "no_file": _("a manifest or sidecar without its recording"),
    "no_pattern": _("its name is not of the form this account expects"),
    "bad_time": _("the time in its name or sidecar is none"),
    "no_sidecar": _("its sidecar is missing"),
    "sidecar_unreadable": _("its sidecar does not read"),
    "sidecar_contradicts": _("its name and its sidecar contradict each other"),
    "refused": _("the archive refused it"),
    "quarantined": _("what was read back differs from what was taken in: in quarantine"),
    "receipt_unverified": _("it is not, or no longer, what its receipt speaks of"),
    "cannot_move": _("it is deposited, but cannot be moved or removed here"),
}
