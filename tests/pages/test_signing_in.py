"""The login: what guessing costs, what the forms and cookies keep out, and where it leads."""

import re
import time
from html import unescape

import httpx2
import pytest
from pages.conftest import Deposited
from pages.signing import form_token, sign_in

pytestmark = pytest.mark.xdist_group("pages")
SESSION, LOGIN, LANGUAGE = "liuhen_session", "liuhen_login", "liuhen_language"


def cookies_set(answer: httpx2.Response) -> dict[str, str]:
    """Each Set-Cookie header in lower case, by cookie name."""
    return {line.split("=")[0]: line.lower() for line in answer.headers.get_list("set-cookie")}


def test_a_page_is_not_shown_to_a_stranger(client: httpx2.Client, shown: Deposited) -> None:
    for path in ("/", "/search?case=x", f"/recordings/{shown.video}", "/cases/12"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")
        assert shown.video not in answer.text


def test_after_signing_in_one_is_where_one_wanted_to_go(client: httpx2.Client) -> None:
    wanted = "/search?case=%E5%90%89%E5%B8%82&more=1"
    login = client.get(client.get(wanted).headers["location"])
    back = re.search(r'action="/login".*?name="back" value="([^"]*)"', login.text, re.DOTALL)
    assert back is not None
    answer = sign_in(client, "zhang", back=unescape(back[1]))
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)


@pytest.mark.parametrize("outside", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/%0d%0aSet-Cookie:x=1\r\nX: y", "evil.example", "/\tevil", "",
])
def test_a_login_never_leads_to_another_site(client: httpx2.Client, outside: str) -> None:
    answer = sign_in(client, "zhang", back=outside)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/login", params={"back": outside}).headers["location"] == "/"


def test_a_login_without_the_cookies_token_is_refused(client: httpx2.Client) -> None:
    good = {"login": "zhang", "password": "a password of this test"}
    token = form_token(client.get("/login").text)
    for csrf in ({}, {"csrf": ""}, {"csrf": token[::-1]}):
        answer = client.post("/login", data={**good, **csrf})
        assert answer.status_code == 403
        assert SESSION not in cookies_set(answer)
    client.cookies.clear()
    assert client.post("/login", data={**good, "csrf": token}).status_code == 403
    assert client.post("/login", data={**good, "csrf": ""}, headers={"cookie": f"{LOGIN}="}).status_code == 403


def test_unknown_login_and_wrong_password_look_alike(client: httpx2.Client) -> None:
    wrong = sign_in(client, "zhang", "not the password")
    unknown = sign_in(client, "no_such", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace('value="zhang"', "") == unknown.text.replace('value="no_such"', "")


def test_guessing_is_blocked_after_five_even_with_the_right_password(shown: Deposited, client: httpx2.Client) -> None:
    shown.service.add_person("guessed", "被猜")
    assert [sign_in(client, "guessed", f"guess number {n}").status_code for n in range(6)] == [401] * 6
    blocked = sign_in(client, "guessed")
    assert blocked.status_code == 429
    assert 1 <= int(blocked.headers["retry-after"]) <= 3
    assert sign_in(client, "zhang").status_code == 303  # nobody else is blocked
    client.cookies.clear()
    time.sleep(int(blocked.headers["retry-after"]))
    assert sign_in(client, "guessed").status_code == 303


def test_no_script_and_no_other_site_gets_at_the_cookies(client: httpx2.Client) -> None:
    login = cookies_set(client.get("/login"))[LOGIN]
    session = cookies_set(sign_in(client, "zhang"))[SESSION]
    for cookie in (login, session):
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert "secure" not in cookie  # plain http here; see the test of a service behind TLS


def test_no_cache_keeps_a_page(zhang: httpx2.Client, shown: Deposited) -> None:
    for path in ("/", "/search?case=12", f"/recordings/{shown.video}", "/cases/12", "/nowhere"):
        answer = zhang.get(path)
        assert answer.headers["cache-control"] == "no-store", path
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_signing_out_ends_the_session_on_the_server(zhang: httpx2.Client) -> None:
    kept = dict(zhang.cookies)
    token = form_token(zhang.get("/").text)
    assert zhang.post("/logout", data={"csrf": token}).headers["location"] == "/login"
    assert SESSION not in zhang.cookies
    assert zhang.get("/", headers={"cookie": f"{SESSION}={kept[SESSION]}"}).status_code == 303


def test_another_site_cannot_sign_somebody_out_or_change_their_language(zhang: httpx2.Client) -> None:
    for path in ("/logout", "/language"):
        answer = zhang.post(path, data={"csrf": "guessed", "language": "en", "back": "/"})
        assert answer.status_code == 403
        assert "auth.csrf" in answer.text
        assert not {SESSION, LANGUAGE} & cookies_set(answer).keys()
    assert zhang.get("/").status_code == 200


def test_a_second_login_ends_the_first_session_of_this_browser(zhang: httpx2.Client) -> None:
    first = zhang.cookies[SESSION]
    with httpx2.Client(base_url=zhang.base_url, cookies={SESSION: first}) as again:
        page = again.get("/login")
        assert page.status_code == 303  # who is signed in goes on; the form can still be sent
        again.cookies.set(LOGIN, "t" * 43)
        sent = {"csrf": "t" * 43, "login": "zhang", "password": "a password of this test"}
        assert again.post("/login", data=sent).status_code == 303
    assert zhang.get("/", headers={"cookie": f"{SESSION}={first}"}).status_code == 303


def test_the_language_stays_and_leads_back_only_here(zhang: httpx2.Client) -> None:
    token = form_token(zhang.get("/").text)
    answer = zhang.post("/language", data={"csrf": token, "language": "en", "back": "//evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Recent recordings" in zhang.get("/").text
    zhang.post("/language", data={"csrf": token, "language": "<script>", "back": "/"})
    assert "最近的音像记录" in zhang.get("/").text


def test_a_form_that_is_no_small_form_is_refused(client: httpx2.Client) -> None:
    large = client.post("/login", data={"password": "x" * 40_000})
    other = client.post("/login", json={"login": "zhang"})
    many = client.post("/login", data={f"f{n}": "x" for n in range(700)})
    for answer in (large, other, many):
        assert answer.status_code == 422
        assert "request.invalid" in answer.text


def test_odd_bytes_in_a_login_are_a_wrong_login(client: httpx2.Client) -> None:
    token = form_token(client.get("/login").text)
    body = f"csrf={token}&login=%00%ff%ed%a0%80&password=%00%ff".encode()
    answer = client.post("/login", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 401
