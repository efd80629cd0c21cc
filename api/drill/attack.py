"""What an attack is, what is stated of it, and what was seen when it was run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from api.drill.box import Box
from archive.errors import ArchiveError


class Verdict(Enum):
    """What becomes of an attack."""

    PREVENTED = "prevented"
    DETECTED = "detected"
    NOT_DETECTED = "not detected, as stated"


@dataclass(frozen=True)
class Outcome:
    """``by``: what prevented or found it, each as ``where: stable code``."""

    verdict: Verdict
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attack:
    """``needs``: what the attacker must have. ``soon``: when it is found at the latest, or when it is prevented.
    ``sentence``: the one of THREAT_MODEL.md that states that it is not found."""

    name: str
    needs: str
    verdict: Verdict
    by: tuple[str, ...]
    soon: str
    run: Callable[[Box], Outcome]
    sentence: str = ""


@dataclass(frozen=True)
class Result:
    """``seconds`` from the deed until all that was to look had looked; ``trouble``: the attack itself went wrong."""

    attack: Attack
    outcome: Outcome | None
    seconds: float
    trouble: str = ""

    @property
    def as_stated(self) -> bool:
        """The stated verdict, by at least what is stated."""
        return (self.outcome is not None and self.outcome.verdict is self.attack.verdict
                and set(self.attack.by) <= set(self.outcome.by))


def found(*by: str) -> Outcome:
    """Detected by these, or by nothing."""
    told = tuple(sorted({one for one in by if one}))
    return Outcome(Verdict.DETECTED if told else Verdict.NOT_DETECTED, told)


def prevented(*by: str) -> Outcome:
    """The deed did not come about."""
    return Outcome(Verdict.PREVENTED, tuple(sorted({one for one in by if one})))


def told(where: str, codes: Iterable[str]) -> tuple[str, ...]:
    """``where: code`` for each."""
    return tuple(f"{where}: {code}" for code in codes)


def refusal(act: Callable[[], object]) -> str:
    """The code with which the archive refuses ``act``, "" when it does it."""
    try:
        act()
    except ArchiveError as fault:
        return fault.code
    return ""


def run(attack: Attack, box: Box) -> Result:
    """One attack on the box; what goes wrong within it is a result too, never taken for a refusal."""
    box.struck()
    try:
        outcome = attack.run(box)
    except Exception as fault:  # whatever it is, the attack did not end as stated, and the next one is run
        return Result(attack, None, box.since_struck(), f"{type(fault).__name__}: {fault}")
    return Result(attack, outcome, box.since_struck())
