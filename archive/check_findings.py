"""What ``liuhen log check`` can find: a closed list of kinds, each grave or not. Docs: docs/log-check.md (tested)."""

from collections import Counter
from dataclasses import dataclass

SHOWN_PER_KIND = 20
"""One fault early in a log can make thousands of findings of one kind; the rest is counted."""

GRAVE = True
NOTE = False
KINDS: dict[str, tuple[bool, str]] = {
    "guard.missing": (GRAVE, "a trigger that keeps the log tables append-only is missing or differs"),
    "row.missing": (GRAVE, "a custody row is gone; nothing after it can be compared"),
    "row.changed": (GRAVE, "a row's stored bytes do not hash to the leaf hash beside them"),
    "row.columns": (GRAVE, "a row's columns say something else than its bytes"),
    "row.malformed": (GRAVE, "a row's bytes are not an entry this release writes (--deep)"),
    "row.time": (GRAVE, "a leaf is older than the one before it"),
    "checkpoint.unverified": (GRAVE, "a signed checkpoint does not verify with the log's key"),
    "checkpoint.columns": (GRAVE, "a signed checkpoint's columns say something else than its note"),
    "checkpoint.root": (GRAVE, "the rows do not give a signed root: rows up to there were changed"),
    "checkpoint.lost": (GRAVE, "a checkpoint speaks of more leaves than there are rows: the database is behind"),
    "published.unverified": (GRAVE, "the published file does not verify with the log's key"),
    "published.root": (GRAVE, "the published checkpoint has another root than the rows: two histories"),
    "published.lost": (GRAVE, "the published checkpoint speaks of more leaves than there are rows"),
    "cosigned.lost": (GRAVE, "a cosigned note speaks of more leaves than there are rows: the database is behind"),
    "published.unsigned": (GRAVE, "the published checkpoint is none of the signed ones"),
    "published.behind": (NOTE, "the published file is older than the latest signed checkpoint; a start publishes it"),
    "cosigned.unverified": (GRAVE, "a kept cosigned note does not verify with the log's key"),
    "cosigned.root": (GRAVE, "a cosigned note has another root than the rows: two histories"),
    "anchor.missing": (GRAVE, "an anchor's locked object is not in the store"),
    "anchor.root": (GRAVE, "an anchor was made over another root than the rows give (--deep)"),
    "anchor.unverified": (GRAVE, "an anchor's checkpoint does not read or verify (--deep)"),
    "cache.differs": (GRAVE, "a cached tile is not what the rows give: delete the folder log/tile under the data"),
    "staged.missing": (GRAVE, "a staged batch that is still needed is not in the store"),
    "staged.differs": (GRAVE, "a staged batch does not hold the rows' bytes (--deep)"),
    "tile.missing": (GRAVE, "a hash tile that was locked is not in the store"),
    "tile.differs": (GRAVE, "a hash tile in the store is not what the rows give (size; bytes with --deep)"),
    "bundle.missing": (GRAVE, "an entry bundle that was locked is not in the store"),
    "bundle.differs": (GRAVE, "an entry bundle in the store does not hold the rows' bytes (--deep)"),
    "sealed_bundle.missing": (GRAVE, "a bundle of sealed particulars that was locked is not in the store"),
    "sealed_bundle.differs": (GRAVE, "a bundle of sealed particulars does not hold the rows' bytes (--deep)"),
    "store.marker": (GRAVE, "a delete marker hides a log object: somebody deleted past the service"),
    "store.second_version": (GRAVE, "a log object has a second version: somebody wrote past the service"),
    "store.ahead": (GRAVE, "the store holds a full tile or bundle beyond the rows: the database is behind"),
    "store.stray": (NOTE, "an object under the log's prefix that is no part of the log"),
    "store.unread": (GRAVE, "the store did not give a log object's bytes (--deep)"),
    "particulars.missing": (GRAVE, "MISSING: a leaf commits to particulars that are not there; no erasure names it"),
    "particulars.unasked": (GRAVE, "sealed particulars of a leaf that commits to none"),
    "particulars.mismatch": (GRAVE, "sealed particulars do not open or do not match the leaf's commitment (--deep)"),
    "particulars.kept": (NOTE, "an erasure names a leaf whose particulars still open (--deep)"),
    "place.differs": (GRAVE, "an object.placed leaf and its row of object_place differ, or the row is not there"),
    "place.extra": (GRAVE, "a row of object_place no leaf speaks of"),
}
"""kind → (grave, what it means)."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be; ``where`` is an index, size or object key."""

    kind: str
    where: str
    detail: str

    @property
    def grave(self) -> bool:
        """Custody may be at stake."""
        return KINDS[self.kind][0]


class Findings:
    """Collects findings; at most ``SHOWN_PER_KIND`` of each kind are kept, all are counted."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, where: object, detail: str) -> None:
        """``ValueError`` for a kind that is not in the list."""
        if kind not in KINDS:
            raise ValueError(f"{kind} is no kind of finding")
        self.counts[kind] += 1
        if self.counts[kind] <= SHOWN_PER_KIND:
            self.kept.append(Finding(kind, str(where), detail))

    def take(self, others: "Findings") -> None:
        """These, after those that are here."""
        for finding in others.kept:
            self.add(finding.kind, finding.where, finding.detail)
        # Those the others only counted; ``add`` has counted the kept ones.
        self.counts += others.counts - Counter(finding.kind for finding in others.kept)

    @property
    def any_grave(self) -> bool:
        """Whether custody may be at stake."""
        return any(KINDS[kind][0] for kind in self.counts)

    def ordered(self) -> list[Finding]:
        """Grave ones first, then by kind; within a kind as found."""
        return sorted(self.kept, key=lambda finding: (not finding.grave, finding.kind))
