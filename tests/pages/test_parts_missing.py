"""Pages while a part of the archive does not answer, and cookies behind TLS: the application in this process, over a
copy of the real archive's folder that no store and no sequencer stands behind."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pages.conftest import Deposited
from pages.signing import form_token, sign_in

from api.app import make_app
from api.deps import Service
from api.settings import load_settings
from api.web.render import Renderer
from api.wiring import beside
from retention.clauses import load_pack

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture
def alone(shown: Deposited, tmp_path: Path) -> Iterator[TestClient]:
    """Pages of the copied archive as a browser sees them through a TLS proxy."""
    original = shown.service.data
    shutil.copytree(original / "keys", tmp_path / "keys")
    shutil.copy(original / "liuhen.toml", tmp_path)
    source, copy = sqlite3.connect(original / "liuhen.db"), sqlite3.connect(tmp_path / "liuhen.db")
    source.backup(copy)
    source.close()
    copy.close()
    with beside(tmp_path, load_settings(tmp_path)) as archive:
        rules = load_pack(archive.settings.rules.pack)
        application = make_app(Service(archive, Renderer(), secure_cookies=True, rules=rules))
        with TestClient(application, "https://archive.example", follow_redirects=False,
                        raise_server_exceptions=False) as client:
            client.headers["accept"] = "text/html"
            yield client


def test_a_page_stands_without_the_store_and_says_the_receipt_is_pending(alone: TestClient, shown: Deposited) -> None:
    assert sign_in(alone, "zhang").status_code == 303
    answer = alone.get(f"/recordings/{shown.video}")
    assert answer.status_code == 200
    assert "waveform-shape" not in answer.text
    assert "某某食品有限公司" in answer.text
    assert "日志尚未签名" in answer.text
    start = alone.get("/")
    assert start.status_code == 200
    assert "共 4 件" in start.text


def test_cookies_behind_tls_are_never_sent_in_the_clear(alone: TestClient) -> None:
    login = alone.get("/login").headers["set-cookie"]
    session = sign_in(alone, "zhang").headers["set-cookie"]
    assert "; secure" in login.lower()
    assert session.startswith("liuhen_session=")
    assert "; secure" in session.lower().split("liuhen_login")[0]


def test_lost_particulars_are_called_missing_and_the_history_stands(
        alone: TestClient, shown: Deposited, tmp_path: Path) -> None:
    sign_in(alone, "zhang")
    assert erase_key(tmp_path, shown.video) == 1
    html = alone.get(f"/recordings/{shown.video}").text
    history = html[html.index('<ol class="history">'):]
    assert "upload.opened/1" in history
    assert "某某食品有限公司" not in history
    assert history.count("缺失：其密钥或密文已不存在") == 3  # upload, accession, label; the repeat has a key of its own


def test_changed_particulars_are_called_changed(alone: TestClient, shown: Deposited, tmp_path: Path) -> None:
    sign_in(alone, "zhang")
    with contextlib.closing(sqlite3.connect(tmp_path / "liuhen.db")) as attacker:
        attacker.executescript("".join(f"DROP TRIGGER {name};" for (name,) in attacker.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sealed_particulars'").fetchall()))
        attacker.execute("UPDATE sealed_particulars SET sealed = CAST(substr(sealed, 1, length(sealed) - 1)"
                         " || x'00' AS BLOB) WHERE scope = ?", (shown.sound,))
        attacker.commit()
    answer = alone.get(f"/recordings/{shown.sound}")
    assert answer.status_code == 200
    assert "已变动：与登记项所承诺的内容不符" in answer.text


def test_a_database_that_fails_is_a_problem_page_and_not_a_broken_one(alone: TestClient, tmp_path: Path) -> None:
    sign_in(alone, "zhang")
    broken = sqlite3.connect(tmp_path / "liuhen.db")
    broken.execute("ALTER TABLE web_session RENAME TO web_session_gone")
    broken.commit()
    broken.close()
    answer = alone.get("/")
    assert answer.status_code == 500
    assert "service.fault" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert form_token(answer.text)


def erase_key(data: Path, scope: str) -> int:
    """Destroy the key of one scope as its erasure would; answers how many keys that was."""
    found = [path for path in (data / "keys").rglob("*") if path.is_file() and scope in path.name]
    for path in found:
        path.unlink()
    return len(found)
