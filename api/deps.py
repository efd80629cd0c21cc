"""Who is asking, and the wired service: the dependencies of every endpoint."""

import hmac
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from api.upload_memory import UploadMemory
from api.web.render import Renderer
from api.web.views import Language
from api.wiring import Archive
from archive.errors import Refused
from archive.people import SignedIn, signed_in
from retention.clauses import RulePack
from retention.recording_lists import RecordingList, load_lists

SESSION_COOKIE, LOGIN_COOKIE, LANGUAGE_COOKIE = "liuhen_session", "liuhen_login", "liuhen_language"


@dataclass
class Service:
    """The running service: the archive, its pages, the rules and lists it judges by, the memory that uploads share."""

    archive: Archive
    pages: Renderer
    secure_cookies: bool
    rules: RulePack
    lists: tuple[RecordingList, ...] = field(default_factory=load_lists)
    memory: UploadMemory = field(default_factory=UploadMemory)


def service_of(request: Request) -> Service:
    """The service this process runs."""
    return cast(Service, request.app.state.service)


def signed_in_or_none(request: Request) -> SignedIn | None:
    """Who this browser is signed in as, if anybody."""
    untrusted_token = request.cookies.get(SESSION_COOKIE)
    if not untrusted_token:
        return None
    site = service_of(request).archive.site
    return signed_in(site, untrusted_token, site.ports.clock.now())


def person(request: Request) -> SignedIn:
    """A signed-in person; ``Refused auth.required`` otherwise."""
    who = signed_in_or_none(request)
    if who is None:
        raise Refused("auth.required", "sign in first")
    return who


def person_writing(request: Request, who: Annotated[SignedIn, Depends(person)]) -> SignedIn:
    """A signed-in person whose request carries the session's CSRF token; ``Refused auth.csrf`` otherwise."""
    require_csrf(request.headers.get("x-csrf-token", ""), who.csrf)
    return who


def require_csrf(untrusted_token: str, expected: str) -> None:
    """``Refused auth.csrf`` unless the two are equal."""
    if not hmac.compare_digest(untrusted_token.encode(), expected.encode()):
        raise Refused("auth.csrf", "this form is out of date; load the page again")


def language_of(request: Request) -> Language:
    """Chinese unless English was chosen."""
    return "en" if request.cookies.get(LANGUAGE_COOKIE) == "en" else "zh"


ServiceDep = Annotated[Service, Depends(service_of)]
Person = Annotated[SignedIn, Depends(person)]
PersonWriting = Annotated[SignedIn, Depends(person_writing)]
