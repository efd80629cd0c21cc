"""The fixed events of adopting an old share."""

from collections.abc import Callable

from specimen_names import digest

from archive.adoption_events import AdoptionBegan, AdoptionEnded
from archive.event_body import Body


def adoption_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: begun and ended."""
    adoption, account = ident("ado", n), ident("sta", 700 + n)
    key = "old-share.example+00000000+AQ=="
    return [(adoption, AdoptionBegan(account, key, digest(21), digest(22), 3, 4_096),
             {"holder": "城北所原档案员", "note": "…"}),
            (adoption, AdoptionEnded(1, 1, 1), {})]
