"""``make bench``: every figure beside its peer; prints one table and writes ``build/bench.json`` (docs/bench.md)."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.adopting import measure_adoption
from bench.appending import measure_appends
from bench.checking import measure_checks
from bench.depositing import measure_deposit
from bench.docking import measure_docking
from bench.figures import FULL, QUICK, Figure, Scale, table, write_json
from bench.proving import measure_proofs
from bench.reading_back import measure_readback
from bench.rebuilding import measure_rebuild
from bench.receipts import measure_receipts
from bench.recording import measure_recording
from bench.rewrapping import measure_rewrap
from bench.searching import measure_searches
from bench.sequencing import measure_engine, measure_labelled

ROOT = Path(__file__).resolve().parents[2]
MEASURES: dict[str, Callable[[Path, Scale], list[Figure]]] = {
    "append": measure_appends, "labelled": measure_labelled, "engine": measure_engine, "receipt": measure_receipts,
    "proof": measure_proofs, "rebuild": measure_rebuild, "readback": measure_readback, "rewrap": measure_rewrap,
    "deposit": measure_deposit, "check": measure_checks, "docking": measure_docking,
    "search": measure_searches,
    "adopt": measure_adoption, "room": measure_recording,
}
_NEEDED = {"deposit": ("aws", "curl", "sha256sum", "openssl"), "readback": ("curl", "openssl"), "rewrap": ("ffmpeg",),
           "docking": ("aws",), "adopt": ("aws", "sha256sum"),
           "room": ("ffmpeg",)}


def main() -> int:
    """0 when every figure asked for was measured; 2 when a peer's tool is missing."""
    parser = argparse.ArgumentParser(description="Speed beside plain tools doing the same work.")
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"of: {' '.join(MEASURES)} (all when none)")
    parser.add_argument("--quick", action="store_true", help="small and few: to see that it runs, not how fast")
    parser.add_argument("--runs", type=int, help="runs of each side (5)")
    parser.add_argument("--folder", type=Path, help="where to work; needs ten times the file's size (build/)")
    chosen = parser.parse_args()
    names = chosen.figures or list(MEASURES)
    unknown = [name for name in names if name not in MEASURES]
    missing = sorted({tool for name in names for tool in _NEEDED.get(name, ()) if shutil.which(tool) is None})
    if unknown or missing:
        print(f"unknown figures: {unknown}; missing tools: {missing}", file=sys.stderr)
        return 2
    scale = QUICK if chosen.quick else FULL
    scale = Scale(scale.size, chosen.runs or scale.runs, scale.events)
    figures = _measured(names, scale, chosen.folder or ROOT / "build")
    print(table(figures))
    if names == list(MEASURES):
        write_json(figures, ROOT / "build" / ("bench.json" if scale.is_full else "bench-quick.json"))
    return 0


def _measured(names: list[str], scale: Scale, beside: Path) -> list[Figure]:
    """Each in a folder of its own that is gone afterwards, whatever happened."""
    figures: list[Figure] = []
    beside.mkdir(parents=True, exist_ok=True)
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"bench-{os.getpid()}-", dir=beside, ignore_cleanup_errors=True) as at:
            found = MEASURES[name](Path(at), scale)
        figures += found
        print(table(found), file=sys.stderr, flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
