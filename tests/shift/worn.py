"""Officers of a live service, recorders issued to them, and recordings made just now."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import httpx2
from pages.signing import form_token, sign_in
from service_fixture import CAMERA, SAMPLES, LiveService

from api.settings import load_settings
from api.wiring import beside
from archive.event_values import Interval
from archive.officer_numbers import set_number
from archive.recorder_events import CHECK_ITEMS
from ingest.manifest import RecorderName
from ingest.push import Take, push_file


def officers(service: LiveService) -> None:
    """Zhang and Gu with their numbers, a keeper without, Liu who heads the unit."""
    for login, name, number, role in (
            ("zhang", "张建国", "650101", "investigator"), ("gu", "古丽", "650102", "investigator"),
            ("keeper", "李敏", "", "investigator"), ("liu", "刘志强", "", "head")):
        service.add_person(login, name, roles=(role,))
        if number:
            with beside(service.data, load_settings(service.data)) as archive:
                set_number(archive.site, login, number)


@contextmanager
def browser(service: LiveService, login: str) -> Iterator[httpx2.Client]:
    with service.client() as client:
        client.headers["accept"] = "text/html"
        assert sign_in(client, login).status_code == 303
        client.headers["x-csrf-token"] = form_token(client.get("/shift").text)
        yield client


def deposit(service: LiveService, session: str | None, recorder: RecorderName = CAMERA, **labels: str) -> str:
    """A recording made just now, of a second."""
    path = service.data.parent / f"{secrets.token_hex(4)}.g722"
    path.write_bytes((SAMPLES / "phone_g722.g722").read_bytes() + path.name.encode())
    now = datetime.now(UTC)
    with closing(service.station("城东所采集站 01").client):
        return str(push_file(service.station("城东所采集站 01"), Take(
            path, recorder, Interval(now, now), Interval(now, now), labels, session)).recording)


def issue(service: LiveService, number: str, name: str, serial: str = CAMERA.serial) -> None:
    """A recorder given out by the device ledger."""
    with browser(service, "keeper") as keeper:
        code = f"LH-{serial}"
        keeper.post("/api/v1/recorders", json={
            "vendor": CAMERA.vendor, "serial": serial, "kind": CAMERA.kind, "code": code})
        done = keeper.post(f"/api/v1/recorders/{code}/issue", json={
            "wearer": {"number": number, "name": name}, "passed": list(CHECK_ITEMS), "failed": []})
        assert done.status_code == 201, done.text
