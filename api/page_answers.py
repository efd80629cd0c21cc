"""What every page's answer shares: its frame, its cookies, the form token of a browser nobody is signed in to."""

import secrets
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.deps import LOGIN_COOKIE, Person, require_csrf, service_of
from api.forms import small_form
from api.web.views import Frame
from archive.people import SignedIn

NO_STORE = {"Cache-Control": "no-store"}


def address_of(request: Request) -> str:
    """This page's path and query as sent, percent codes and all; "/" where the page answers a form."""
    if request.method != "GET":
        return "/"
    path = request.scope.get("raw_path", b"").decode("ascii", "replace") or request.url.path
    return f"{path}?{request.url.query}" if request.url.query else path


def frame(request: Request, who: SignedIn) -> Frame:
    """The frame of a page for somebody signed in."""
    return Frame(who.csrf, address_of(request), who.display_name)


def guest_frame(request: Request) -> Frame:
    """The frame of a page for nobody: its forms carry the token of the login cookie, a fresh one when none came."""
    token = request.cookies.get(LOGIN_COOKIE, "")
    sound = len(token) == len(token.encode("ascii", "ignore")) == 43
    return Frame(token if sound else secrets.token_urlsafe(32), address_of(request), None)


def require_form_token(request: Request, who: SignedIn | None, untrusted_token: str) -> None:
    """``Refused auth.csrf`` unless the form carries the session's token, or without a session the login cookie's.

    Limit of the latter (double submit): it keeps out other sites, not whoever can set cookies for this host.
    """
    expected = who.csrf if who is not None else request.cookies.get(LOGIN_COOKIE, "")
    require_csrf(untrusted_token if expected else "", expected or "there was no cookie")


def form_of(request: Request, who: Person, form: Annotated[dict[str, str], Depends(small_form)]) -> dict[str, str]:
    """The fields of a form of a signed-in person, its token checked."""
    require_form_token(request, who, form.get("csrf", ""))
    return form


PersonForm = Annotated[dict[str, str], Depends(form_of)]


def page(html: str, status: int = 200) -> HTMLResponse:
    """A page no cache keeps."""
    return HTMLResponse(html, status, NO_STORE)


def keep_guest_token(request: Request, answer: Response, shown: Frame) -> None:
    """The login cookie that belongs to a guest's frame."""
    set_cookie(request, answer, LOGIN_COOKIE, shown.csrf)


def away(address: str) -> RedirectResponse:
    """303 to a path of ours (RFC 9110 §15.4.4); callers pass outside addresses through ``addresses.safe_back``."""
    return RedirectResponse(address, 303, NO_STORE)


def set_cookie(request: Request, answer: Response, name: str, value: str, lasts_s: int | None = None) -> None:
    """A cookie scripts cannot read, not sent on requests other sites cause; Secure exactly when served over https."""
    answer.set_cookie(name, value, max_age=lasts_s, path="/", httponly=True, samesite="lax",
                      secure=service_of(request).secure_cookies)
