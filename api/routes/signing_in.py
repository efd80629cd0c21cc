"""Sign in, sign out, choose a language: the forms that stand outside or around every page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import LANGUAGE_COOKIE, LOGIN_COOKIE, SESSION_COOKIE, ServiceDep, language_of, signed_in_or_none
from api.forms import small_form
from api.page_answers import require_form_token
from api.passwords import verify_password
from api.web.addresses import safe_back
from api.web.views import LoginFault, LoginView
from archive import people
from archive.errors import Refused, Unavailable
from archive.identifiers import UserId
from archive.people import SESSION_LASTS

router = APIRouter(include_in_schema=False)
Form = Annotated[dict[str, str], Depends(small_form)]
LANGUAGE_LASTS_S = 365 * 24 * 3600
LONGEST_LOGIN = 200
_STATUS: dict[LoginFault | None, int] = {None: 200, "wrong": 401, "expired": 403, "throttled": 429}


@router.get("/login")
def login_form(request: Request, service: ServiceDep, back: str = "/") -> Response:
    """The login page; whoever is signed in already goes on."""
    if signed_in_or_none(request) is not None:
        return page_answers.away(safe_back(back))
    return _login_page(request, service, {"back": back}, None)


@router.post("/login")
def login(request: Request, service: ServiceDep, form: Form) -> Response:
    """Sign in. An unknown login and a wrong password look alike and are counted alike."""
    try:
        require_form_token(request, None, form.get("csrf", ""))
    except Refused:
        return _login_page(request, service, form, "expired")
    try:
        person = _person(service, form)
    except Unavailable as fault:
        if fault.code != "login.blocked":
            raise
        answer = _login_page(request, service, form, "throttled")
        answer.headers["Retry-After"] = str(fault.retry_after)
        return answer
    if person is None:
        return _login_page(request, service, form, "wrong")
    return _signed_in(request, service, person, form)


def _person(service: ServiceDep, form: Form) -> UserId | None:
    """Who it is, or None, which has then been counted. ``Unavailable login.blocked`` before the password is looked at.

    Limit: guesses that run at the same time are counted after all have been let in, so a few more than five pass.
    """
    site, untrusted_login = service.archive.site, _login_name(form)
    people.require_not_blocked(site, untrusted_login, site.ports.clock.now())
    known = people.credential(site, untrusted_login)
    if verify_password(form.get("password", ""), known[1] if known else None) and known:
        return known[0]
    people.count_failure(site, untrusted_login, site.ports.clock.now())
    return None


def _signed_in(request: Request, service: ServiceDep, person: UserId, form: Form) -> Response:
    site = service.archive.site
    _end_session(request, service)
    token = people.sign_in(site, person, _login_name(form), site.ports.clock.now())
    answer = page_answers.away(safe_back(form.get("back", "/")))
    page_answers.set_cookie(request, answer, SESSION_COOKIE, token, int(SESSION_LASTS.total_seconds()))
    answer.delete_cookie(LOGIN_COOKIE, path="/")
    return answer


@router.post("/logout")
def logout(request: Request, service: ServiceDep, form: Form) -> Response:
    """End this browser's session, here and on the server."""
    who = signed_in_or_none(request)
    if who is not None:
        require_form_token(request, who, form.get("csrf", ""))
        _end_session(request, service)
    answer = page_answers.away("/login")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.post("/language")
def language(request: Request, form: Form) -> Response:
    """Chinese or English from now on, in this browser."""
    require_form_token(request, signed_in_or_none(request), form.get("csrf", ""))
    answer = page_answers.away(safe_back(form.get("back", "/")))
    chosen = "en" if form.get("language") == "en" else "zh"
    page_answers.set_cookie(request, answer, LANGUAGE_COOKIE, chosen, LANGUAGE_LASTS_S)
    return answer


def _login_page(request: Request, service: ServiceDep, form: Form, fault: LoginFault | None) -> Response:
    frame = page_answers.guest_frame(request)
    view = LoginView(frame, _login_name(form), fault, safe_back(form.get("back", "/")))
    answer = page_answers.page(service.pages.login(view, language_of(request)), _STATUS[fault])
    page_answers.keep_guest_token(request, answer, frame)
    return answer


def _login_name(form: Form) -> str:
    return form.get("login", "")[:LONGEST_LOGIN]


def _end_session(request: Request, service: ServiceDep) -> None:
    untrusted_token = request.cookies.get(SESSION_COOKIE)
    if untrusted_token:
        people.sign_out(service.archive.site, untrusted_token)
