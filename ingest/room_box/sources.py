"""What a channel is recorded from, as a person writes it. Pure."""

from pathlib import Path
from urllib.parse import urlsplit

from archive.capture import Source
from archive.errors import Refused


def source_of(untrusted_text: str, encode: bool = False) -> Source:
    """``rtsp://…``, ``v4l2:/dev/video0`` with or without ``+alsa:hw:1``, ``file:clip.mp4``.

    ``Refused room_box.source``. A V4L2 picture is always encoded; of the others only when asked.
    """
    kind, _, rest = untrusted_text.partition(":")
    if kind in ("rtsp", "rtsps") and urlsplit(untrusted_text).hostname:
        return Source("rtsp", untrusted_text, encode=encode)
    if kind == "v4l2":
        device, _, sound = rest.partition("+alsa:")
        if device.startswith("/dev/"):
            return Source("v4l2", device, sound, encode=True)
    if kind == "file" and Path(rest).is_file():
        return Source("file", rest, encode=encode)
    raise Refused("room_box.source", "a channel is rtsp://…, v4l2:/dev/video0, v4l2:/dev/video0+alsa:hw:1, or file: "
                  "and a file that is there")
