"""The daily paper checkpoint 纸质检查点: what a page that an archive office seals and files must say.

Limit: paper proves what the log said when it was printed, to whoever trusts the sealed page; it says nothing by itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from archive.check_claims import COSIGNED, SIGNED
from archive.errors import Contradiction, NotFound
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.note import open_note
from archive.proof.policy import Policy
from archive.site import Site

GROUP = 4


@dataclass(frozen=True)
class PaperCosigner:
    """A cosigner that signed this checkpoint, and when by its own clock (UTC)."""

    name: str
    key_id: str
    at: datetime


@dataclass(frozen=True)
class PaperCheckpoint:
    """One checkpoint as printed: the signed note itself, what it says, whose keys signed. ``signed_at`` and
    ``printed_at`` are claims of the archive's clock; ``lines`` are the cosigners' independent administrative lines."""

    checkpoint: Checkpoint
    note: bytes
    log_key: VerificationKey
    signed_at: datetime
    printed_at: datetime
    cosigners: tuple[PaperCosigner, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def root_groups(self) -> tuple[str, ...]:
        """The root in hex, in sixteen groups of four digits for reading aloud."""
        digits = self.checkpoint.root.hex()
        return tuple(digits[at:at + GROUP] for at in range(0, len(digits), GROUP))


def paper_checkpoint(site: Site, policy: Policy | None = None) -> PaperCheckpoint:
    """The newest checkpoint whose cosigners meet the policy, where there is one; else the newest signed.

    ``NotFound log.empty`` before the first; ``Contradiction log.checkpoint_unverified`` when it is not signed as it
    should be: nothing false is printed.
    """
    row = _newest(site)
    key = site.ports.signer.key
    try:
        verified = open_note(bytes(row.note), [key, *(policy.cosigners if policy else ())])
        checkpoint = Checkpoint.parse(verified)
    except VerificationError as fault:
        raise Contradiction("log.checkpoint_unverified", f"the newest checkpoint does not verify ({fault.reason}): "
                            "run `liuhen log check`.") from fault
    names = {} if policy is None else {one.key: one.name for one in policy.witnesses.values()}
    cosigners = tuple(PaperCosigner(names.get(one.key, one.key.name), one.key.hex_id,
                                    datetime.fromtimestamp(one.time, UTC))
                      for one in verified.cosignatures)
    return PaperCheckpoint(checkpoint, bytes(row.note), key, row.at, site.ports.clock.now(), cosigners,
                           policy.lines(verified.signers) if policy else ())


def _newest(site: Site) -> Any:
    met = select(COSIGNED).where(COSIGNED.c.met).order_by(COSIGNED.c.size.desc()).limit(1)
    signed = select(SIGNED).order_by(SIGNED.c.size.desc()).limit(1)
    row = site.db.read(lambda c: c.execute(met).first() or c.execute(signed).first())
    if row is None:
        raise NotFound("log.empty", "nothing is signed yet")
    return row
