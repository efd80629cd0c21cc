"""Addresses of the pages, written and read in one place."""

from urllib.parse import quote

_LONGEST_BACK = 2048


def recording_address(recording_id: str) -> str:
    """Path of a recording's page."""
    return f"/recordings/{quote(recording_id, safe='')}"


def case_address(normalised_case_number: str) -> str:
    """Path of a case number's page; all but letters and digits as UTF-8 percent codes (RFC 3986)."""
    return f"/cases/{quote(normalised_case_number, safe='')}"


def matter_address(matter_id: str) -> str:
    """Path of a matter's page."""
    return f"/matters/{quote(matter_id, safe='')}"


def search_address(case_number: str) -> str:
    """Path and query of a search."""
    return f"/search?case={quote(case_number, safe='')}"


def login_address(back: str) -> str:
    """Path and query of the login page that leads back to an address of this site afterwards."""
    return "/login" if safe_back(back) == "/" else f"/login?back={quote(back, safe='/')}"


def safe_back(untrusted_back: str) -> str:
    """Where a form may send its user back to: a path of this site, else the start page.

    ``//host``, a backslash (browsers read it as a slash), control characters and over-long paths give "/".
    """
    plain = untrusted_back.isascii() and untrusted_back.isprintable() and len(untrusted_back) <= _LONGEST_BACK
    inside = untrusted_back.startswith("/") and not untrusted_back.startswith("//")
    if plain and inside and "\\" not in untrusted_back:
        return untrusted_back
    return "/"
