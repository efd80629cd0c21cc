"""The parts that publish the log, in their order: sequencer, then cosigners, then anchors."""

from collections.abc import Callable
from dataclasses import dataclass

from archive.anchoring import Anchoring
from archive.cosigning import Cosigning
from archive.log import Sequencer, SignedTree


@dataclass(frozen=True)
class Publisher:
    """``cosigning`` is None without a policy; both are in a command that runs beside the service."""

    sequencer: Sequencer
    cosigning: Cosigning | None
    anchoring: Anchoring | None

    def start(self) -> None:
        """Cosigners are told of each signed tree from the first one on."""
        if self.cosigning is not None:
            self.sequencer.on_signed.append(self.cosigning.signed)
        self.sequencer.start()
        if self.cosigning is not None:
            self.cosigning.start()
        if self.anchoring is not None:
            self.anchoring.start()

    def stop(self) -> None:
        """Against the stream, so that nobody is handed what nobody takes any more."""
        if self.anchoring is not None:
            self.anchoring.stop()
        if self.cosigning is not None:
            self.cosigning.stop()
        self.sequencer.stop()


def newest(sequencer: Sequencer, cosigning: Cosigning | None) -> Callable[[], SignedTree | None]:
    """What is worth anchoring: the newest tree that meets the policy; without a policy the newest signed one."""

    def tree() -> SignedTree | None:
        return sequencer.signed if cosigning is None else cosigning.cosigned

    return tree
