"""The text of a one-time code: 80 random bits, and a fingerprint of the log key and policy they were issued with.

Typed by a person: Crockford base32 in groups of four; case, hyphens and spaces do not matter, O is 0, I and L are 1.
"""

import hmac
import re
import secrets
from dataclasses import dataclass

from archive.errors import Refused
from archive.proof.keys import VerificationKey

HALF = 16
"""Characters of 5 bits of the secret, and of the fingerprint."""
LOOKUP = 4
"""First characters of the secret, by which the archive finds the row; all of it must then be right."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHAPE = re.compile(rf"[{_ALPHABET}]+").fullmatch
_READ = str.maketrans("OIL", "011", "- \t\n")


@dataclass(frozen=True)
class StationCode:
    """``secret`` goes to the archive, once; ``fingerprint`` never leaves the station. Both 16 characters, 80 bits."""

    secret: str
    fingerprint: str

    @classmethod
    def issue(cls, log_key: VerificationKey, policy: str) -> "StationCode":
        """A fresh code for this log key and the text of the policy the archive offers ("" for none)."""
        secret = "".join(secrets.choice(_ALPHABET) for _ in range(HALF))
        return cls(secret, fingerprint(secret, log_key, policy))

    @classmethod
    def parse(cls, untrusted_text: str) -> "StationCode":
        """As typed; ``Refused station.code_malformed``."""
        text = read_letters(untrusted_text)
        if len(text) != 2 * HALF:
            raise Refused("station.code_malformed", "a code is eight groups of four letters and digits")
        return cls(text[:HALF], text[HALF:])

    @property
    def text(self) -> str:
        """Eight groups of four."""
        whole = self.secret + self.fingerprint
        return "-".join(whole[at:at + 4] for at in range(0, len(whole), 4))

    def vouches_for(self, untrusted_log_key: VerificationKey, untrusted_policy: str) -> bool:
        """Whether the code was issued for this log key and this policy.

        Limit: as good as the code's way to the station. Whoever has seen the code needs 2⁸⁰ tries for another pair
        that passes; whoever could exchange the code itself can make the station pin anything.
        """
        found = fingerprint(self.secret, untrusted_log_key, untrusted_policy)
        return hmac.compare_digest(found, self.fingerprint)


def read_letters(untrusted_text: str) -> str:
    """Letters and digits of a code or a part of it in their one spelling; ``Refused station.code_malformed``."""
    text = untrusted_text.upper().translate(_READ)
    if _SHAPE(text) is None:
        raise Refused("station.code_malformed", "a code is eight groups of four letters and digits")
    return text


def fingerprint(secret: str, log_key: VerificationKey, policy: str) -> str:
    """80 bits of HMAC-SHA-256 under the secret: nobody can prepare another key for a code not seen yet, and a code
    that was mistyped fits nothing."""
    message = f"liuhen/station-code/1\n{log_key.text()}\n{policy}".encode()
    number = int.from_bytes(hmac.digest(secret.encode(), message, "sha256")[:10], "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))
