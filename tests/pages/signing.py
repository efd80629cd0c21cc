"""Signing in by plain HTTP, as the login page's form does."""

import re
from html import unescape

import httpx2
from service_fixture import PASSWORD

_CSRF = re.compile(r'name="csrf" value="([^"]*)"')


def form_token(html: str) -> str:
    """The token the forms of a page carry."""
    found = _CSRF.search(html)
    assert found is not None
    return unescape(found[1])


def sign_in(client: httpx2.Client, login: str, password: str = PASSWORD, **fields: str) -> httpx2.Response:
    """What the login form's answer is, redirects not followed."""
    token = form_token(client.get("/login").text)
    return client.post("/login", data={"csrf": token, "login": login, "password": password, **fields})
