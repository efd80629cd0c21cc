"""Small HTML forms: read whole, within a limit, before anything is made of them."""

from urllib.parse import parse_qsl

from fastapi import Request

from api.small_body import small_body
from archive.errors import Refused

LARGEST, MOST = 32 * 1024, 600
"""Bytes and fields; beyond any form of ours (500 recordings ticked), far below what would hurt."""
_TYPE = "application/x-www-form-urlencoded"


async def small_form(request: Request) -> dict[str, str]:
    """As ``form_within``, of at most 32 KiB."""
    return await form_within(request, LARGEST)


async def form_within(request: Request, largest: int) -> dict[str, str]:
    """The fields of an urlencoded form (WHATWG URL §5.1), the last of a name counting.

    ``Refused request.invalid`` for another content type, more than ``largest`` bytes or 600 fields.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _TYPE:
        raise Refused("request.invalid", f"send this form as {_TYPE}")
    untrusted_body = await small_body(request, largest)
    if untrusted_body is None:
        raise Refused("request.invalid", f"a form has at most {largest} bytes")
    try:
        return dict(parse_qsl(untrusted_body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST))
    except ValueError as fault:
        raise Refused("request.invalid", "this is not an urlencoded form") from fault
