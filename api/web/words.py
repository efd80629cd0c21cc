"""Sentences and terms the pages choose by code: custody events, fields, reasons, states.

English here; the Chinese is in the catalogue. Terms follow the glossary of ARCHITECTURE.md.
"""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "log.opened/1": _("The custody log was opened."),
    "station.enrolled/1": _("A docking station was enrolled with its key."),
    "person.added/1": _("A person was given an account."),
    "upload.opened/1": _("An upload was opened on a signed manifest."),
    "upload.finished/1": _("The upload was finished: every byte announced had come in."),
    "upload.quarantined/1": _("The deposit was put in quarantine: the bytes read back contradict its "
                              "manifest."),
    "upload.repeated/1": _("The same recording was deposited again; it was hashed again and equals the "
                           "first."),
    "upload.aborted/1": _("The upload was aborted; nothing of it was kept as a recording."),
    "recording.accessioned/1": _("The original was read back, hashed, locked and accessioned."),
    "object.placed/1": _("The bytes lie in a store under a pinned version."),
    "recording.same_bytes/1": _("The same bytes were found in a deposit from another recorder."),
    "recording.labelled/1": _("The recording was labelled."),
    "recording.indexed/1": _("The streams of the original were measured and hashed one by one."),
    "derivative.made/1": _("A derivative was made from the original and checked against it."),
    "derivative.unavailable/1": _("A derivative could not be made; the original is kept all the same."),
    "playback.opened/1": _("Someone opened a playback: a look at the recording."),
}
UNKNOWN_EVENT = _("An event of a kind this page has no sentence for.")

YES, NO = _("yes"), _("no")

FIELDS: Mapping[str, str] = {
    "act_kind": _("Kind of act"),
    "case_no": _("Case number"),
    "checks": _("Checks"),
    "claimed": _("Digest claimed"),
    "claimed_size": _("Size claimed"),
    "classes": _("Classes of confidentiality"),
    "container": _("Container"),
    "decoded": _("Frames decoded"),
    "derivative": _("Derivative"),
    "digest": _("Digest"),
    "digests": _("Digest"),
    "display_name": _("Name"),
    "duration_us": _("Duration"),
    "ended": _("End"),
    "file_name": _("File name at the station"),
    "first_intact": _("First deposit intact"),
    "found": _("Digest found"),
    "found_size": _("Size found"),
    "gop_reason": _("No groups of pictures, because"),
    "gop_root": _("Root of the groups of pictures"),
    "gops": _("Groups of pictures"),
    "handling_officer": _("Handling officer"),
    "label": _("Label"),
    "left_out": _("Stream of the original it lacks"),
    "list_item": _("Item of the recording list"),
    "lock_mode": _("Lock"),
    "lock_until": _("Locked until"),
    "log_key": _("Log key"),
    "login": _("Login name"),
    "manifest": _("Digest of the manifest"),
    "matter": _("Matter"),
    "media_type": _("Media type"),
    "method": _("Method"),
    "object_key": _("Object key"),
    "officer": _("Officer"),
    "origin": _("Origin"),
    "other": _("Other recording"),
    "own_recording": _("Own recording"),
    "particulars": _("Particulars"),
    "party": _("Party"),
    "place": _("Place"),
    "probe": _("Probe"),
    "probe_reason": _("Reason of the probe"),
    "pts_table": _("Digest of the timestamp table"),
    "purpose": _("Purpose"),
    "reason": _("Reason"),
    "reasons": _("Reason"),
    "recorder": _("Recorder"),
    "recording": _("Recording"),
    "release": _("Release"),
    "roles": _("Role"),
    "sandbox": _("Sandbox"),
    "segments": _("Segments"),
    "segments_differing": _("Segment that differs"),
    "segments_root": _("Root of the segment digests"),
    "sequence": _("Number in the session"),
    "session": _("Session"),
    "shift_us": _("To be added to reach the original's time, in microseconds"),
    "size": _("Size"),
    "source": _("Source"),
    "stage": _("Stage"),
    "started": _("Start"),
    "station": _("Station"),
    "station_key": _("Station key"),
    "store": _("Store"),
    "streams": _("Streams"),
    "title": _("Title"),
    "tools": _("Tool"),
    "trust": _("Trust grade"),
    "unit": _("Unit"),
    "upload": _("Upload"),
    "version_id": _("Version in the store"),
    "wearer": _("Wearer"),
    "wearer_no": _("Wearer's number"),
    "what": _("What was opened"),
}

# Fields whose values are codes of ours. All other text came from outside and is shown as it stands,
# so that a party called "original" stays a party called "original".
CODED_FIELDS = frozenset(
    {
        "gop_reason", "lock_mode", "method", "particulars", "probe", "probe_reason", "purpose", "reason", "reasons",
        "sandbox", "source", "trust", "what",
    }
)
SIZE_FIELDS = frozenset({"size", "claimed_size", "found_size"})

CODES: Mapping[str, str] = {
    "access_copy": _("access copy"),
    "original": _("original"),
    "poster": _("still picture"),
    "waveform": _("waveform"),
    "pts_table": _("timestamp table"),
    "rewrapped": _("re-wrapped: the streams are the original's, byte for byte; only the container is new"),
    "transcoded": _("transcoded: decoded and encoded again; picture and sound are not the original's bytes"),
    "extracted": _("extracted"),
    "manifest": _("claimed by the station in its manifest"),
    "person": _("entered by a person"),
    "recorder_signed": _("signed by the recorder"),
    "dock_signed": _("signed by the docking station; what the recorder did before is not proven"),
    "named_only": _("named only: no recorder or station has signed for the content"),
    "done": _("done"),
    "deferred": _("put off"),
    "refused": _("refused"),
    "digest": _("the digest differs from the manifest"),
    "segment": _("a segment read back differs from the one received"),
    "size": _("the size differs from the manifest"),
    "still_image": _("it is a still picture"),
    "no_streams": _("there is nothing in it to see or hear"),
    "codec_not_allowed": _("its coding is not on the list of those decoded here"),
    "not_media": _("the file is not sound or picture any tool here can read"),
    "too_large": _("it exceeds the limits set for tools that handle outside files"),
    "too_many_streams": _("it holds more streams than the limit"),
    "timeout": _("the tool did not finish in its time"),
    "tool_failed": _("the tool failed on this file"),
    "no_sandbox": _("no sandbox is available, and outside files are not opened without one"),
    "check_failed": _("a copy was made, but did not pass its checks against the original and was discarded"),
    "no_video": _("there is no picture"),
    "no_keyframes": _("no key pictures were found"),
    "particulars_missing": _("missing: their key or ciphertext is gone, and no erasure is on record"),
    "particulars_changed": _("changed: they are not what the entry committed to"),
    "COMPLIANCE": _("compliance: nobody can shorten it through the store's interface"),
    "bubblewrap": _("bubblewrap (no network, one file readable)"),
    "landlock": _("Landlock (one file readable)"),
    "none": _("none"),
}

SORTS: Mapping[str, str] = {
    "video": _("Video"),
    "audio": _("Sound"),
    "image": _("Photograph"),
    "unknown": _("Unknown format"),
}
COPY_STATES: Mapping[str, str] = {
    "making": _("being made"),
    "ready": _("ready"),
    "unavailable": _("unavailable"),
}
RECEIPT_STATES: Mapping[str, str] = {
    "pending": _("pending: the log has not signed it yet"),
    "signed": _("signed by the log"),
    "cosigned": _("cosigned"),
    "anchored": _("cosigned and time-stamped"),
}
