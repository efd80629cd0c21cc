"""The fixed events of registers."""

from collections.abc import Callable
from datetime import timedelta

from specimen_names import AT, PERSON, STATION

from archive.event_body import Body
from archive.register_events import CertificateStated, PartyKeyMade, PartyStated, PersonRenamed, RegisterEntry


def register_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: a hand's word, a feed's, and what follows from them."""
    certificate, party = ident("crt", n), ident("par", n)
    return [(certificate, RegisterEntry("certificate", "hand", None, ("number", "valid_to")), {"number": f"新B{n}"}),
            (certificate, RegisterEntry("certificate", "feed", STATION, ("external_id", "holder", "number")),
             {"number": f"新B-{n}", "holder": "650101", "external_id": f"HR-{n}"}),
            (certificate, CertificateStated(PERSON, AT, AT + timedelta(days=365)), {"number": f"新B-{n}"}),
            (party, PartyStated(), {"name": f"某公司{n}", "credit_code": "91350100M000100Y43"}),
            (PERSON, PersonRenamed(), {"display_name": "张建国"}),
            (ident("mac", n), PartyKeyMade(), {"secret": "0f" * 32})]
