"""Documents for tests, made byte by byte: a DOCX, an OFD and a PDF of given text, whole or as members to be changed."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

VECTORS = Path(__file__).parents[1] / "vectors" / "documents"
TYPES = "[Content_Types].xml"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFD = "http://www.ofdspec.org/2016"


def packed(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def docx_members(paragraphs: Sequence[str], main: str = _MAIN) -> dict[str, str | bytes]:
    said = "".join(f"<w:p><w:r><w:t>{escape(one)}</w:t></w:r></w:p>" for one in paragraphs)
    return {TYPES: f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
            "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{said}</w:body></w:document>'}


def docx(paragraphs: Sequence[str]) -> bytes:
    return packed(docx_members(paragraphs))


def ofd_members(pages: Sequence[Sequence[str]]) -> dict[str, str | bytes]:
    """One TextObject for each line, absolute and relative places as GB/T 33190 allows both."""
    places = "".join(f'<ofd:Page ID="{n}" BaseLoc="{"/Doc_0/" if n % 2 else ""}Pages/Page_{n}/Content.xml"/>'
                     for n in range(len(pages)))
    made: dict[str, str | bytes] = {
        "OFD.xml": f'<ofd:OFD xmlns:ofd="{_OFD}"><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>'
                   "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document xmlns:ofd="{_OFD}"><ofd:Pages>{places}</ofd:Pages></ofd:Document>'}
    for n, lines in enumerate(pages):
        said = "".join(f'<ofd:TextObject><ofd:TextCode X="0" Y="0">{escape(one)}</ofd:TextCode></ofd:TextObject>'
                       for one in lines)
        made[f"Doc_0/Pages/Page_{n}/Content.xml"] = (
            f'<ofd:Page xmlns:ofd="{_OFD}"><ofd:Content><ofd:Layer>{said}</ofd:Layer></ofd:Content></ofd:Page>')
    return made


def ofd(pages: Sequence[Sequence[str]]) -> bytes:
    return packed(ofd_members(pages))


def pdf(trailer: str = "", catalogue: str = "") -> bytes:
    """One page that says "Hello there." in Helvetica."""
    drawn = b"BT /F1 12 Tf 72 700 Td (Hello there.) Tj ET"
    objects = [f"<</Type/Catalog/Pages 2 0 R{catalogue}>>".encode(), b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
               b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
               b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, data in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, data)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places)
    out += f"trailer<</Size 6/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
