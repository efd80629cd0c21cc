"""Cosigners asked for each new checkpoint, all at once; what they sign is kept, and what they say against us stops us.

Limit: cosigners who all obey the operator say no more than the operator does; which lines are independent is written
in the policy by whoever made it.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import func, select

from archive.columns import table
from archive.cosigned_notes import CosignedNotes
from archive.cosigner_side import Ahead, CosignerLine, Side, ask, line_of, needed_by
from archive.db import Database
from archive.errors import ArchiveError, Contradiction, Unavailable
from archive.log import SignedTree
from archive.log_tables import SignedCheckpoint
from archive.log_tiles import LogTiles
from archive.log_waiting import Waiting
from archive.outside_ports import Cosigner
from archive.ports import Clock
from archive.proof.checkpoint import Checkpoint
from archive.proof.cosignature import Cosignature
from archive.proof.errors import VerificationError
from archive.proof.merkle import verify_consistency
from archive.proof.policy import Policy

SIGNED = table(SignedCheckpoint)
LINGER_S = 0.25
"""Once the quorum is met, how long a round still waits for further cosigners before the next checkpoint's begins."""
LOOK_S = 5.0
_journal = structlog.get_logger("cosigning")


@dataclass(frozen=True)
class CosigningSummary:
    """``size``: of the latest checkpoint that meets the policy; ``lines``: the independent lines that cosigned it, ()
    is the operator's word only; ``waiting``: newer leaves that are signed and do not meet the policy yet."""

    size: int | None
    lines: tuple[str, ...]
    waiting: int
    cosigners: tuple[CosignerLine, ...]
    alarm: str


class Cosigning:
    """One thread for each cosigner. All are asked for the same checkpoint, so that their signatures come together
    over it; then for the newest, skipping those signed in between. An optional cosigner never holds a round up beyond
    ``LINGER_S``, and what it says against the log is shown but stops nothing: only who is needed can stop us.
    """

    def __init__(self, db: Database, tiles: LogTiles, clock: Clock, policy: Policy,
                 cosigners: Sequence[Cosigner]) -> None:
        needed = needed_by(policy)
        self._db, self._tiles, self._clock, self._policy = db, tiles, clock, policy
        self._sides = [Side(one, one.key in needed) for one in cosigners]
        self._turn = threading.Condition()
        self._notes = CosignedNotes(db, clock, policy)
        self._newest: SignedTree | None = None
        self._target: SignedTree | None = None
        self._round_since = 0.0
        self._proofs: dict[tuple[int, int], Sequence[bytes]] = {}
        self._proving = threading.Lock()
        self._waiting: Waiting[SignedTree] = Waiting()
        self._alarm: Contradiction | None = None
        self._stopping = False
        self._threads = [threading.Thread(target=self._run, args=(side,), name=f"cosigner-{n}", daemon=True)
                         for n, side in enumerate(self._sides)]
        for cosignature, size in self._notes.load():
            for side in self._sides:
                if side.key == cosignature.key:
                    side.took(cosignature, size)
        if self._notes.cosigned is not None:
            self._waiting.answer(self._notes.cosigned)

    def start(self) -> None:
        """Begin asking, with the newest signed checkpoint of the database."""
        if (tree := self._last_signed()) is not None:
            self.signed(tree)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask nobody further; those still waiting get ``Unavailable log.stopping``."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._waiting.close(Unavailable("log.stopping", "the service is stopping; ask again"))

    def signed(self, tree: SignedTree) -> None:
        """A new checkpoint of ours; returns at once."""
        with self._turn:
            if self._newest is not None and tree.size <= self._newest.size:
                return
            self._newest = tree
            if self._policy.is_met(()):  # no quorum: a signature is all that is asked for
                self._notes.cosigned = tree
                self._waiting.answer(tree)
            self._advance()
            self._turn.notify_all()

    @property
    def cosigned(self) -> SignedTree | None:
        """The latest tree whose note meets the policy, with the cosignatures it has."""
        return self._notes.cosigned

    @property
    def latest(self) -> SignedTree | None:
        """The latest tree with any cosignature."""
        return self._notes.latest

    @property
    def alarm(self) -> Contradiction | None:
        """What a cosigner the quorum counts on said that must not be; it stays until the service is started again."""
        return self._alarm

    def wait_cosigned(self, index: int) -> "Future[SignedTree]":
        """A tree that covers leaf ``index`` and meets the policy; fails with the alarm, or when the service stops."""
        return self._waiting.wait(index)

    def largest_known_size(self) -> int | None:
        """The largest size of this log that any needed cosigner knows; None when none of them answers.

        Asks about our newest signed checkpoint, which those who are behind cosign. ``Contradiction log.forked`` when
        one knows another history. Where nothing is signed yet, or nobody is needed, our own size.
        """
        tree = self._last_signed()
        needed = [side for side in self._sides if side.needed]
        if tree is None or not needed:
            return 0 if tree is None else tree.size
        with ThreadPoolExecutor(len(needed)) as pool:
            answers = list(pool.map(lambda side: self._known(side, tree), needed))
        return max((answer for answer in answers if answer is not None), default=None)

    def summary(self) -> CosigningSummary:
        """For pages: who cosigned what and when, how many independent lines, since when each is silent."""
        with self._turn:
            cosigned, newest = self._notes.cosigned, self._newest
            lines = () if cosigned is None else self._policy.lines(self._notes.signers(cosigned.note))
            size = cosigned.size if cosigned else 0
            return CosigningSummary(
                cosigned.size if cosigned else None, lines, newest.size - size if newest else 0,
                tuple(line_of(side) for side in self._sides), self._alarm.message if self._alarm else "")

    def _run(self, side: Side) -> None:
        while (tree := self._next(side)) is not None:
            try:
                self._ask(side, tree)
            except Exception as fault:  # whatever one cosigner brings about, the others are asked on
                self._give_up(side, Contradiction("cosigner.failed", f"asking {side.key.name} failed: {fault!r}"))
            with self._turn:
                side.busy = -1
                self._advance()
                self._turn.notify_all()

    def _next(self, side: Side) -> SignedTree | None:
        """The tree this cosigner is to sign next; None when we stop, after an alarm, or when it is given up."""
        with self._turn:
            while not (self._stopping or side.given_up or self._alarm):
                now = self._clock.monotonic()
                self._advance()
                if self._target is not None and side.is_due(self._target.size, now):
                    side.busy = self._target.size
                    return self._target
                behind = self._newest is not self._target
                pause = max(0.01, side.retry_at - now) if side.retry_at > now else LOOK_S
                self._turn.wait(min(pause, LINGER_S / 2 if behind else LOOK_S))
            return None

    def _advance(self) -> None:
        """Begin the next round if this one is over. The lock is held."""
        if self._newest is None or self._newest is self._target:
            return
        now, target = self._clock.monotonic(), self._target
        if target is not None:
            met = self._notes.cosigned is not None and self._notes.cosigned.size >= target.size
            open_sides = any(side.busy == target.size or side.is_due(target.size, now) for side in self._sides)
            if open_sides and not (met and now >= self._round_since + LINGER_S):
                return
        self._target, self._round_since, self._proofs = self._newest, now, {}
        self._turn.notify_all()

    def _ask(self, side: Side, tree: SignedTree) -> None:
        try:
            self._take(side, tree, ask(side, tree, self._proof))
        except Ahead as ahead:
            self._ahead(side, tree, ahead.size)
        except Contradiction as fault:
            self._give_up(side, fault)
        except ArchiveError as fault:
            self._failed(side, fault)

    def _take(self, side: Side, tree: SignedTree, cosignature: Cosignature) -> None:
        """Keep it durably, then let others see it."""
        silent = side.silent_since
        shown = self._notes.add(tree, cosignature)
        with self._turn:
            side.took(cosignature, tree.size)
        if shown.met:
            self._waiting.answer(shown.tree)
        if silent is not None:
            _journal.info("cosigner.back", cosigner=side.key.name, size=tree.size, silent_since=silent.isoformat())

    def _ahead(self, side: Side, tree: SignedTree, size: int) -> None:
        """Somebody else may have shown it a newer checkpoint of ours; more than we ever signed is an alarm."""
        ours = self._db.read(lambda c: c.execute(select(func.max(SIGNED.c.size))).scalar()) or 0
        if size > ours:
            self._give_up(side, Contradiction(
                "log.rolled_back", f"the cosigner {side.key.name} knows {size} leaves of this log but only {ours} are "
                "signed here: database and store are behind (restored?). Stop, put the newer ones back.",
                cosigner=side.key.name, known=size))
        with self._turn:
            side.overtaken = tree.size

    def _give_up(self, side: Side, fault: Contradiction) -> None:
        """Never ask it again in this process, and stop what needs cosigning if the quorum counts on it and the fault
        is the log's, not its own."""
        _journal.error("cosigner.alarm", code=fault.code, cosigner=side.key.name, needed=side.needed,
                       reason=fault.message)
        with self._turn:
            side.given_up, side.fault = True, fault.message
            side.silent_since = side.silent_since or self._clock.now()
            if side.needed and fault.code.startswith("log.") and self._alarm is None:
                self._alarm = fault
        if self._alarm is not None:
            self._waiting.close(self._alarm)

    def _failed(self, side: Side, fault: ArchiveError) -> None:
        unavailable = fault if isinstance(fault, Unavailable) else Unavailable("cosigner.unavailable", fault.message)
        with self._turn:
            first = side.failures == 0
            side.failed(unavailable, self._clock.monotonic(), self._clock.now())
        if first:
            _journal.warning("cosigner.silent", cosigner=side.key.name, needed=side.needed, reason=fault.message)

    def _known(self, side: Side, tree: SignedTree) -> int | None:
        try:
            self._take(side, tree, ask(side, tree, self._proof))
        except Ahead as ahead:
            return ahead.size
        except Contradiction as fault:
            if fault.code.startswith("log."):
                raise
            self._give_up(side, fault)
            return None
        except ArchiveError as fault:
            self._failed(side, fault)
            return None
        return tree.size

    def _proof(self, old: int, tree: SignedTree) -> Sequence[bytes]:
        """From ``old`` to ``tree``, checked here first: a refusal then speaks of the log, not of our proof."""
        pair = old, tree.size
        with self._proving:  # computed once for all who stand at the same size
            if (known := self._proofs.get(pair)) is not None:
                return known
            proof = self._tiles.consistency(*pair)
            try:
                verify_consistency(*pair, proof, self._tiles.root(old), tree.checkpoint.root)
            except VerificationError as fault:
                raise Contradiction("log.root_differs", "the rows no longer give the root that was signed at size "
                                    f"{tree.size} ({fault.reason}): rows were changed.") from fault
            self._proofs[pair] = proof
            return proof

    def _last_signed(self) -> SignedTree | None:
        query = select(SIGNED.c.size, SIGNED.c.root, SIGNED.c.note).order_by(SIGNED.c.size.desc()).limit(1)
        row = self._db.read(lambda c: c.execute(query).first())
        if row is None:
            return None
        origin = bytes(row.note).split(b"\n", 1)[0].decode()
        return SignedTree(Checkpoint(origin, row.size, bytes(row.root)), bytes(row.note))
