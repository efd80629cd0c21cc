"""ffmpeg behind the Capture port: RTSP, V4L2 with ALSA, or a file at its own pace, to fragmented MP4 segments."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.capture import Closed, Ended, Pulse, Source
from archive.errors import Unavailable

STALL_S = 10.0
"""A source that gives nothing for this long is lost."""
PULSE_S = 0.25
_ERRORS = 16 << 10
_DIE_WITH_PARENT = ("import ctypes,os,sys;ctypes.CDLL(None).prctl(1,9,0,0,0);os.execvp(sys.argv[1],sys.argv[1:])")
"""PR_SET_PDEATHSIG, so that a killed box leaves no program behind that writes on into its folder."""


class FfmpegCapture:
    """``archive.capture.Capture`` with the ffmpeg on PATH."""

    def start(self, source: Source, folder: Path, first: int, segment_s: float) -> "FfmpegRun":
        """Begin; the thread that calls this must live as long as the run. ``Unavailable room_box.no_ffmpeg``."""
        return FfmpegRun([*_input(source), *_output(source, first, segment_s, folder)])


class FfmpegRun:
    """One ffmpeg."""

    def __init__(self, arguments: Sequence[str]) -> None:
        pulses, writing = os.pipe()
        command = ("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-progress", f"pipe:{writing}",
                   "-stats_period", str(PULSE_S), *arguments)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _DIE_WITH_PARENT, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, pass_fds=[writing], start_new_session=True)
        except OSError as fault:
            os.close(pulses)
            raise Unavailable("room_box.no_ffmpeg", f"ffmpeg cannot be started: {fault}") from fault
        finally:
            os.close(writing)
        self._pulses, self._stopped, self._stalled = pulses, False, False
        self._errors = b""

    @property
    def ended(self) -> Ended:
        """How it ended, once ``events`` has."""
        if self._stopped:
            return "stopped"
        if b"No space left" in self._errors:
            return "disk_full"
        return "capture_died" if (self._process.returncode or 0) < 0 and not self._stalled else "source_lost"

    def events(self) -> Iterator[Pulse | Closed]:
        """Until the run ends; one that stalls is ended."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        listed, errors = self._process.stdout.fileno(), self._process.stderr.fileno()
        held = {listed: b"", errors: b"", self._pulses: b""}
        reading, heard = set(held), time.monotonic()
        try:
            while reading:
                ready = select.select(list(reading), [], [], 1.0)[0]
                for descriptor in ready:
                    chunk = os.read(descriptor, 1 << 16)
                    if not chunk:
                        reading.discard(descriptor)
                    *lines, held[descriptor] = (held[descriptor] + chunk).split(b"\n")
                    if descriptor == errors:
                        self._errors = (self._errors + chunk)[-_ERRORS:]
                        continue
                    for line in lines:
                        event = _closed(line) if descriptor == listed else _pulse(line)
                        if event is not None:
                            heard = time.monotonic()
                            yield event
                if time.monotonic() - heard > STALL_S:
                    self._stalled = True
                    self._kill()
        finally:
            self._kill()
            self._process.wait()
            for pipe in (self._process.stdout, self._process.stderr):
                pipe.close()
            os.close(self._pulses)

    def stop(self) -> None:
        """Let ffmpeg close the segment at hand and end."""
        self._stopped = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def _kill(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _input(source: Source) -> list[str]:
    if source.kind == "rtsp":
        return ["-rtsp_transport", "tcp", "-timeout", "5000000", "-i", source.address]
    if source.kind == "v4l2":
        sound = ["-f", "alsa", "-thread_queue_size", "1024", "-i", source.sound] if source.sound else []
        return ["-f", "v4l2", "-thread_queue_size", "64", "-i", source.address, *sound]
    return ["-re", "-stream_loop", "-1", "-protocol_whitelist", "file", "-i", f"file:{Path(source.address).resolve()}"]


def _output(source: Source, first: int, segment_s: float, folder: Path) -> list[str]:
    picture = ["-c:v", "copy"] if not source.encode else [
        "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-force_key_frames", "expr:gte(t,n_forced*1)"]
    sound = "1:a:0?" if source.sound else "0:a:0?"
    return ["-map", "0:v:0", "-map", sound, *picture, "-c:a", "aac", "-b:a", "96k", "-f", "segment",
            "-segment_time", str(segment_s), "-reset_timestamps", "1", "-segment_format", "mp4",
            "-segment_format_options", "movflags=frag_keyframe+delay_moov+default_base_moof:flush_packets=1",
            "-segment_list", "pipe:1", "-segment_list_type", "csv", "-segment_start_number", str(first),
            str(folder / "%08d.mp4")]


def _closed(line: bytes) -> Closed:
    name, start, end = line.decode("utf-8", "replace").rsplit(",", 2)
    return Closed(name, float(start), float(end))


def _pulse(line: bytes) -> Pulse | None:
    name, _, value = line.partition(b"=")
    return Pulse(int(value) / 1e6) if name == b"out_time_us" and value.strip().isdigit() else None
