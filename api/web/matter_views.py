"""The page with a matter's code, as plain values."""

from dataclasses import dataclass

from api.web.views import Frame


@dataclass(frozen=True)
class MatterCodeView:
    """``matter`` is outside text, shown escaped; ``code`` the text of the QR code. Both empty: only the form."""

    frame: Frame
    matter: str = ""
    code: str = ""
