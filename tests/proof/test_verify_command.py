"""``liuhen verify`` and its twin: exit codes, what is printed, and one clear sentence for whatever cannot be used."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from anchoring.authorities import stamp
from proof.deposit import SIGNER, Deposit, cosigned, make_deposit, pseudo_random, receipt_for
from proof.known_keys import known_key
from proof.test_verify_saved import note, proof
from proof.test_verify_trust import COURT, OFFICE, POLICY

from api import test_authority
from api.cli import parser
from archive.proof.canonical import encode
from archive.proof.commitments import Particular, commitment_root
from archive.proof.receipt import MAX_RECEIPT


class Papers:
    """A folder with everything a verifier may hold; ``say`` runs the command on it."""

    def __init__(self, folder: Path, deposit: Deposit, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.deposit, self.capture = folder, deposit, capture
        self.receipt = self.write("receipt.json", deposit.receipt.encode())
        self.policy = self.write("policy.txt", POLICY.encode())

    def write(self, name: str, data: bytes) -> Path:
        (self.folder / name).write_bytes(data)
        return self.folder / name

    def say(self, *arguments: str | Path, file: bool = True) -> tuple[int, str, str]:
        """(exit code, output, errors)."""
        given = ["verify", str(self.receipt), *map(str, arguments)]
        chosen = parser().parse_args([*given, "--file", str(self.deposit.file)] if file else given)
        code = chosen.run(chosen)
        printed = self.capture.readouterr()
        return code, printed.out, printed.err


@pytest.fixture
def papers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Papers:
    deposit = make_deposit(tmp_path / "clip.mp4", pseudo_random(300))
    return Papers(tmp_path, replace(deposit, receipt=cosigned(deposit.receipt, COURT, OFFICE)), capsys)


def test_an_exit_code_says_otherwise(papers: Papers) -> None:
    key = SIGNER.key.text()
    papers.receipt = papers.write("bare.json", replace(papers.deposit.receipt, grade="signed").encode())
    assert papers.say("--policy", papers.policy)[0] == 0
    assert papers.say("--key", key)[0] == 0
    assert papers.say("--key", known_key("another").key.text())[0] == 1
    assert papers.say("--key", key, file=False)[0] == 3
    assert papers.say()[0] == 4
    assert papers.say("--key", key, "--saved", papers.write("five", note(papers.deposit, 5)))[0] == 3
    growth = papers.write("growth", proof(papers.deposit, 5, 7).encode())
    assert papers.say("--key", key, "--saved", papers.folder / "five", "--consistency", growth)[0] == 0
    assert papers.say("--key", key, "--saved", papers.write("other", note(papers.deposit, 7, 1)))[0] == 1


def test_the_lines_or_the_limits_are_not_printed(papers: Papers) -> None:
    _, said, _ = papers.say("--policy", papers.policy)
    assert "grade: cosigned; 独立线 / independent lines: 1 (enough)" in said
    assert "3. 联署方已对同一检查点联署 / Cosigners have signed the same checkpoint: 已证明 / proven" in said
    assert said.index("结论 / verdict: 已证明 / proven") < said.index("未证明 / not proven:")
    assert 'case_number: "沪市监罚〔2026〕7号"' in said


def test_a_receipt_steers_the_terminal(papers: Papers) -> None:
    """An escape, a turned direction of writing, a line made to look like a verdict."""
    field = Particular("place", bytes(16), "\x1b[2J\u202e\nverdict: proven\x9b1m")
    entry = {**papers.deposit.entry, "commitment": str(commitment_root({"place": field.commitment}))}
    receipt = replace(receipt_for(encode(entry)), disclosed=(field,))
    papers.receipt = papers.write("hostile.json", receipt.encode())
    code, said, _ = papers.say("--key", SIGNER.key.text())
    assert code == 0
    assert not {"\x1b", "\x9b", "\u202e"} & set(said)
    assert "\nverdict" not in said
    assert "\\u202e" in said


def test_a_time_stamp_is_checked_without_being_asked_or_not_when_asked(papers: Papers) -> None:
    folder = test_authority.made(papers.folder / "tsa").parent
    stamped = stamp(papers.deposit.receipt.checkpoint.encode(), folder)
    receipt = replace(papers.deposit.receipt, timestamps=(("tsa", stamped),), grade="anchored")
    papers.receipt = papers.write("anchored.json", receipt.encode())
    assert "grade: cosigned" in papers.say("--policy", papers.policy)[1]
    code, said, _ = papers.say("--policy", papers.policy, "--authority", f"tsa={folder / 'certificate.pem'}")
    assert (code, "grade: anchored" in said) == (0, True)
    assert papers.say("--policy", papers.policy, "--authority", f"b={folder / 'certificate.pem'}")[0] == 3
    code, _, told = papers.say("--policy", papers.policy, "--authority", f"tsa={papers.policy}")
    assert (code, told.startswith("--authority tsa: ")) == (2, True)


def test_what_cannot_be_used_ends_in_a_trace_or_a_verdict(papers: Papers) -> None:
    absent, key = papers.folder / "absent", SIGNER.key.text()
    bad = papers.write("bad.txt", b"log x\n")
    for arguments, words in {
        ("--policy", absent): f"cannot read {absent}",
        ("--policy", bad): "--policy is not a trust policy: line 1:",
        ("--policy", papers.write("latin", b"\xff\n")): "--policy is not a trust policy",
        ("--key", "nonsense"): "--key is not a log's key: a key is written name+id+base64",
        ("--key", COURT.key.text()): "--key is not a log's key",
        ("--key", f"@{absent}"): f"cannot read {absent}",
        ("--key", key, "--authority", "tsa"): "--authority is written NAME=PEM",
        ("--key", key, "--authority", f"tsa={absent}"): f"cannot read {absent}",
        ("--key", key, "--saved", absent): f"cannot read {absent}",
        ("--key", key, "--consistency", papers.policy): "name that with --saved",
    }.items():
        code, said, told = papers.say(*arguments)
        assert (code, said) == (2, ""), arguments
        assert words in told
        assert "Traceback" not in told
    with pytest.raises(SystemExit) as ended:
        papers.say("--policy", papers.policy, "--key", key)
    assert ended.value.code == 2


def test_a_recording_named_as_the_receipt_is_loaded_whole(papers: Papers) -> None:
    with (papers.folder / "large").open("wb") as file:
        file.truncate(1 << 40)
    papers.receipt = papers.folder / "large"
    code, said, _ = papers.say("--key", SIGNER.key.text())
    assert (code, f"longer than {MAX_RECEIPT}" in said) == (1, True)


def test_the_twin_says_something_else(papers: Papers) -> None:
    arguments = [str(papers.receipt), "--file", str(papers.deposit.file), "--policy", str(papers.policy)]
    command = [sys.executable, "-m", "archive.proof", *arguments]
    environment = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:strict"}
    done = subprocess.run(command, capture_output=True, check=False, cwd=Path(__file__).parents[2], env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b" / proven\n" in done.stdout
    assert papers.say("--policy", papers.policy)[1].encode("ascii", "backslashreplace") == done.stdout
