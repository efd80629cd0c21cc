"""docker/: read by the tools that exist without an engine; the store's start script runs for real."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from api.settings import Settings
from archive.adapters.seaweedfs_setup import StoreKeys

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
BIN = Path(sys.executable).parent


def run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_dockerfile_passes_its_linter() -> None:
    run(BIN / "hadolint", "-c", DOCKER / ".hadolint.yaml", DOCKER / "Dockerfile")


def test_the_image_runs_as_nobody_important_and_carries_no_secret() -> None:
    text = (DOCKER / "Dockerfile").read_text("utf-8")
    last_stage = text[text.rindex("\nFROM "):]
    assert re.search(r"^USER 10001:10001$", last_stage, flags=re.MULTILINE)
    assert "/healthz" in last_stage
    assert "HEALTHCHECK" in last_stage
    assert not re.search(r"(?i)password|secret|token|private", text.replace("no secret is baked in", ""))
    assert "--require-hashes" in text


def test_files_the_image_copies_exist_and_are_let_in() -> None:
    let_in = {line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text().split() if line.startswith("!")}
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE):
        copied |= set(line.split())
    assert copied == let_in
    assert [name for name in sorted(copied) if not (ROOT / name).exists()] == []


def compose() -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
    return loaded


def test_compose_keeps_to_the_specification() -> None:
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DOCKER / "compose.yaml")


def test_compose_has_no_default_for_what_must_be_chosen() -> None:
    text = (DOCKER / "compose.yaml").read_text("utf-8")
    assert [name for name in re.findall(r"\$\{([^}]*)}", text) if ":?" not in name] == []
    assert all(set(secret) == {"file"} for secret in compose()["secrets"].values())


def test_compose_sets_only_settings_that_exist() -> None:
    environment = compose()["services"]["liuhen"]["environment"]
    assert isinstance(environment, dict)
    for name in environment:
        section, _, key = name.removeprefix("LIUHEN_").lower().partition("__")
        kind = Settings.model_fields[section].annotation
        assert kind is not None
        assert key in kind.model_fields, name


def test_the_store_is_not_reachable_from_outside() -> None:
    store = compose()["services"]["store"]
    assert "ports" not in store
    assert store["networks"] == ["store"]
    assert compose()["networks"]["store"] == {"internal": True}
    assert compose()["services"]["liuhen"]["ports"] == ["127.0.0.1:8420:8420"]


def test_every_secret_compose_asks_for_is_made(tmp_path: Path) -> None:
    run(DOCKER / "make-secrets.sh", tmp_path / "made")
    asked = {Path(str(secret["file"])).name for secret in compose()["secrets"].values()}
    assert {path.name for path in (tmp_path / "made").iterdir()} == asked
    credentials = json.loads((tmp_path / "made" / "store_credentials.json").read_text())
    StoreKeys(**credentials)  # the shape the service reads from keys/store.json
    given = {name for name, value in credentials.items() if value}
    assert given == {"bucket", "service_access", "service_secret", "collector_access", "collector_secret"}, (
        "nothing of the root identity or the inner doors")
    again = subprocess.run([str(DOCKER / "make-secrets.sh"), str(tmp_path / "made")], capture_output=True, check=False)
    assert again.returncode == 1, "a second run must not replace the secrets of a store that holds evidence"


@pytest.mark.parametrize(("name", "command", "threshold"), [
    ("liuhen.service", "serve", 35), ("liuhen-cosigner.service", "cosign serve --folder /var/lib/liuhen-cosigner", 20),
    ("liuhen-dock.service", "station run --home /var/lib/liuhen-dock --mounts /media/recorders --json", 35),
    ("liuhen-room.service", "room run --home /var/lib/liuhen-room --room ${ROOM} $SOURCES --json", 35)])
def test_a_unit_is_not_understood_or_not_hardened(tmp_path: Path, name: str, command: str, threshold: int) -> None:
    text = (DOCKER / "systemd" / name).read_text("utf-8")
    assert f"ExecStart=/opt/liuhen/bin/liuhen {command}\n" in text
    unit = tmp_path / name
    unit.write_text(text.replace(f"/opt/liuhen/bin/liuhen {command}", "/bin/true"))
    assert run("systemd-analyze", "verify", "--man=no", unit) == ""
    run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={threshold}", unit)


def nginx() -> str:
    """Installed, or unpacked by scripts/setup.sh."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:" + str(ROOT / ".setup" / "nginx" / "usr" / "sbin"))
    assert found, "run `make setup`"
    return found


def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=evidence.example",
        "-keyout", tmp_path / "key.pem", "-out", tmp_path / "fullchain.pem")
    site = (DOCKER / "nginx" / "liuhen.conf").read_text("utf-8").replace("/etc/ssl/liuhen", str(tmp_path))
    site = re.sub(r"listen (\[::]:)?(80|443)", lambda match: f"listen 127.0.0.1:{18000 + int(match[2])}", site)
    site = re.sub(r"(\n +listen [^\n]*;)\1", r"\1", site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {folders} {site} }}")
    run(nginx(), "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf")


def test_uploads_are_not_buffered_by_the_terminator() -> None:
    site = (DOCKER / "nginx" / "liuhen.conf").read_text("utf-8")
    uploads = re.search(r"location /api/v1/uploads \{(.*?)}", site, flags=re.DOTALL)
    assert uploads
    assert "proxy_request_buffering off;" in uploads[1]
    assert "client_max_body_size    0;" in uploads[1]
