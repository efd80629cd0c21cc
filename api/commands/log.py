"""``liuhen log check | prove | follow | compare | paper | succeed``: the log as its keepers and outsiders see it."""

import argparse
import json
import sys
import time
from pathlib import Path

from api.commands import log_outside, succeed
from api.commands.options import command, with_data
from api.paper_page import code_svg, paper_page
from api.settings import load_settings
from api.wiring import beside, with_store
from archive.check_findings import KINDS
from archive.checking import LIMIT, NOT_LOOKED_AT, Checked, check_log
from archive.consistency import prove_growth
from archive.paper import paper_checkpoint


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    text = "The log: check it, prove it, follow it, compare checkpoints, print one on paper."
    top = commands.add_parser("log", help=text, description=text)
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    checking = with_data(command(inner, "check", "Compare every row, checkpoint, tile and bundle of the log with each "
                                 "other, in database and store. Changes nothing.", _check))
    checking.add_argument("--deep", action="store_true", help="also parse every entry, open all particulars, and read "
                          "the store's tiles, bundles, batches and anchors")
    checking.add_argument("--json", action="store_true", help="findings as JSON on standard output")
    proving = with_data(command(inner, "prove", "Write the proof that the log grew from one signed size to another.",
                                _prove))
    proving.add_argument("old", type=int, help="size of the older checkpoint")
    proving.add_argument("new", type=int, nargs="?", help="size of the newer one (default: the latest)")
    printing = with_data(command(inner, "paper", "Write today's checkpoint as one page to print, sign, seal and file.",
                                 _paper))
    printing.add_argument("--out", type=Path, default=Path("checkpoint.html"),
                          help="page (.html), or only its code (.svg)")
    log_outside.add_to(inner)
    succeed.add_to(inner)


def _check(chosen: argparse.Namespace) -> int:
    begun = time.monotonic()
    with with_store(chosen.data, load_settings(chosen.data)) as archive:
        outcome = check_log(archive.site, archive.data / "log", chosen.deep, progress=_Progress(begun))
    taken = time.monotonic() - begun
    print(as_json(outcome, taken) if chosen.json else as_text(outcome, taken))
    return 0 if outcome.clean else 1


def _prove(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        sys.stdout.write(prove_growth(archive.site, chosen.old, chosen.new).encode().decode("utf-8"))
    return 0


def _paper(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        paper = paper_checkpoint(archive.site, archive.site.policy)
    chosen.out.write_text(code_svg(paper) if chosen.out.suffix == ".svg" else paper_page(paper), "utf-8")
    print(f"{chosen.out}: size {paper.checkpoint.size}, root {' '.join(paper.root_groups)}")
    return 0


class _Progress:
    """One line a tenth of the log, on standard error."""

    def __init__(self, begun: float) -> None:
        self._begun, self._step = begun, 0

    def __call__(self, done: int, size: int) -> None:
        step = done * 10 // max(size, 1)
        if step != self._step:
            self._step = step
            rate = done / max(time.monotonic() - self._begun, 0.001)
            print(f"{done} of {size} leaves, {rate:.0f} a second", file=sys.stderr, flush=True)


def as_text(outcome: Checked, taken_s: float) -> str:
    """The findings, what was compared, and what the check cannot say."""
    lines = []
    for finding in outcome.found.ordered():
        weight = "GRAVE" if finding.grave else "note "
        lines.append(f"{weight}  {finding.kind:22} {finding.where}\n       {finding.detail}")
    for kind, count in sorted(outcome.found.counts.items()):
        shown = sum(finding.kind == kind for finding in outcome.found.kept)
        if count > shown:
            lines.append(f"       {kind}: {count - shown} more like these")
    compared = (f"{outcome.size} leaves, {outcome.checkpoints} checkpoints, {outcome.objects} objects in the store"
                + (f", {outcome.particulars} sealed particulars" if outcome.deep else ""))
    verdict = "clean: all agree" if not outcome.found.counts else f"{sum(outcome.found.counts.values())} findings"
    lines += [f"{compared}, {taken_s:.1f} s", verdict, f"shown: {LIMIT}"]
    if not outcome.deep:
        lines.append(f"not shown: {NOT_LOOKED_AT}")
    return "\n".join(lines)


def as_json(outcome: Checked, taken_s: float) -> str:
    """The same for programs."""
    return json.dumps({
        "clean": outcome.clean, "deep": outcome.deep, "leaves": outcome.size, "checkpoints": outcome.checkpoints,
        "objects": outcome.objects, "particulars": outcome.particulars, "seconds": round(taken_s, 3),
        "counts": dict(sorted(outcome.found.counts.items())),
        "findings": [{"kind": f.kind, "grave": f.grave, "where": f.where, "detail": f.detail,
                      "meaning": KINDS[f.kind][1]} for f in outcome.found.ordered()]}, indent=2, ensure_ascii=False)
