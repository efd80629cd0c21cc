"""The one-file verifier with what lies around a receipt: big files, saved checkpoints, stamps, vectors, paper."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anchoring.authorities import query
from playwright.sync_api import expect
from proof.deposit import SIGNER, Deposit, make_deposit, receipt_for
from proof.known_keys import known_key
from proof.test_verify_saved import note, proof
from web.cosigned import SMALL, Case, case
from web.verifier_page import Verifier, payload

from api import test_authority
from archive.proof.canonical import encode
from archive.proof.digest import measure_file
from archive.proof.keys import VerificationKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

VECTORS = Path(__file__).parents[1] / "vectors"
EXPECTED: dict[str, dict[str, Any]] = json.loads((VECTORS / "expected.json").read_text("utf-8"))
KEY = VerificationKey.parse((VECTORS / "log.vkey").read_text("utf-8").strip())
POLICY = f"log {SIGNER.key.text()}\nquorum none\n"
SEGMENT = 8 * 1024 * 1024
PATIENCE_MS = 600_000
GIB = 1 << 30


@pytest.fixture
def deposit(tmp_path: Path) -> Deposit:
    return make_deposit(tmp_path / "clip.mp4", SMALL)


def case_of(deposit: Deposit) -> Case:
    return Case(deposit.receipt.encode(), deposit.file.read_bytes(), SIGNER.key, POLICY)


def agree(verifier: Verifier, deposit: Deposit, saved: Sequence[bytes], proofs: Sequence[bytes]) -> str:
    """The page's verdict, after seeing that the command takes the same steps to the same outcomes."""
    verdict = verifier.check(case_of(deposit), POLICY, saved=saved, consistency=proofs)
    trust = Trust.of_log(SIGNER.key)
    report = verify_receipt(deposit.receipt.encode(), trust, deposit.file, saved=saved, consistency=proofs)
    assert (verdict, verifier.outcomes()) == (report.verdict, [(step.name, step.outcome) for step in report.steps])
    return verdict


def test_a_saved_checkpoint_of_the_same_history_is_refused(verifier: Verifier, deposit: Deposit) -> None:
    saved = [note(deposit, 7), note(deposit, 4), note(deposit, 12)]
    proofs = [proof(deposit, 7, 12).encode(), proof(deposit, 4, 7).encode()]
    assert agree(verifier, deposit, saved, proofs) == "proven"
    assert "size 12" in verifier.detail("saved")


def test_a_saved_checkpoint_of_another_history_passes(verifier: Verifier, deposit: Deposit) -> None:
    assert agree(verifier, deposit, [note(deposit, 7, changed=2)], []) == "refused"
    assert "liuhen log compare" in verifier.detail("saved")


def test_a_proof_from_another_history_passes(verifier: Verifier, deposit: Deposit) -> None:
    assert agree(verifier, deposit, [note(deposit, 4)], [proof(deposit, 4, 7, changed=2).encode()]) == "refused"


def test_a_fork_is_hidden_by_a_proof_of_the_other_history(verifier: Verifier, deposit: Deposit) -> None:
    assert agree(verifier, deposit, [note(deposit, 4, changed=2)], [proof(deposit, 4, 7).encode()]) == "refused"
    assert "liuhen log compare" in verifier.detail("saved")


def test_a_broken_proof_file_passes(verifier: Verifier, deposit: Deposit) -> None:
    whole = proof(deposit, 4, 7)
    broken = replace(whole, hashes=(bytes(32), *whole.hashes[1:]))
    assert agree(verifier, deposit, [note(deposit, 4)], [broken.encode()]) == "refused"


def test_a_saved_checkpoint_nothing_links_counts_as_compared(verifier: Verifier, deposit: Deposit) -> None:
    assert agree(verifier, deposit, [note(deposit, 4)], [proof(deposit, 7, 12).encode()]) == "incomplete"
    assert "/log/consistency" in verifier.detail("saved")


@pytest.mark.parametrize("saved", [b"", b"x", b"\xff\xfe", b"{}"])
def test_a_saved_file_that_is_no_checkpoint_breaks_the_page(verifier: Verifier, deposit: Deposit, saved: bytes) -> None:
    assert agree(verifier, deposit, [saved], []) == "refused"


def test_a_saved_checkpoint_is_mended_before_it_is_read(verifier: Verifier, deposit: Deposit) -> None:
    assert agree(verifier, deposit, [b"\xef\xbb\xbf" + note(deposit, 7)], []) == "refused"


def test_a_saved_checkpoint_of_another_log_passes(verifier: Verifier, deposit: Deposit) -> None:
    assert agree(verifier, deposit, [note(deposit, 7, signer=known_key("another.example/1"))], []) == "refused"


def test_a_consistency_proof_alone_is_passed_over_in_silence(verifier: Verifier, deposit: Deposit) -> None:
    verdict = verifier.check(case_of(deposit), POLICY, consistency=[proof(deposit, 7, 12).encode()])
    assert (verdict, verifier.outcomes()[-1]) == ("proven", ("saved", "proven"))
    assert verifier.check(case_of(deposit), POLICY, consistency=[b'{"kind":"fork"}']) == "refused"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return test_authority.made(tmp_path_factory.mktemp("authority")).parent


def stamped(authority: Path, deposit: Deposit, message: str) -> Deposit:
    response = test_authority.stamped(authority, query(message.encode(), authority))
    return replace(deposit, receipt=replace(deposit.receipt, timestamps=(("time.example", response),)))


def test_a_stamp_over_another_checkpoint_passes(verifier: Verifier, deposit: Deposit, authority: Path) -> None:
    other = stamped(authority, deposit, deposit.receipt.checkpoint + "\n")
    assert agree(verifier, other, [], []) == "refused"
    assert verifier.outcomes()[-1] == ("time", "refused")


def test_a_stamps_unchecked_signature_counts_as_checked(
    verifier: Verifier, deposit: Deposit, authority: Path
) -> None:
    assert agree(verifier, stamped(authority, deposit, deposit.receipt.checkpoint), [], []) == "proven"
    assert ("time", "not checked") in verifier.outcomes()
    assert "not checked here" in verifier.detail("time")
    assert any("signatures are not checked here" in limit for limit in verifier.limits())
    expect(verifier.page.locator("#lines")).to_contain_text("Grade found: signed")


def test_a_vector_the_command_refuses_passes_in_the_page_or_a_good_one_does_not(verifier: Verifier) -> None:
    recording = (VECTORS / "recording.bin").read_bytes()
    expected = {f"bad/{name}" for name in EXPECTED["bad"]} | {f"good/{name}" for name in EXPECTED["good"]}
    vectors = sorted(name for name in expected if "/receipt_" in name)
    assert len(vectors) > 20
    for name in vectors:
        receipt = (VECTORS / name).read_bytes()
        verdict = verifier.check(Case(receipt, recording, KEY, ""), KEY.text())
        report = verify_receipt(receipt, Trust.of_log(KEY), VECTORS / "recording.bin")
        outcomes = [(step.name, step.outcome) for step in report.steps]
        assert (name, verdict, verifier.outcomes()) == (name, report.verdict, outcomes)


def large_file(path: Path) -> tuple[list[str], str]:
    """One GiB, mostly a hole, some bytes in it; (digests, segments root)."""
    with path.open("wb") as file:
        file.truncate(GIB)
        for at in (0, SEGMENT - 1, GIB // 2, GIB - 9):
            file.seek(at)
            file.write(b"recording")
    measured = measure_file(path, ["sha256", "sm3"])
    return [str(digest) for digest in measured.digests], str(measured.segments_root)


def test_a_file_of_a_gibibyte_is_too_large_for_the_page(
    verifier: Verifier, deposit: Deposit, tmp_path: Path
) -> None:
    large = tmp_path / "large.mp4"
    digests, root = large_file(large)
    data = deposit.entry["data"] | {"size": GIB, "digests": digests, "segments_root": root}
    whole = replace(deposit, file=large, receipt=receipt_for(encode(deposit.entry | {"data": data})))
    given = Case(whole.receipt.encode(), b"", SIGNER.key, POLICY)
    assert verifier.check(given, POLICY, file=large, timeout=PATIENCE_MS) == "proven"
    with large.open("r+b") as file:
        file.write(b"x")
    assert verifier.press(PATIENCE_MS) == "stopped", "a file that changes while it is read says nothing of the archive"
    large.unlink()


def test_progress_of_a_big_file_is_not_shown(verifier: Verifier, tmp_path: Path) -> None:
    seen = """() => { window.seen = []; const bar = document.getElementById("progress");
      new MutationObserver(() => { if (!bar.hidden) seen.push(bar.value); })
        .observe(bar, { attributes: true, childList: true }); }"""
    verifier.page.evaluate(seen)
    given = case(SMALL * 3000)
    file = tmp_path / "big.mp4"
    file.write_bytes(given.file)
    assert verifier.check(given, given.policy, file=file) == "proven"
    values = verifier.page.evaluate("window.seen")
    assert len(set(values)) > 2
    assert values == sorted(values)
    expect(verifier.page.locator("#progress")).to_be_hidden()


def test_a_file_that_vanishes_while_it_is_read_is_called_a_fault(verifier: Verifier, tmp_path: Path) -> None:
    given = case()
    file = tmp_path / "gone.mp4"
    file.write_bytes(given.file)
    page = verifier.page
    page.locator("[data-language=en]").click()
    page.locator("#receipt").set_input_files(payload("a.json", given.receipt))
    page.locator("#media").set_input_files(file)
    page.locator("#policy").fill(given.policy)
    file.unlink()
    assert verifier.press() == "stopped"
    expect(page.locator("#status")).to_contain_text("gone.mp4 could not be read to its end")
    assert ("file", "refused") not in verifier.outcomes()


def test_a_dropped_file_is_not_taken(verifier: Verifier) -> None:
    given = case()
    drop = """([id, text]) => { const data = new DataTransfer(); data.items.add(new File([text], "dropped"));
      const zone = document.querySelector(`[data-drop=${id}]`);
      for (const type of ["dragover", "drop"])
        zone.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true })); }"""
    verifier.page.evaluate(drop, ["receipt", given.receipt.decode()])
    verifier.page.evaluate(drop, ["policy-file", given.policy])
    expect(verifier.page.locator("#policy")).to_have_value(given.policy)
    assert verifier.press() == "incomplete"


def test_a_field_without_a_name_or_a_printed_result_without_its_steps(verifier: Verifier) -> None:
    page = verifier.page
    for field in page.locator("input, textarea, button:visible").all():
        assert field.evaluate("f => (f.labels?.[0] ?? f).textContent.trim() !== ''"), field
    given = case()
    assert verifier.check(given, given.policy) == "proven"
    page.emulate_media(media="print")
    expect(page.locator("form")).to_be_hidden()
    expect(page.locator("#steps li").first).to_be_visible()
    expect(page.locator("#inputs")).to_contain_text("a.receipt.json")
    expect(page.locator("#inputs")).to_contain_text("quorum lines")
