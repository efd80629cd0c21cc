"""The paper checkpoint: what its code holds is the signed note, and what stands on it is what the log signed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from checks.checked_log import archive_of, fill
from playwright.sync_api import Page
from sqlalchemy import insert

from api.cli import main
from api.paper_page import MOST_IN_CODE, code_svg, coded_note, paper_page
from archive.check_claims import COSIGNED
from archive.errors import Contradiction, NotFound
from archive.paper import PaperCheckpoint, paper_checkpoint
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import open_note, with_signatures
from archive.proof.policy import Policy
from archive.proof.signing import CosigningKey
from archive.site import Site

PIXELS = """() => { const svg = document.querySelector('svg'), text = new XMLSerializer().serializeToString(svg);
  return new Promise(done => { const image = new Image(); image.onload = () => {
    const canvas = document.createElement('canvas'); canvas.width = canvas.height = 900;
    const area = canvas.getContext('2d'); area.fillStyle = '#fff'; area.fillRect(0, 0, 900, 900);
    area.drawImage(image, 0, 0, 900, 900);
    const data = area.getImageData(0, 0, 900, 900).data; let out = '';
    for (let at = 0; at < data.length; at += 4) out += data[at] < 128 ? '0' : '1';
    done(out); }; image.src = 'data:image/svg+xml;base64,' + btoa(text); }); }"""
COSIGNERS = [CosigningKey.generate(f"cosigner{n}.example/with-a-long-name") for n in range(30)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with archive_of(tmp_path) as (made, running):
        fill(made, running, 1)
        yield made


def cosigned(site: Site, count: int) -> Policy:
    """Let so many cosigners sign the latest checkpoint."""
    note = paper_checkpoint(site).note
    text, at = open_note(note, [site.ports.signer.key]).text, int(site.ports.clock.now().timestamp())
    longer = with_signatures(note, [(key.key, key.cosign(text, at)) for key in COSIGNERS[:count]])
    size = int(text.splitlines()[1])
    site.db.write(lambda tx: tx.execute(insert(COSIGNED).values(
        size=size, note=longer, at=site.ports.clock.now(), met=True)))
    witnesses = "".join(f"witness w{n} {key.key.text()}\n" for n, key in enumerate(COSIGNERS[:count]))
    members = " ".join(f"w{n}" for n in range(count))
    return Policy.parse(f"{witnesses}group lines all {members}\nquorum lines\nlog {site.ports.signer.key.text()}\n")


def scanned(page: Page, paper: PaperCheckpoint) -> bytes:
    """What a scanner reads off the printed page."""
    page.set_content(paper_page(paper))
    bits = page.evaluate(PIXELS)
    image = memoryview(bytes(255 if bit == "1" else 0 for bit in bits)).cast("B", (900, 900))
    return bytes(zxingcpp.read_barcodes(image)[0].bytes)


@pytest.mark.parametrize("count", [0, 2])
def test_the_code_holds_something_else_than_the_signed_note(site: Site, page: Page, count: int) -> None:
    policy = cosigned(site, count) if count else None
    paper = paper_checkpoint(site, policy)
    note = scanned(page, paper)
    assert note == paper.note
    keys = [site.ports.signer.key, *(policy.cosigners if policy else ())]
    assert Checkpoint.parse(open_note(note, keys)) == paper.checkpoint
    assert len(open_note(note, keys).cosignatures) == count


def test_a_note_too_long_for_a_code_cannot_be_printed(site: Site, page: Page) -> None:
    paper = paper_checkpoint(site, cosigned(site, 30))
    assert len(paper.note) > MOST_IN_CODE
    note = scanned(page, paper)
    assert note == coded_note(paper)
    assert Checkpoint.parse(open_note(note, [site.ports.signer.key])) == paper.checkpoint


def test_the_page_says_something_else_than_the_checkpoint(site: Site, page: Page) -> None:
    paper = paper_checkpoint(site, cosigned(site, 2))
    page.set_content(paper_page(paper))
    text = page.locator("body").inner_text()
    assert "".join(page.locator(".root span").all_inner_texts()) == paper.checkpoint.root.hex()
    for said in (paper.checkpoint.origin, str(paper.checkpoint.size), paper.log_key.text(), "w0", "w1", "签署",
                 COSIGNERS[0].key.hex_id, "1 lines", "档案部门接收人", "Received by the archive office"):
        assert said in text, said
    assert page.evaluate("document.querySelectorAll('script,link,img,iframe').length") == 0
    page.set_viewport_size({"width": 794, "height": 1123})
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))) == 1


def test_without_cosigners_the_page_does_not_say_whose_word_it_is(site: Site) -> None:
    assert "the operator's word only" in paper_page(paper_checkpoint(site))


def test_an_empty_or_spoilt_log_is_printed(tmp_path: Path, site: Site) -> None:
    with archive_of(tmp_path / "empty") as (empty, _), pytest.raises(NotFound):
        paper_checkpoint(empty)
    site.db.write(lambda tx: tx.execute(insert(COSIGNED).values(
        size=999, note=b"nonsense", at=datetime(2026, 1, 1, tzinfo=UTC), met=True)))
    with pytest.raises(Contradiction):
        paper_checkpoint(site)


def test_the_code_alone_is_no_svg(site: Site) -> None:
    assert code_svg(paper_checkpoint(site)).startswith("<svg")
    assert main(["log", "paper", "--data", "/nonexistent"]) == 1
