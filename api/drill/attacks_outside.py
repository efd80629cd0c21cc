"""Attacks by clocks and by what comes from outside: manifests, receipts, cosigners."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from api.drill import looks
from api.drill.attack import Attack, Outcome, Verdict, found, prevented, refusal, told
from api.drill.box import Box
from api.drill.deposits import accessioned, manifest, receipt_of
from api.drill.lying import Liar, MovedStore, cosigned_by_all, forged
from api.wiring import beside
from archive import custody
from archive.anchoring import Anchoring
from archive.cosigner_side import Side, ask
from archive.cosigning import Cosigning
from archive.log_start import check_start
from archive.ports import Clock, ObjectStore
from archive.proof.policy import Policy
from archive.proof.receipt import Receipt
from archive.proof.signing import SigningKey
from archive.publication import Act, require
from archive.published import Published
from archive.site import Site
from ingest.uploads import open_upload

OBEYING = "where all of them obey the operator, which nothing tells"
LOOK_S = 10.0


def _own_clock_back(box: Box) -> Outcome:
    """This machine's clock an hour back: at a start, and while it runs."""
    data = box.copy()
    with beside(data, box.settings) as archive:
        site = looks.at_another_time(archive.site, -timedelta(hours=1))
        box.struck()
        code = refusal(lambda: check_start(site.db, site.ports.store, site.ports.signer.key, site.ports.clock,
                                           Published(data / "log"), site.log_tiles))
        return found(*told("start", [code] if code else []),
                     *_clocks(box, archive.site, site.ports.store, site.ports.clock))


def _store_clock_forward(box: Box) -> Outcome:
    """The store's clock beyond every lock: what it guards could be deleted from then on."""
    with beside(box.copy(), box.settings) as archive:
        store = MovedStore.of(archive.site.ports.store, timedelta(days=400))
        box.struck()
        return found(*_clocks(box, archive.site, store, archive.site.ports.clock))


def _clocks(box: Box, site: Site, store: ObjectStore, clock: Clock) -> tuple[str, ...]:
    """What anchoring says of these clocks, and what accession then does."""
    tree = box.grow()
    anchoring = Anchoring(site.db, store, clock, lambda: tree, site.ports.authorities, site.log_id,
                          timedelta(seconds=1), timedelta(days=1))
    anchoring.start()
    try:
        box.wait(lambda: anchoring.clock_fault is not None, LOOK_S)
        code = refusal(lambda: require(replace(site, anchoring=anchoring), Act.ACCESSION))
    finally:
        anchoring.stop()
    return (*told("anchor", ["clock.disagrees"] if anchoring.clock_fault else []),
            *told("accession", [code] if code else []))


def _forged_manifest(box: Box) -> Outcome:
    """Signed by another key under the station's name, by nobody known, and changed after signing."""
    intake, data = box.archive.intake, b"forged" * 1000
    right, openings = manifest(box.archive, box.station, data)
    changed = right.replace(b'"serial":"D-0001"', b'"serial":"D-0002"')
    same_name = manifest(box.archive, SigningKey.generate(box.station.key.name), data)
    stranger = manifest(box.archive, SigningKey.generate(box.station.key.name[:-2] + "00"), data)
    before = box.archive.site.db.read(custody.size)
    box.struck()
    codes = [refusal(partial(open_upload, intake, note, opened, len(data)))
             for note, opened in (same_name, stranger, (changed, openings))]
    nothing = all(codes) and box.archive.site.db.read(custody.size) == before
    return prevented(*told("deposit", codes)) if nothing else found()


def _forged_receipt(box: Box) -> Outcome:
    """Another file in a real receipt; an own log key under the real name; the real key without the cosigners."""
    deposited, data = box.deposit(), b"forged" * 1000
    real = Receipt.parse(deposited.receipt)
    leaf = forged(real.leaf, data)
    signer = box.archive.site.ports.signer
    box.struck()
    made = (replace(real, leaf=leaf), cosigned_by_all(real, leaf, SigningKey.generate(box.log_key.name), ()),
            replace(cosigned_by_all(real, leaf, signer, ()), grade="signed"))
    steps = [looks.verified(box, one.encode(), data) for one in made]
    return found(*(step for one in steps for step in one)) if all(steps) else found()


def _cosigner_dropped(box: Box) -> Outcome:
    """One of two is silent: a dock that waits for both gets no receipt to wipe by, and nothing is released."""
    silent = box.neighbours[1]
    silent.stop()
    try:
        upload, _, data = accessioned(box.archive, box.station)
        signed = receipt_of(box.archive, upload, "signed")
        box.struck()
        late = refusal(lambda: receipt_of(box.archive, upload, "cosigned", 1.0))
        later = looks.at_another_time(box.archive.site, timedelta(seconds=11))
        release = refusal(lambda: require(later, Act.RELEASE))
        step = looks.verified(box, signed, data)
    finally:
        silent.start()
    box.settled()
    back = looks.verified(box, receipt_of(box.archive, upload, "cosigned"), data) == ()
    held_back = late and release and step and back
    return prevented(*told("release", [release]), *step, "cosigners: taken up again") if held_back else found()


def _cosigner_lying(box: Box) -> Outcome:
    """A cosigner whose key the policy names signs another root than it was shown."""
    liar = Liar()
    rule = Policy.parse(f"log {box.log_key.text()}\nwitness liar {liar.key.text()}\nquorum liar\n")
    box.struck()
    with _asking(box, rule, liar) as cosigning:
        box.wait(lambda: bool(cosigning.summary().cosigners[0].fault), LOOK_S)
        counted = cosigning.cosigned is not None or not cosigning.summary().cosigners[0].fault
        unknown = cosigning.largest_known_size() is None
    return found() if counted else prevented("cosigning: not counted", "start: log.unconfirmed" if unknown else "")


@contextmanager
def _asking(box: Box, rule: Policy, *cosigners: Liar) -> Iterator[Cosigning]:
    with beside(box.copy(), box.settings) as archive:
        cosigning = Cosigning(archive.site.db, archive.site.log_tiles, archive.site.ports.clock, rule, cosigners)
        cosigning.start()
        try:
            yield cosigning
        finally:
            cosigning.stop()


def _cosigner_behind(box: Box) -> Outcome:
    """A cosigner's state is restored from a backup: it would sign a second history up to what it forgot."""
    tree, forgetful = box.grow(), box.neighbours[0]
    site = box.archive.site
    (cosigner,) = [one for one in site.ports.cosigners if one.key == forgetful.key]
    forgetful.stop()
    newer = forgetful.set_back(forgetful.folder / "yesterday.db")
    forgetful.start()
    box.struck()
    try:
        side = Side(cosigner, needed=True, size=tree.size, signed_size=tree.size)
        code = refusal(lambda: ask(side, tree, lambda old, new: site.log_tiles.consistency(old, new.size)))
        return found(*told("cosigning", [code] if code else []))
    finally:
        forgetful.stop()
        forgetful.set_back(newer)
        forgetful.start()


def _cosigners_obey(box: Box) -> Outcome:
    """All cosigners sign what the operator asks for: a recording that never was, with a whole receipt."""
    data = b"never recorded" * 1000
    real = Receipt.parse(box.later.receipt)
    made = cosigned_by_all(real, forged(real.leaf, data), box.archive.site.ports.signer,
                           tuple(one.signer() for one in box.neighbours))
    box.struck()
    return found(*looks.verified(box, made.encode(), data))


ATTACKS = (
    Attack("own-clock-back", "root on the archive's machine", Verdict.DETECTED,
           ("accession: clock.disagrees", "anchor: clock.disagrees", "start: log.clock_back"),
           "at the next start, or at the next anchor: within 10 minutes while events come", _own_clock_back),
    Attack("store-clock-forward", "root on the store's machine", Verdict.DETECTED,
           ("accession: clock.disagrees", "anchor: clock.disagrees"),
           "at the next anchor: within 10 minutes while events come", _store_clock_forward),
    Attack("forged-manifest", "the network", Verdict.PREVENTED,
           ("deposit: manifest.signature", "deposit: station.unknown"), "at once", _forged_manifest),
    Attack("forged-receipt", "pen and paper; the log's key without its cosigners", Verdict.DETECTED,
           ("verifier: cosigners", "verifier: inclusion", "verifier: signature"),
           "at once, by whoever verifies it with a policy of their own", _forged_receipt),
    Attack("cosigner-dropped", "the line to one of two cosigners", Verdict.PREVENTED,
           ("cosigners: taken up again", "release: log.not_cosigned", "verifier: cosigners"),
           "at once for receipts; after 10 s for releases", _cosigner_dropped),
    Attack("cosigner-lying", "a cosigner's key", Verdict.PREVENTED, ("cosigning: not counted",), "at once",
           _cosigner_lying),
    Attack("cosigner-set-back", "a cosigner's machine", Verdict.DETECTED, ("cosigning: cosigner.forgot",),
           "at the next checkpoint", _cosigner_behind),
    Attack("cosigners-obey-operator", "the log's key and every cosigner's", Verdict.NOT_DETECTED, (), "–",
           _cosigners_obey, OBEYING),
)
