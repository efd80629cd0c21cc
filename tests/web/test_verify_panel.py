"""The verify panel in a real browser: a true receipt passes, every damage is refused at its step."""

from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from web.exhibit import DAMAGES, RECORDING, SEGMENT, Exhibit, entry, exhibit
from web.page_server import RENDERER, Showcase
from web.specimens import recording

from api.web.views import Language
from archive.proof.canonical import Canonical
from archive.proof.signing import SigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

PATH = f"/recordings/{RECORDING}"
SMALL = bytes(range(256)) * 40
LARGE = SMALL * 2048
STEPS = ["receipt", "signature", "inclusion", "leaf", "particulars", "file", "segments"]
assert len(LARGE) > 2 * SEGMENT


def press(page: Page, address: str, show: Showcase, shown: Exhibit, language: Language = "zh", key: str = "") -> str:
    """Open the page, press the button, wait for the verdict; answers it."""
    show.pages[PATH] = RENDERER.recording(recording(), language)
    show.receipt, show.original = shown.receipt, shown.file
    page.goto(address + PATH)
    if key:
        page.locator("#verify summary").click()
        page.locator("#verify-key").fill(key)
    page.locator("#verify-start").click()
    panel = page.locator("#verify[data-verdict=proven], #verify[data-verdict=refused], #verify[data-verdict=stopped]")
    expect(panel).to_have_count(1, timeout=20_000)
    return panel.get_attribute("data-verdict") or ""


def outcomes(page: Page) -> list[tuple[str, str]]:
    return [
        (step.get_attribute("data-step") or "", step.get_attribute("data-outcome") or "")
        for step in page.locator("#verify-steps li").all()
    ]


def test_true_receipt_passes_every_step_over_several_segments(page: Page, address: str, show: Showcase) -> None:
    assert press(page, address, show, exhibit(LARGE)) == "proven"
    assert outcomes(page) == [(step, "proven") for step in STEPS]
    assert show.playbacks == ["original"], "reading the original is exactly one playback"
    expect(page.locator("#verify-status")).to_have_text(
        "未发现问题：原始记录、登记项、存在证明与签名相互一致。"
    )


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (256, 255), (257, 256), (300, 0)])
def test_trees_of_every_shape_are_followed(page: Page, address: str, show: Showcase, size: int, index: int) -> None:
    assert press(page, address, show, exhibit(SMALL, size=size, index=index), "en") == "proven"


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_at_its_step(page: Page, address: str, show: Showcase, damage: str, tmp_path: Path) -> None:
    damaging, step = DAMAGES[damage]
    damaged = damaging(exhibit(SMALL))
    assert press(page, address, show, damaged, "en") == "refused"
    *before, last = outcomes(page)
    assert last == (step, "refused")
    assert [outcome for _, outcome in before] == ["proven"] * STEPS.index(step)
    assert len(show.playbacks) == (step == "file"), "a refused receipt must not cause a look"
    detail = page.locator("#verify-steps li:last-child .detail").inner_text()
    assert detail
    assert "{" not in detail
    assert "undefined" not in detail
    file = tmp_path / "original"
    file.write_bytes(damaged.file)
    report = verify_receipt(damaged.receipt, Trust.of_log(damaged.key), file)
    assert report.verdict == "refused", "the offline verifier agrees"


def test_refusal_is_told_in_chinese_on_a_chinese_page(page: Page, address: str, show: Showcase) -> None:
    damaging, _ = DAMAGES["signature_bit"]
    press(page, address, show, damaging(exhibit(SMALL)), "zh")
    expect(page.locator("#verify-steps li:last-child .detail")).to_have_text("签名与检查点不符")
    expect(page.locator("#verify-status")).to_contain_text("第 2 步发现问题")


def test_receipt_signed_by_another_key_than_the_one_held(page: Page, address: str, show: Showcase) -> None:
    true = exhibit(SMALL)
    other = SigningKey.generate(true.key.name).key.text()
    assert press(page, address, show, true, "en", key=other) == "refused"
    assert outcomes(page)[-1] == ("signature", "refused")


def test_key_held_by_the_reader_is_used_and_named(page: Page, address: str, show: Showcase) -> None:
    true = exhibit(SMALL)
    assert press(page, address, show, true, "en", key=f" {true.key.text()}\n") == "proven"
    detail = page.locator('[data-step="signature"] .detail')
    expect(detail).to_have_text(f"key {true.key.hex_id}, which you entered")


LEAVES: dict[str, tuple[bytes, str]] = {
    "of_another_recording": (entry(SMALL, subject="rec_another"), "leaf"),
    "of_a_playback": (entry(SMALL, kind="playback.opened/1"), "leaf"),
    "with_spaces": (entry(SMALL).replace(b'","', b'", "', 1), "leaf"),
    "with_a_name_twice": (entry(SMALL).replace(b'{"actor"', b'{"actor":"x","actor"', 1), "leaf"),
    "with_a_fraction": (entry(SMALL).replace(b'"size":10240', b'"size":10240.0'), "leaf"),
    "with_a_null": (entry(SMALL).replace(b'"size":10240', b'"size":null'), "leaf"),
    "with_more_members": (entry(SMALL, extra="x"), "leaf"),
    "without_sha256": (entry(SMALL, data={"digests": ["sm3:" + "0" * 64], "size": 10240}), "leaf"),
    "without_commitment": (entry(SMALL, commitment="", nonce="ab" * 16), "particulars"),
    "with_another_size": (entry(SMALL).replace(b'"size":10240', b'"size":10239'), "file"),
    "not_json": (b"\xff\xfe", "leaf"),
}


@pytest.mark.parametrize("name", LEAVES)
def test_signed_but_unfit_leaf_is_refused(page: Page, address: str, show: Showcase, name: str, tmp_path: Path) -> None:
    leaf, step = LEAVES[name]
    unfit = exhibit(SMALL, leaf=leaf)
    assert press(page, address, show, unfit, "en") == "refused"
    assert outcomes(page)[-1] == (step, "refused")
    if name != "of_another_recording":  # the offline verifier is not told which recording to expect
        file = tmp_path / "original"
        file.write_bytes(SMALL)
        assert verify_receipt(unfit.receipt, Trust.of_log(unfit.key), file).verdict == "refused"


def test_repeat_proves_the_first_recording(page: Page, address: str, show: Showcase) -> None:
    digest = f"sha256:{sha256(SMALL).hexdigest()}"
    digests: Canonical = {"digests": [digest], "size": len(SMALL), "recording": RECORDING}
    leaf = entry(SMALL, kind="upload.repeated/1", subject="upl_x", data=digests)
    assert press(page, address, show, exhibit(SMALL, leaf=leaf), "en") == "proven"
    assert outcomes(page)[-1] == ("segments", "unchecked")


def test_pending_receipt_is_no_fault_and_no_proof(page: Page, address: str, show: Showcase) -> None:
    show.receipt_status = 202
    assert press(page, address, show, exhibit(SMALL), "en") == "stopped"
    expect(page.locator("#verify-status")).to_contain_text("not signed yet")
    assert show.playbacks == []


def test_refused_playback_is_told_and_leaves_nothing_proven(page: Page, address: str, show: Showcase) -> None:
    show.refuse_playback = True
    assert press(page, address, show, exhibit(SMALL), "en") == "stopped"
    assert outcomes(page)[-1] == ("file", "unchecked")
    expect(page.locator("#verify-status")).to_contain_text("log.behind")


def test_a_second_run_shows_the_second_result(page: Page, address: str, show: Showcase) -> None:
    assert press(page, address, show, exhibit(SMALL), "en") == "proven"
    show.original = SMALL[:-1]
    page.locator("#verify-start").click()
    expect(page.locator("#verify[data-verdict=refused]")).to_have_count(1)
    assert len(outcomes(page)) == STEPS.index("file") + 1
