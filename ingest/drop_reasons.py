"""Why a file of a drop folder is not taken in: a closed list of reasons, told to people in both languages."""

REASONS = frozenset({
    "folder_unreadable", "unreadable", "symlink", "special", "unsafe_name", "too_deep", "empty", "changed",
    "no_manifest", "manifest_unreadable", "manifest_names_other", "size", "digest", "no_file",
    "no_pattern", "bad_time", "no_sidecar", "sidecar_unreadable", "sidecar_contradicts",
    "refused", "quarantined", "receipt_unverified", "cannot_move",
})


class Unclaimed(Exception):
    """This file stays where it is, with the reason (one of ``REASONS``) and a detail in English or from outside."""

    def __init__(self, reason: str, untrusted_detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = untrusted_detail[:300]


class NotYet(Exception):
    """Nothing is wrong; the file is not finished, or the archive not ready. It is looked at again."""
