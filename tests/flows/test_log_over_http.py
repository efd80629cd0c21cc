"""The log as an outsider reads it from the running service, checked by a checker that shares no code with it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flows.dock import Dock, dock_of, jobs_done, noise, rows, shared_service
from flows.reader import signed_in
from log.go_build import run_checker
from service_fixture import PASSWORD

from api.cli import main
from api.settings import load_settings
from api.wiring import beside
from archive.consistency import prove_growth
from archive.proof.consistency import ConsistencyProof, check_consistency


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


def test_the_served_log_fails_a_checker_of_another_make(dock: Dock, tmp_path: Path) -> None:
    """With an older checkpoint as well: the log grew and did not change."""
    base = f"{dock.service.address}/log"
    dock.deposit(noise(100))
    old = tmp_path / "old"
    old.write_bytes(dock.client.get("/log/checkpoint").content)
    dock.deposit(noise(100), case_no="吉市监罚〔2026〕50号")
    with signed_in(dock.service) as reader:
        jobs_done(dock.service)
        checked = run_checker(base, dock.service.log_key.text(), [old], [f"Cookie: {reader.cookie}"])
    leaves = rows(dock.service.data, "SELECT count(*) FROM custody")[0][0]
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{leaves} entries" in checked.stdout


def test_growth_is_not_proven_to_whoever_kept_a_checkpoint(dock: Dock) -> None:
    dock.deposit(noise(100))
    kept = dock.client.get("/log/checkpoint").text
    size, keys = int(kept.splitlines()[1]), [dock.service.log_key]
    dock.deposit(noise(100))
    proof = ConsistencyProof.parse(dock.client.get(f"/log/consistency?old={size}").content)
    old, new = check_consistency(proof, keys)
    assert (old.size, proof.old) == (size, kept)
    assert new.size > size
    again = dock.client.get(f"/log/consistency?old={size}&new={new.size}")
    assert check_consistency(ConsistencyProof.parse(again.content), keys) == (old, new)
    for query, status, code in (("old=0", 404, "log.no_checkpoint"),
                                (f"old={new.size}&new={size}", 422, "log.backward"),
                                (f"old={size}&new=10000000", 404, "log.no_checkpoint"), ("", 422, "request.invalid"),
                                ("old=-1", 422, "request.invalid"), (f"old={2**64}", 422, "request.invalid")):
        answer = dock.client.get(f"/log/consistency?{query}")
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:liuhen:error:{code}"), query
    with beside(dock.service.data, load_settings(dock.service.data)) as archive:
        assert check_consistency(prove_growth(archive.site, size, new.size), keys) == (old, new)


def test_an_auditor_with_a_login_counts_other_events_than_happened(
        dock: Dock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    dock.deposit(noise(100))
    dock.service.add_person(f"auditor{tmp_path.name[-20:]}", "审计员")
    monkeypatch.setenv("LIUHEN_PASSWORD", PASSWORD)
    follow = ["log", "follow", f"{dock.service.address}/log", "--key", dock.service.log_key.text(), "--once",
              "--state", str(tmp_path / "state")]
    assert main([*follow, "--login", f"auditor{tmp_path.name[-20:]}"]) == 0
    said = capsys.readouterr().out
    for kind, count in rows(dock.service.data, "SELECT kind, count(*) FROM custody GROUP BY kind"):
        if kind in ("log.opened/1", "station.enrolled/2"):
            assert f"+{count} {kind}" in said
    assert "operator's word only" in said
    monkeypatch.setenv("LIUHEN_PASSWORD", "not this one")
    assert main([*follow, "--login", "auditor"]) == 1
    assert "follow.login" in capsys.readouterr().err


def test_entries_are_handed_to_somebody_who_is_not_signed_in(dock: Dock) -> None:
    dock.deposit(noise(10))
    size = int(dock.client.get("/log/checkpoint").text.splitlines()[1])
    last = f"{size // 256:03}.p/{size % 256}"
    entries, hashes = f"/log/tile/entries/{last}", f"/log/tile/0/{last}"
    answer = dock.client.get(entries)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:liuhen:error:auth.required")
    found = dock.client.get(hashes)
    assert (found.status_code, len(found.content)) == (200, 32 * (size % 256))
    assert "immutable" in found.headers["Cache-Control"]
    assert dock.client.get("/log/checkpoint").headers["Cache-Control"] == "no-cache"
    assert dock.client.get("/log/vkey").text == dock.service.log_key.text() + "\n"


@pytest.mark.parametrize("path", ["tile/0/000.p/0", "tile/0/000.p/256", "tile/0/0", "tile/64/000", "tile/0/{next}",
                                  "tile/0/099", "tile/0/x001/000", "tile/1/001.p/1", "tile/00/000", "tile/0/000.p/01",
                                  "tile/0/../checkpoint", "tile/-1/000", "tile/0/{next}.p/1", "tile/x", "nothing"])
def test_more_than_the_signed_log_holds_is_served(dock: Dock, path: str) -> None:
    """``next``: the tile after the one that is being filled, whatever other tests have put into this log."""
    dock.deposit(noise(10))
    size = int(dock.client.get("/log/checkpoint").text.splitlines()[1])
    answer = dock.client.get(f"/log/{path.format(next=f'{size // 256 + 1:03}')}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
