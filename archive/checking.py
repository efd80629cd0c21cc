"""``liuhen log check``: every row, checkpoint, tile and bundle of the log against each other, database and store.

Changes nothing. Beside a running service it checks what stood when it began.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive import guards
from archive.check_claims import Claim, check_extent, check_published, published_claim
from archive.check_findings import Findings
from archive.check_particulars import check_particulars, erased_leaves
from archive.check_places import check_no_extra_place
from archive.check_store import check_store
from archive.check_tree import PIECE, Progress, Scanned, Tree, Wanted, compare_cached, scan_all
from archive.errors import Contradiction
from archive.proof.keys import VerificationKey
from archive.published import Published
from archive.site import Site

NOT_LOOKED_AT = ("entries were not parsed, sealed particulars were not opened, and the store was listed, not read: "
                 "--deep does these")
LIMIT = ("agreement of database, store and published file; whoever rewrote all of them with the log's key is caught by "
         "cosigners, followers and paper checkpoints only")


@dataclass(frozen=True)
class Checked:
    """The outcome: leaves and checkpoints compared, objects of the store seen, particulars opened, what was found."""

    size: int
    checkpoints: int
    objects: int
    particulars: int
    deep: bool
    found: Findings

    @property
    def clean(self) -> bool:
        """Nothing grave was found."""
        return not self.found.any_grave


@dataclass
class _Roots:
    """Roots as the rows give them, held against every claim; after the first wrong one all later ones are."""

    tree: Tree = field(default_factory=Tree)
    agreed: int = 0
    compared: int = 0

    def compare(self, scan: Scanned, claims: Sequence[Claim], found: Findings) -> None:
        """Each claim on a size within the scan."""
        by_size: dict[int, list[Claim]] = {}
        for claim in claims:
            by_size.setdefault(claim.size, []).append(claim)
        for size, root in self.tree.take(scan):
            for claim in by_size.get(size, ()):
                self.compared += 1
                if claim.root == root:
                    self.agreed = max(self.agreed, size)
                else:
                    found.add(claim.kind, size, f"the rows give root {root.hex()}, signed is {claim.root.hex()}; the "
                              f"last root that agreed is of size {self.agreed}")


def check_log(site: Site, folder: Path, deep: bool = False, keys: Sequence[VerificationKey] = (),
              progress: Progress = lambda done, size: None) -> Checked:
    """Everything that can be compared without the outside. ``folder``: the data folder's ``log``; ``keys``: the log's
    keys besides the present one (rotation).

    Without ``deep``: stored bytes hashed, columns, signatures, roots, consistency (all roots are of one tree), cached
    tiles, the store's listing. With it also each entry parsed and encoded again, particulars opened, the store read.
    """
    found, trusted = Findings(), (site.ports.signer.key, *keys)
    _check_guards(site, found)
    published = published_claim(Published(folder).get(), trusted, found)
    size = check_extent(site.db, found)
    check_published(site.db, published, size, found)
    erased = erased_leaves(site.db)
    extra = [claim for claim in (published,) if claim is not None and claim.size <= size]
    wanted = Wanted(site.db.path, folder, 0, size, trusted, tuple(claim.size for claim in extra),
                    frozenset(erased), deep)
    roots, placed = _Roots(), 0
    for scan in scan_all(wanted, progress):
        found.take(scan.found)
        roots.compare(scan, [*scan.claims, *extra], found)
        placed += scan.placed
        if scan.end < min(size, scan.first + PIECE):
            break
    for level, number, data in roots.tree.upper_tiles():
        compare_cached(folder, level, number, data, found)
    check_no_extra_place(site.db, placed, found)
    objects = check_store(site, roots.tree.size, max((claim.size for claim in extra), default=0), trusted,
                          deep, found)
    opened = check_particulars(site, roots.tree.size, erased, found) if deep else 0
    return Checked(roots.tree.size, roots.compared, objects, opened, deep, found)


def _check_guards(site: Site, found: Findings) -> None:
    try:
        site.db.read(guards.require)
    except Contradiction as fault:
        found.add("guard.missing", "triggers", fault.message)
