"""The API keeps to its own description: schemathesis, which nobody here wrote, asks it everything it can think of."""

import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from service_fixture import PASSWORD, SAMPLES, LiveService, live_service

OFF = "unsupported_method,positive_data_acceptance,negative_data_rejection,ignored_auth,missing_required_header"
"""Ids, tokens and headers are checked by us, not by schema, so what the schema lets through may be refused and
the other way round; sign-in is tested elsewhere."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory):
    with live_service(tmp_path_factory.mktemp("openapi")) as live:
        live.add_person("auditor", "审计", PASSWORD)
        live.push(SAMPLES / "interview_pcm.wav", case_no="吉市监罚〔2026〕9号")
        yield live


def _signed_in(live: LiveService) -> tuple[str, str]:
    with httpx2.Client(base_url=live.address) as client:
        form = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
        assert form is not None
        answer = client.post("/login", data={"login": "auditor", "password": PASSWORD, "csrf": form[1]})
        assert answer.status_code == 303
        meta = re.search(r'name="csrf"[^>]*content="([^"]+)"', client.get("/").text)
        assert meta is not None
        return client.cookies["liuhen_session"], meta[1]


def test_an_answer_the_description_does_not_know(service: LiveService) -> None:
    session, csrf = _signed_in(service)
    schemathesis = Path(sys.executable).with_name("st")
    run = subprocess.run(
        [schemathesis, "run", f"{service.address}/api/v1/openapi.json", "--max-examples", "15", "--seed", "7",
         "--header", f"Cookie: liuhen_session={session}", "--header", f"x-csrf-token: {csrf}",
         "--exclude-checks", OFF, "--no-color"],
        capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout[-6000:]
