"""Where the log stands and who outside stands for it, for the pages."""

from api.publisher import Publisher
from api.web.views import LogState, Vouched, VouchingCosigner
from archive.receipts import signed_at
from archive.site import Site


def log_state(site: Site, publisher: Publisher) -> LogState:
    """The log under its latest signed checkpoint, its cosigners and anchors."""
    tree = site.sequencer.signed
    if tree is None:
        return LogState(site.origin, 0, None)
    return LogState(site.origin, tree.size, signed_at(site, tree), _vouched(publisher))


def _vouched(publisher: Publisher) -> Vouched:
    summary = publisher.cosigning.summary() if publisher.cosigning else None
    anchored = publisher.anchoring.latest if publisher.anchoring else None
    fault = publisher.anchoring.clock_fault if publisher.anchoring else None
    return Vouched(
        cosigners=tuple(VouchingCosigner(one.name, one.size, one.at, one.silent_since, one.fault)
                        for one in (summary.cosigners if summary else ())),
        lines=summary.lines if summary else (), size=summary.size if summary else None,
        anchored_at=anchored.at if anchored else None,
        stamped_by=tuple(name for name, _ in anchored.stamps) if anchored else (),
        trouble=tuple(text for text in (summary.alarm if summary else "", fault or "") if text))
