"""The list of stations: for people who are signed in, with each one's state, in both languages."""

import httpx2
import pytest
from pages.conftest import Deposited
from pages.signing import form_token

from api.settings import load_settings
from api.wiring import beside
from ingest.revocation import revoke

pytestmark = pytest.mark.xdist_group("pages")


def test_a_revoked_station_looks_like_one_in_force(zhang: httpx2.Client, shown: Deposited) -> None:
    with shown.service.station("已被盗的采集站").client:
        lost = shown.service.stations["已被盗的采集站"].key
    before = zhang.get("/stations").text
    assert "已被盗的采集站" in before
    assert "城东所采集站 01" in before
    assert "已吊销" not in before
    with beside(shown.service.data, load_settings(shown.service.data)) as archive:
        revoke(archive.site, lost.name, "lost")
    after = zhang.get("/stations").text
    assert after.count("<strong>已吊销</strong>") == 1
    assert "遗失" in after
    assert lost.hex_id in after
    assert zhang.post("/language", data={"csrf": form_token(after), "language": "en", "back": "/stations"},
                      follow_redirects=True).text.count("<strong>revoked</strong>") == 1


def test_somebody_who_is_not_signed_in_sees_the_stations(client: httpx2.Client) -> None:
    answer = client.get("/stations")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


def test_a_recordings_page_says_nothing_of_how_its_bytes_came(zhang: httpx2.Client, shown: Deposited) -> None:
    page = zhang.get(f"/recordings/{shown.video}").text
    assert "传输方式" in page
    assert "仅凭上传令牌的请求" in page
