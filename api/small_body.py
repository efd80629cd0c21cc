"""Small request bodies, read whole and never beyond a limit, before anything is made of them."""

from starlette.requests import Request


async def small_body(request: Request, largest: int) -> bytes | None:
    """The body; None when it has more than ``largest`` bytes: it is not read further then."""
    untrusted_body = bytearray()
    async for chunk in request.stream():
        untrusted_body += chunk
        if len(untrusted_body) > largest:
            return None
    return bytes(untrusted_body)
