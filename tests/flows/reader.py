"""An investigator without a browser: signs in by the form, opens playbacks and reads them over HTTP."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
from pages.signing import form_token, sign_in
from service_fixture import LiveService

from api.deps import SESSION_COOKIE
from archive.identifiers import new_id


@dataclass(frozen=True)
class Reader:
    """A signed-in client and the token its writing requests carry."""

    client: httpx2.Client
    csrf: str

    def open(self, recording: str, what: str = "original") -> httpx2.Response:
        """POST a playback."""
        return self.client.post(f"/api/v1/recordings/{recording}/playbacks", json={"what": what},
                                headers={"X-CSRF-Token": self.csrf})

    def digest_of(self, recording: str) -> str:
        """SHA-256 of the original as a playback of it gives it."""
        opened = self.open(recording)
        assert opened.status_code == 201, opened.text
        digest = hashlib.sha256()
        with self.client.stream("GET", opened.json()["media"]) as answer:
            assert answer.status_code == 200
            for chunk in answer.iter_raw():
                digest.update(chunk)
        return digest.hexdigest()

    @property
    def cookie(self) -> str:
        """The Cookie header of this session."""
        return f"{SESSION_COOKIE}={self.client.cookies[SESSION_COOKIE]}"


@contextmanager
def signed_in(service: LiveService) -> Iterator[Reader]:
    """A new person of the service, signed in."""
    login = "p" + new_id("act")[4:16]
    service.add_person(login, "张建国")
    with service.client() as client:
        client.headers["accept"] = "text/html"
        assert sign_in(client, login).status_code == 303
        yield Reader(client, form_token(client.get("/").text))
