"""``liuhen drill`` as an administrator runs it, and the page that says what to expect."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from api import cli
from api.commands import drill as command
from api.drill.attack import Attack, Outcome, Result, Verdict
from api.drill.report import ATTACKS

ROOT = Path(__file__).resolve().parents[2]


def words(path: str) -> str:
    return " ".join((ROOT / path).read_text("utf-8").split())


def test_the_page_lists_other_attacks_or_outcomes() -> None:
    lines = (ROOT / "docs" / "drill.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    assert rows == [[f"`{a.name}`", a.needs, a.verdict.value, ", ".join(f"`{one}`" for one in a.by) or "–", a.soon]
                    for a in ATTACKS]


def test_two_attacks_have_one_name_or_one_says_too_little() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert all(attack.needs and attack.soon for attack in ATTACKS)
    assert all(attack.by for attack in ATTACKS if attack.verdict is not Verdict.NOT_DETECTED)


def test_what_is_not_detected_is_not_stated() -> None:
    model = words("THREAT_MODEL.md").replace("**", "")
    for attack in ATTACKS:
        assert bool(attack.sentence) == (attack.verdict is Verdict.NOT_DETECTED), attack.name
        assert attack.sentence in model, attack.name


def test_one_attack_cannot_be_run_by_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """In a folder with something in it, which stays as it is."""
    (tmp_path / "evidence").write_text("ours")
    assert cli.main(["drill", "--only", ATTACKS[0].name, "--json", "--data", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["as_stated"] is True
    assert [(one["name"], one["seen"]) for one in told["attacks"]] == [(ATTACKS[0].name, ATTACKS[0].verdict.value)]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"evidence": "ours"}


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_an_outcome_that_is_not_as_stated_ends_with_0(monkeypatch: pytest.MonkeyPatch, how: list[str],
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    def drilled(folder: Path, chosen: Sequence[Attack]) -> Iterator[Result]:
        assert list(chosen) == list(ATTACKS)
        yield from (Result(one, Outcome(one.verdict, one.by), 0.1) for one in chosen[1:])
        yield Result(chosen[0], Outcome(Verdict.NOT_DETECTED), 0.1)

    monkeypatch.setattr(command, "drill", drilled)
    assert cli.main(["drill", *how]) == 1
    assert ATTACKS[0].name in capsys.readouterr().out


def test_an_attack_nobody_knows_is_silently_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["drill", "--only", "no-such-attack"]) == 1
    assert "drill.unknown" in capsys.readouterr().err
