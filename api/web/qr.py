"""QR codes on pages, as SVG elements within the page."""

import io

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """The text, in UTF-8, as a QR code (ISO/IEC 18004; a quarter of it may be damaged)."""
    out = io.BytesIO()
    segno.make_qr(text, error="q", encoding="utf-8").save(
        out, kind="svg", xmldecl=False, border=4, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(out.getvalue().decode("utf-8").strip())
