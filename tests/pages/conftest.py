"""One real service with a few recordings in it, shared by the tests of the pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest
from pages.signing import sign_in
from service_fixture import SAMPLES, TAKEN, LiveService, live_service, wait_for

from ingest.manifest import RecorderName

CASE = "吉市监罚〔2026〕12号"
LONGER_CASE = "吉市监罚〔2026〕123号"


@dataclass(frozen=True)
class Deposited:
    """A service and the ids of what lies in it."""

    service: LiveService
    video: str
    twin: str
    sound: str
    unreadable: str

    @property
    def address(self) -> str:
        return self.service.address


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deposited]:
    """A video deposited twice by one recorder and once by another, a sound recording, a file that is neither."""
    folder = tmp_path_factory.mktemp("pages")
    unreadable = folder / "不是视频.mp4"
    unreadable.write_bytes(b"neither sound nor picture\n" * 100)
    with live_service(folder) as service:
        service.add_person("zhang", "张建国")
        video = SAMPLES / "bodycam_h264_aac.mp4"
        first = service.push(video, case_no=CASE, party="某某食品有限公司", wearer="王芳")
        assert service.push(video, case_no=CASE).repeated
        twin = service.push(video, "城西所采集站 02", RecorderName("Huawei", "X-7", "body_camera"), case_no=CASE)
        later = TAKEN + timedelta(hours=1)
        sound = service.push(SAMPLES / "interview_pcm.wav", at=later, case_no=LONGER_CASE)
        odd = service.push(unreadable)
        deposited = Deposited(service, first.recording, twin.recording, sound.recording, odd.recording)
        _await_copies(deposited)
        yield deposited


@pytest.fixture
def client(shown: Deposited) -> Iterator[httpx2.Client]:
    """A browser nobody is signed in to, without the browser."""
    with shown.service.client() as client:
        client.headers["accept"] = "text/html"
        yield client


@pytest.fixture
def zhang(shown: Deposited, client: httpx2.Client) -> httpx2.Client:
    """The same, signed in as 张建国."""
    assert sign_in(client, "zhang").status_code == 303
    return client


def _await_copies(shown: Deposited) -> None:
    """The index comes last; a page then has all it will have."""
    with shown.service.client() as client:
        client.headers["accept"] = "text/html"
        sign_in(client, "zhang")

        def all_indexed() -> bool:
            pages = (client.get(f"/recordings/{r}").text for r in (shown.video, shown.twin, shown.sound))
            return all("recording.indexed/1" in page for page in pages)

        wait_for(all_indexed)
