"""The drill as a whole: every attack in its order, and what came of it for people and for programs."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from api.drill import attacks_database, attacks_log, attacks_outside, attacks_store
from api.drill.attack import Attack, Result, Verdict, run
from api.drill.box import made_box

ATTACKS: tuple[Attack, ...] = (
    *attacks_database.ATTACKS, *attacks_store.ATTACKS, *attacks_log.ATTACKS, *attacks_outside.ATTACKS)


def drill(folder: Path, chosen: Sequence[Attack]) -> Iterator[Result]:
    """Each attack in turn on one throw-away archive in ``folder``; results as they come."""
    with made_box(folder) as box:
        for attack in chosen:
            yield run(attack, box)


def as_text(result: Result) -> str:
    """Two or three lines."""
    attack, outcome = result.attack, result.outcome
    mark = "" if result.as_stated else "   NOT AS STATED: " + attack.verdict.value
    seen = outcome.verdict.value if outcome is not None else "not carried through"
    lines = [f"{attack.name:34} {seen}{mark}", f"    with {attack.needs}"]
    if outcome is not None and outcome.verdict is Verdict.NOT_DETECTED:
        lines.append(f"    THREAT_MODEL.md: {attack.sentence or 'says nothing of it'}")
    elif outcome is not None:
        lines.append(f"    by {'; '.join(outcome.by)}")
        took = "" if outcome.verdict is Verdict.PREVENTED else f"; the looks took {result.seconds:.1f} s"
        lines.append(f"    {attack.soon}{took}")
    if result.trouble:
        lines.append(f"    {result.trouble}")
    if missing := [one for one in attack.by if outcome is not None and one not in outcome.by]:
        lines.append(f"    missing: {'; '.join(missing)}")
    return "\n".join(lines)


def as_json(results: Sequence[Result]) -> str:
    """The same for programs."""
    return json.dumps({"as_stated": all(one.as_stated for one in results), "attacks": [
        {"name": one.attack.name, "needs": one.attack.needs, "stated": one.attack.verdict.value,
         "seen": one.outcome.verdict.value if one.outcome else None, "by": list(one.outcome.by) if one.outcome else [],
         "soon": one.attack.soon, "seconds": round(one.seconds, 3), "as_stated": one.as_stated,
         "sentence": one.attack.sentence, "trouble": one.trouble} for one in results]}, indent=2, ensure_ascii=False)
