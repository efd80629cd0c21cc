"""Case numbers as people type them, brought to one spelling for search; the spelling given stays as it came."""

import unicodedata

_BRACKETS = str.maketrans(dict.fromkeys("〔［【(（{｛<《", "[") | dict.fromkeys("〕］】)）}｝>》", "]"))


def case_key(case_no: str) -> str:
    """The search key: NFKC (full to half width), one kind of bracket, no spaces, upper case.

    >>> case_key("吉市监罚（２０２３） 6 号") == case_key("吉市监罚〔2023〕6号")
    True
    """
    folded = unicodedata.normalize("NFKC", case_no.translate(_BRACKETS)).translate(_BRACKETS)
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")).upper()
