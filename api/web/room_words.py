"""Words about rooms and sessions in them, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "room.registered/1": _("A room was registered with its channels and clock."),
    "room.named/1": _("A room and its channels were named."),
    "room.changed/1": _("A room got another box, clock or set of channels."),
    "room.closed/1": _("A room was taken out of use."),
    "room.session_opened/1": _("A session was opened in a room."),
    "room.rights_notified/1": _("It was stated when the person questioned was told of their rights."),
    "room.session_ended/1": _("The session was ended, with the times of the written record."),
    "room.interrupted/1": _("The room's box told that a channel was not recorded for a while."),
    "room.session_labelled/1": _("The session was labelled, for all its segments."),
    "room.playback_opened/1": _("Someone opened the session's set: a look at all its segments."),
}
FIELDS: Mapping[str, str] = {
    "channel": _("Channel"),
    "channels": _("Channels"),
    "label": _("Label"),
    "clock": _("Clock"),
    "copies": _("Access copies"),
    "notified_at": _("Rights notified at"),
    "resumed_at": _("Recorded again from"),
    "room": _("Room"),
    "stopped_at": _("Not recorded from"),
}
PURPOSES: Mapping[str, str] = {
    "interview": _("interview room"),
    "hearing": _("hearing room"),
    "premises": _("premises where cases are handled"),
}
CLOCKS: Mapping[str, str] = {
    "ntp": _("network time"),
    "gnss": _("satellite time"),
    "box": _("the box's own, not synchronised"),
    "recorder": _("the recorder's own"),
}
INTERRUPTIONS: Mapping[str, str] = {
    "source_lost": _("the camera gave no picture"),
    "capture_died": _("the recording program ended and was started again"),
    "box_down": _("the box was off or restarted"),
    "disk_full": _("the box's disk was full"),
}
FLAGS: Mapping[str, str] = {
    "start_outside": _("The start stated in the written record lies where not every channel was recorded."),
    "end_outside": _("The end stated in the written record lies where not every channel was recorded."),
}
CODES: Mapping[str, str] = {**PURPOSES, **INTERRUPTIONS, "ntp": CLOCKS["ntp"], "gnss": CLOCKS["gnss"]}
LABELS = ("matter", "case_no", "party", "handling_officer")
"""Fields of a session's label, in the order shown."""
SET_WORDS: Mapping[str, str] = {
    "opening": _("Putting the look on record…"),
    "playing": _("Playing; the look is on record."),
    "paused": _("Paused."),
    "refused": _("The set was not opened: {detail}"),
    "unreachable": _("The service could not be reached. Nothing was shown."),
    "broken": _("The browser cannot play a segment of channel {channel}."),
    "ended": _("The end of the set."),
}
"""Sentences of the set's player, handed to its script."""
