"""How times, sizes and durations stand on a page."""

from datetime import UTC, datetime, timedelta, timezone

from markupsafe import Markup

# Asia/Shanghai. A fixed offset on purpose: it has been UTC+8 without summer time since 1991, and a machine
# without the time-zone files must show the same time.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def moment(at: datetime) -> Markup:
    """A UTC-aware time as a ``<time>`` element: Beijing time to the second, UTC in its title."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone reached a page")
    utc = at.astimezone(UTC)
    local = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    machine = utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    title = utc.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, title, local)


def size(count: int) -> str:
    """Bytes in decimal units, three digits: 999 B, 12.3 MB."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.3g} {unit}"
    return f"{value / 1000:,.4g} TB"


def grouped(count: int) -> str:
    """An integer with its thousands set apart."""
    return f"{count:,}"


def duration(microseconds: int) -> str:
    """h:mm:ss.t or m:ss.t, tenths cut off, never rounded up."""
    tenths = microseconds // 100_000
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def digest_parts(digest: str) -> tuple[str, str]:
    """``alg:hex`` as (ALG, hex)."""
    algorithm, _, value = digest.partition(":")
    return {"sha256": "SHA-256", "sm3": "SM3"}.get(algorithm, algorithm), value
