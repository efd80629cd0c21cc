"""Makes one access copy: plan, run, post-checks. The one entry point of the derivative job."""

from dataclasses import dataclass
from pathlib import Path

from archive.ports import Media, MediaFacts, MediaRefused
from ingest.access_copy import TRANSCODED, UNAVAILABLE, plan
from ingest.post_checks import Checks, check

_NAME = "access"


@dataclass(frozen=True)
class AccessCopy:
    """A checked copy on disk and how it was made; ``arguments`` name input and output ``{in}`` and ``{out}``.

    ``left_out``: indexes of the original's picture or sound streams that nothing here can decode.
    """

    path: Path
    method: str
    media_type: str
    arguments: tuple[str, ...]
    sandbox: str
    checks: Checks
    left_out: tuple[int, ...]


def make_access_copy(media: Media, source: Path, folder: Path, facts: MediaFacts) -> AccessCopy:
    """Write ``access.mp4`` or ``access.m4a`` into the existing ``folder`` and check it against ``source``.

    ``MediaRefused``: the plan's reason when unavailable, ``check_failed`` with the check's name, or the tool's
    own reason. A copy that failed its checks is removed. A repeat overwrites.
    """
    decided = plan(facts)
    if decided.method == UNAVAILABLE:
        raise MediaRefused(decided.reason)
    target = folder / f"{_NAME}{decided.extension}"
    limit = time_limit_s(source, facts, decided.method)
    try:
        run = media.run(decided.arguments, source, target, limit)
        checks = check(media, source, target, facts, decided, limit)
    except MediaRefused:
        target.unlink(missing_ok=True)
        raise
    return AccessCopy(target, decided.method, decided.media_type, run.arguments, run.sandbox, checks, decided.left_out)


def time_limit_s(source: Path, facts: MediaFacts, method: str) -> float:
    """Seconds a run may take: copying is bound by the disk (10 MB/s assumed), encoding by length and size."""
    size = source.stat().st_size
    reading = 120.0 + size / 10_000_000
    if method != TRANSCODED:
        return reading
    return reading + 600.0 + 10 * (facts.duration_us or 0) / 1_000_000 + size / 100_000
