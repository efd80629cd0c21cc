"""The one-file verifier from file:// with the network off: what it proves, refuses, and says it did not look at."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from web.cosigned import CASE_DAMAGES, COSIGNERS, SMALL, Case, case, changed, cosign, offline, policy_text
from web.exhibit import SEGMENT, entry, exhibit
from web.verifier_page import Verifier

from archive.proof.canonical import Canonical, decode
from archive.proof.policy import Policy
from archive.proof.report import TITLES
from archive.proof.signing import SigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

ROOT = Path(__file__).resolve().parents[2]
FULL = [name for name in TITLES if name != "saved"]


def test_a_true_receipt_is_not_proven_under_the_readers_own_policy(verifier: Verifier, tmp_path: Path) -> None:
    given = case(SMALL * 2048)
    assert len(given.file) > 2 * SEGMENT
    assert verifier.check(given, given.policy) == "proven"
    assert (("proven", verifier.outcomes())) == offline(given, given.policy, tmp_path)
    assert [name for name, _ in verifier.outcomes()] == FULL
    expect(verifier.page.locator("#lines")).to_contain_text("2 (justice, bar)")
    assert "court 2026-11-18" in verifier.detail("cosigners")
    assert any("if all 2 independent lines obey" in limit for limit in verifier.limits())
    assert "乌市监罚〔2026〕118号" in verifier.page.locator("#fields").inner_text()


def test_the_archives_own_policy_proves_something(verifier: Verifier, tmp_path: Path) -> None:
    given = case()
    assert verifier.check(given) == "consistent"
    assert ("consistent", verifier.outcomes()) == offline(given, "", tmp_path)
    expect(verifier.page.locator("#lines")).to_contain_text("0 (operator's word only)")
    assert any("anybody could have made all of it" in limit for limit in verifier.limits())


def test_a_lone_log_key_counts_as_a_cosigner(verifier: Verifier, tmp_path: Path) -> None:
    given = case()
    assert verifier.check(given, f" {given.log.text()}\n") == "proven"
    expect(verifier.page.locator("#lines")).to_contain_text("operator's word only")
    assert verifier.outcomes() == offline(given, f"log {given.log.text()}\nquorum none\n", tmp_path)[1]


def test_the_operators_own_line_is_counted(verifier: Verifier, tmp_path: Path) -> None:
    given = cosign(exhibit(SMALL), ["clerk"])
    policy = policy_text(given.log, "operator_line")
    assert verifier.check(given, policy) == "proven"
    expect(verifier.page.locator("#lines")).to_contain_text("0 (operator's word only)")
    assert verifier.outcomes() == offline(given, policy, tmp_path)[1]


def test_a_check_without_the_recording_passes_as_proven(verifier: Verifier) -> None:
    given = case()
    assert verifier.check(given, given.policy, without_file=True) == "incomplete"
    assert verifier.outcomes()[-2:] == [("file", "not checked"), ("segments", "not checked")]
    assert any("no file was given" in limit for limit in verifier.limits())


GRADES = {"recorder_signed": "signed by the recorder", "dock_signed": "signed by the docking station, not by",
          "named_only": "named by file only", "adopted": "known only since adoption", "best": ""}


@pytest.mark.parametrize("grade", GRADES)
def test_who_signed_a_recording_is_told_otherwise_than_by_the_command(
        verifier: Verifier, grade: str, tmp_path: Path) -> None:
    data: dict[str, Canonical] = decode(entry(SMALL))["data"]
    given = cosign(exhibit(SMALL, entry(SMALL, data={**data, "trust": grade})), ["court", "bar"])
    assert verifier.check(given, given.policy) == ("proven" if GRADES[grade] else "refused")
    file = tmp_path / "original"
    file.write_bytes(SMALL)
    report = verify_receipt(given.receipt, Trust(Policy.parse(given.policy)), file)
    said = {step.name: step.detail for step in report.steps}
    assert verifier.outcomes() == [(step.name, step.outcome) for step in report.steps]
    assert GRADES[grade] in said["leaf"]
    assert GRADES[grade] in verifier.detail("leaf")
    for words, of in (("cut in transfer", "named_only"), ("before adoption", "adopted")):
        warned = [limit for limit in verifier.limits() if words in limit]
        assert warned == [english for _, english in report.not_proven if words in english]
        assert len(warned) == (grade == of)


@pytest.mark.parametrize("damage", CASE_DAMAGES)
def test_damage_passes_or_is_refused_at_another_step(verifier: Verifier, damage: str, tmp_path: Path) -> None:
    damaging, step = CASE_DAMAGES[damage]
    given = damaging(case())
    assert verifier.check(given, given.policy) == "refused"
    assert verifier.outcomes()[-1] == (step, "refused")
    assert ("refused", verifier.outcomes()) == offline(given, given.policy, tmp_path), "the command says otherwise"
    detail = verifier.detail(step)
    assert detail
    assert "{" not in detail
    assert "undefined" not in detail
    assert not detail.startswith("fault_")
    assert verifier.limits() == ["Anything: a step was refused. Nor who caused the fault."]


def test_a_receipt_of_a_log_the_reader_does_not_trust_passes(verifier: Verifier, tmp_path: Path) -> None:
    given = case()
    foreign = policy_text(SigningKey.generate(given.log.name).key)
    assert verifier.check(given, foreign) == "refused"
    assert verifier.outcomes()[-1] == ("signature", "refused")
    assert verifier.outcomes() == offline(given, foreign, tmp_path)[1]


def test_cosigners_the_reader_does_not_know_meet_its_quorum(verifier: Verifier, tmp_path: Path) -> None:
    given = case()
    court = COSIGNERS["court"].key.text()
    stranger = type(COSIGNERS["court"]).generate("court.example.cn/c1").key.text()
    policy = given.policy.replace(court, stranger)
    assert verifier.check(given, policy) == "refused"
    assert verifier.outcomes()[-1] == ("cosigners", "refused")
    assert verifier.outcomes() == offline(given, policy, tmp_path)[1]


def test_a_claim_of_a_quorum_still_to_come_is_a_fault(verifier: Verifier, tmp_path: Path) -> None:
    given = cosign(exhibit(SMALL), ["court"], grade="signed")
    assert verifier.check(given) == "consistent"
    assert verifier.outcomes() == offline(given, "", tmp_path)[1]
    assert "not met" in verifier.detail("cosigners")


def test_a_grade_its_own_policy_does_not_bear_passes(verifier: Verifier, tmp_path: Path) -> None:
    given = cosign(exhibit(SMALL), ["court"], grade="cosigned")
    key_only = f"log {given.log.text()}\nquorum none\n"
    assert verifier.check(given, key_only) == "refused"
    assert verifier.outcomes()[-1] == ("grade", "refused")
    assert verifier.outcomes() == offline(given, key_only, tmp_path)[1]


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (256, 255), (257, 256), (300, 0)])
def test_trees_of_some_shape_are_refused(verifier: Verifier, size: int, index: int) -> None:
    given = case(size=size, index=index)
    assert verifier.check(given, given.policy) == "proven"


def test_a_recording_without_a_byte_breaks_the_reading(verifier: Verifier) -> None:
    given = case(b"")
    assert verifier.check(given, given.policy) == "proven"


@pytest.mark.parametrize("receipt", [b"", b"\xff", b"[]", b"null", b'{"v":1}', b"x" * 262_144, b'"' * 40])
def test_a_file_that_is_no_receipt_breaks_the_page(verifier: Verifier, receipt: bytes) -> None:
    given = case()
    assert verifier.check(Case(receipt, b"", given.log, ""), given.policy) == "refused"
    assert verifier.outcomes() == [("receipt", "refused")]


def test_a_policy_with_a_fault_is_blamed_on_the_receipt(verifier: Verifier) -> None:
    page = verifier.page
    page.locator("#policy").fill("log nonsense\nquorum none\n")
    page.locator("#start").click()
    expect(page.locator("#policy-fault")).to_have_text("策略第 1 行：不是验证密钥")
    page.locator("[data-language=en]").click()
    expect(page.locator("#policy-fault")).to_have_text("line 1 of the policy: this is not a verification key")
    expect(page.locator("#result")).to_have_attribute("data-verdict", "none")
    assert page.locator("#policy").get_attribute("aria-invalid") == "true"


def test_pressing_without_a_receipt_is_answered_by_nothing(verifier: Verifier) -> None:
    assert verifier.press() == "stopped"
    expect(verifier.page.locator("#status")).to_contain_text("请先选择接收回执")


def test_text_in_a_receipt_becomes_part_of_the_page(verifier: Verifier) -> None:
    def change(receipt: dict[str, object]) -> None:
        receipt["disclosed"] = [{"name": "<img src=x onerror=alert(1)>", "salt": "00" * 16, "value": "<b>x</b>"}]

    given = changed(case(), change)
    assert verifier.check(given, given.policy) == "refused"
    assert verifier.page.locator("img, b:has-text('x')").count() == 0


def test_switching_the_language_loses_the_result(verifier: Verifier) -> None:
    given = case()
    assert verifier.check(given, given.policy, language="zh") == "proven"
    titles = verifier.page.locator("#steps .title").all_inner_texts()
    assert titles == [TITLES[name][1] for name in FULL], "the command's own titles, in its order"
    verifier.page.locator("[data-language=en]").click()
    assert verifier.page.locator("#steps .title").all_inner_texts() == [TITLES[name][0] for name in FULL]
    expect(verifier.page.locator("#status")).to_contain_text("Proven under the policy you chose")
    assert verifier.page.locator("html").get_attribute("lang") == "en"


def test_another_place_time_or_order_builds_other_bytes(built: Path, tmp_path: Path) -> None:
    write = "import sys; from api.web.verifier_page import build; open(sys.argv[1], 'wb').write(build())"
    surroundings = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", write, str(tmp_path / "again.html")]
    subprocess.run(command, cwd=tmp_path, env=surroundings, check=True)
    assert (tmp_path / "again.html").read_bytes() == built.read_bytes()
    assert str(ROOT).encode() not in built.read_bytes()


@pytest.mark.parametrize("paper", ["README.md", "CHANGELOG.md"])
def test_a_paper_names_another_digest_than_the_page_has(built: Path, paper: str) -> None:
    assert f"{sha256(built.read_bytes()).hexdigest()}  {built.name}\n" in (ROOT / paper).read_text("utf-8"), (
        "run make verifier PUBLISH=1"
    )


def test_a_script_in_the_page_could_send_what_is_verified(built: Path, browser: Browser) -> None:
    """The browser itself forbids it, should a fault ever let one in."""
    page = browser.new_page()
    page.goto(built.as_uri())
    blocked = page.evaluate("""async () => { const seen = [];
      document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
      await fetch("http://127.0.0.1:9/").catch(() => {});
      const image = new Image(); image.src = "http://127.0.0.1:9/";
      const frame = document.createElement("iframe"); frame.src = "http://127.0.0.1:9/"; document.body.append(frame);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return seen; }""")
    page.close()
    assert {"connect-src", "img-src", "frame-src"} <= set(blocked)
