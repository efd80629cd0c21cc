"""An auditor's monitor: fetch, verify, compare with what was kept, keep, report. Needs nothing of the archive's own.

Limit: it sees what this server shows to this auditor. That others are shown the same is what cosigners and a comparison
of kept checkpoints (``liuhen log compare``) tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.errors import Refused
from archive.follow_state import Followed, FollowState
from archive.kept_checkpoints import Read, through_node, tile_node
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.fork import ForkEvidence
from archive.proof.leaf import Leaf
from archive.proof.merkle import EMPTY_ROOT, Frontier, leaf_hash, root_at
from archive.proof.note import VerifiedText, open_note
from archive.proof.policy import Policy
from archive.proof.tiles import TILE_WIDTH, TileName, decode_bundle

ALARMS = {
    "unverified": "the checkpoint is not signed by a log of your policy",
    "rollback": "the log is smaller than it was",
    "fork": "the log has two histories; the evidence file says so to anybody",
    "tiles": "the tiles do not give the signed root",
    "entries": "the entries are not the ones that were signed",
    "time": "a leaf is older than the one before it",
    "revoked": "a key was revoked, and the log goes on signing without the cosigners that then count",
    "succession": "the log took the place of one that lost leaves for good",
    "lock": "the store's lock was found not to hold",
    "cosigners": "the cosigners of your policy are not all there",
    "stale": "the checkpoint is old",
}
"""kind → meaning. All of them make ``liuhen log follow`` end with 1, or go on and say so."""


@dataclass(frozen=True)
class Alarm:
    """Something an auditor must look at. ``evidence``: a file to keep and hand on, with its name; or None."""

    kind: str
    text: str
    evidence: tuple[str, bytes] | None = None


@dataclass
class Seen:
    """One look at the log: what was verified, how many new events of each kind, what is alarming."""

    checkpoint: Checkpoint | None = None
    cosigned_by: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    new_leaves: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)

    def alarm(self, kind: str, text: str, evidence: tuple[str, bytes] | None = None) -> None:
        """``KeyError`` for a kind that is not in the list."""
        self.alarms.append(Alarm(kind, f"{ALARMS[kind]}: {text}", evidence))


@dataclass(frozen=True)
class Follower:
    """What an auditor brings: a way to read, the policy, the clock; ``entries``: signed in, so bundles can be read."""

    read: Read
    policy: Policy
    now: Callable[[], datetime]
    entries: bool = False
    max_age: timedelta = timedelta(minutes=30)

    def look(self, state: FollowState) -> Seen:
        """Fetch, verify and compare once; what holds is kept, and evidence too, durably, before this answers.

        What ``read`` raises passes through and nothing is kept. A fork or rollback never replaces what was kept.
        """
        seen = self._looked(state)
        for alarm in seen.alarms:
            if alarm.evidence is not None:
                state.keep(*alarm.evidence)
        return seen

    def _looked(self, state: FollowState) -> Seen:
        seen, last = Seen(), state.load()
        note = self.read("checkpoint")
        try:
            verified = open_note(note, self.policy.keys)
            head = Checkpoint.parse(verified)
        except VerificationError as fault:
            seen.alarm("unverified", fault.reason, ("unverified.txt", note))
            return seen
        if not self._continues(note, head, last, seen):
            return seen
        seen.checkpoint, seen.new_leaves = head, head.size - last.size
        self._look_at_cosigners(verified, seen)
        kept = self._keep(note, head, last, seen)
        self._look_at_age(verified, kept, seen)
        state.save(kept)
        return seen

    def _continues(self, note: bytes, head: Checkpoint, last: Followed, seen: Seen) -> bool:
        """Whether ``head`` goes on from what was kept; alarms where it does not."""
        if last.origin and last.origin != head.origin:
            seen.alarm("unverified", f"it is the checkpoint of another log, {head.origin}", ("unverified.txt", note))
        elif head.size < last.size:
            kept = (f"smaller-{head.size}.txt", note)
            seen.alarm("rollback", f"{head.size} leaves are shown, {last.size} were", kept)
        elif head.size == last.size and head.root != last.root:
            evidence = ForkEvidence(last.note.decode(), note.decode()).encode()
            seen.alarm("fork", f"two roots at size {head.size}", (f"fork-{head.size}.json", evidence))
        else:
            return head.size == last.size or self._grew(note, head, last, seen)
        return False

    def _grew(self, note: bytes, head: Checkpoint, last: Followed, seen: Seen) -> bool:
        node = tile_node(self.read, head.size)
        try:
            if root_at(head.size, node) != head.root:
                raise VerificationError("tile", f"another root at size {head.size}")
            if not last.size:
                return True
            old = Checkpoint(last.origin, last.size, last.root)
            compared = through_node(last.note, note, old, head, node, self.policy)
        except (VerificationError, Refused) as fault:
            seen.alarm("tiles", str(fault), (f"tiles-{head.size}.txt", note))
            return False
        if compared.outcome == "fork":
            seen.alarm("fork", compared.text, (f"fork-{last.size}-{head.size}.json", compared.evidence))
        return compared.outcome == "consistent"

    def _look_at_cosigners(self, verified: VerifiedText, seen: Seen) -> None:
        present = {cosignature.key for cosignature in verified.cosignatures}
        witnesses = self.policy.witnesses.values()
        seen.cosigned_by = tuple(one.name for one in witnesses if one.key in present)
        seen.lines = self.policy.lines(verified.signers)
        missing = [one.name for one in witnesses if one.key not in present]
        if not self.policy.is_met(verified.signers):
            seen.alarm("cosigners", f"the quorum is not met; missing: {', '.join(missing)}")

    def _look_at_age(self, verified: VerifiedText, kept: Followed, seen: Seen) -> None:
        """The newest cosignature's time; without cosigners, since when we see this very size."""
        newest = max((cosignature.time for cosignature in verified.cosignatures), default=None)
        age = self.now().timestamp() - (kept.grown_at if newest is None else newest)
        if age > self.max_age.total_seconds():
            whose = "by our clock it has not grown" if newest is None else "by its newest cosignature it is"
            seen.alarm("stale", f"{whose} for {age / 60:.0f} minutes")

    def _keep(self, note: bytes, head: Checkpoint, last: Followed, seen: Seen) -> Followed:
        grown = self.now().timestamp() if head.size != last.size or not last.note else last.grown_at
        kept = Followed(note, head.origin, head.size, head.root, grown, last.counted, last.counted_root, last.last_at,
                        last.revoked)
        if self.entries and last.counted < head.size:
            kept = self._count(kept, head, seen)
        if kept.revoked and "cosigners" not in {alarm.kind for alarm in seen.alarms} and not seen.cosigned_by:
            seen.alarm("revoked", f"{kept.revoked}; no cosigner has signed size {head.size}")
        return kept

    def _count(self, kept: Followed, head: Checkpoint, seen: Seen) -> Followed:
        """New entries, hashed again: only when they give the signed root is anything of them believed."""
        try:
            edge = Frontier.at(kept.counted, tile_node(self.read, head.size))
            if edge.root() != (kept.counted_root or EMPTY_ROOT):
                raise VerificationError("tile", f"another root at size {kept.counted}")
            entries = list(self._entries(kept.counted, head.size))
            edge.extend(leaf_hash(entry) for entry in entries)
            if edge.root() != head.root:
                raise VerificationError("bundle", f"they give another root at size {head.size}")
        except VerificationError as fault:
            seen.alarm("entries", fault.reason)
            return kept
        last_at, revoked = self._read_leaves(kept, entries, seen)
        return Followed(kept.note, kept.origin, kept.size, kept.root, kept.grown_at, head.size, head.root, last_at,
                        revoked)

    def _entries(self, first: int, end: int) -> "Sequence[bytes]":
        entries: list[bytes] = []
        for number in range(first // TILE_WIDTH, -(-end // TILE_WIDTH)):
            width = min(TILE_WIDTH, end - number * TILE_WIDTH)
            bundle = decode_bundle(self.read(TileName(None, number, width).path))
            if len(bundle) != width:
                raise VerificationError("bundle", f"bundle {number} holds {len(bundle)} entries, not {width}")
            entries += bundle[max(0, first - number * TILE_WIDTH):]
        return entries

    def _read_leaves(self, kept: Followed, entries: Sequence[bytes], seen: Seen) -> tuple[str, str]:
        last_at, revoked = kept.last_at, kept.revoked
        for index, entry in enumerate(entries, kept.counted):
            try:
                leaf = Leaf.parse(entry)
            except VerificationError as fault:
                seen.alarm("entries", f"leaf {index}: {fault.reason}")
                continue
            seen.kinds[leaf.kind] = seen.kinds.get(leaf.kind, 0) + 1
            if leaf.at < last_at:
                seen.alarm("time", f"leaf {index} says {leaf.at}, the one before {last_at}")
            last_at = leaf.at
            if leaf.kind.startswith("log.succeeds/"):
                last_at = last_at if index else ""  # the old log's leaves come again after it, with the times they had
                seen.alarm("succession", f"succeeds {str(leaf.data.get('old_origin'))[:300]}: leaves "
                           f"{leaf.data.get('lost_from')} to {leaf.data.get('lost_to')} (exclusive) lost")
            if leaf.kind.startswith("key.revoked/"):
                revoked = f"leaf {index} revokes {str(leaf.data.get('key'))[:300]}"
            if leaf.kind.startswith("lock.probed/") and leaf.data.get("held") is not True:
                seen.alarm("lock", f"leaf {index}, store {str(leaf.data.get('store'))[:100]}")
        return last_at, revoked
