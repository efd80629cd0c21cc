"""Figures: ours and a peer measured in turns, their medians and spreads, the table and ``build/bench.json``."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GIB = 1 << 30
MIB = 1 << 20


@dataclass(frozen=True)
class Scale:
    """How much is measured: bytes of the large file, runs of each side, events per caller count."""

    size: int
    runs: int
    events: int

    @property
    def is_full(self) -> bool:
        """Whether these are the figures the project promises, or a quick look."""
        return self.size == GIB and self.runs >= 5


FULL = Scale(GIB, 5, 20_480)
QUICK = Scale(96 * MIB, 2, 4_096)


@dataclass(frozen=True)
class Figure:
    """One measured value. ``peer`` and ``ratio`` are None where nothing else does the same work.

    ``ratio`` is written so that more is better for rates and less is better for times: always ``value / peer``.
    """

    name: str
    value: float
    unit: str
    peer: float | None
    ratio: float | None
    command: str
    ours: tuple[float, ...] = field(default=(), repr=False)
    theirs: tuple[float, ...] = field(default=(), repr=False)

    def row(self) -> dict[str, object]:
        """As it stands in ``build/bench.json``."""
        return {"name": self.name, "value": _rounded(self.value), "unit": self.unit, "peer": _rounded(self.peer),
                "ratio": _rounded(self.ratio), "command": self.command}


def compared(name: str, unit: str, command: str, ours: Sequence[float], theirs: Sequence[float] = ()) -> Figure:
    """A figure from single measurements; the ratio is of the two medians."""
    value = statistics.median(ours)
    peer = statistics.median(theirs) if theirs else None
    return Figure(name, value, unit, peer, value / peer if peer else None, command, tuple(ours), tuple(theirs))


def in_turns(runs: int, ours: Callable[[int], float],
             theirs: Callable[[int], float]) -> tuple[list[float], list[float]]:
    """``ours, theirs, ours, theirs, …``: what else the machine does falls on both alike. Each is given its run."""
    pairs = [(ours(run), theirs(run)) for run in range(runs)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def seconds(act: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def table(figures: Sequence[Figure]) -> str:
    """One line a figure: median (least to most), the peer's, their ratio."""
    lines = [("figure", "median", "least … most", "unit", "peer", "least … most", "ratio")]
    for figure in figures:
        lines.append((figure.name, _text(figure.value), _spread(figure.ours), figure.unit, _text(figure.peer),
                      _spread(figure.theirs), _text(figure.ratio)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    left = (0, 3)
    return "\n".join("  ".join(cell.ljust(width) if column in left else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip()
                     for line in lines)


def write_json(figures: Sequence[Figure], path: Path) -> None:
    """``[{name, value, unit, peer, ratio, command}]``, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps([figure.row() for figure in figures], indent=2, ensure_ascii=False) + "\n")
    unfinished.rename(path)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}") if abs(value) < 1000 else round(value)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _spread(values: Sequence[float]) -> str:
    return f"{_text(min(values))} … {_text(max(values))}" if values else ""
