"""Passwords as Argon2id hashes (RFC 9106 §4, second recommended option: 64 MiB, 3 passes, 4 lanes)."""

import secrets
import threading
from base64 import b64encode

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

LONGEST = 1000
"""Characters; longer ones are refused unread."""
_PASSES, _KIBIBYTES, _LANES = 3, 64 * 1024, 4
_HASHER = PasswordHash((Argon2Hasher(time_cost=_PASSES, memory_cost=_KIBIBYTES, parallelism=_LANES),))
# One at a time: each takes 64 MiB, and a crowd of guesses must not take the service's memory.
_ONE_AT_A_TIME = threading.Lock()


def hash_password(text: str) -> str:
    """The hash to keep, in PHC form with its own salt; ``ValueError`` for an empty or over-long password."""
    if not 0 < len(text) <= LONGEST:
        raise ValueError(f"a password has 1 to {LONGEST} characters")
    with _ONE_AT_A_TIME:
        return str(_HASHER.hash(text))


def _nobodys_hash() -> str:
    """A hash of the right form and cost that no password is known to fit: random salt, random digest."""
    salt, digest = (b64encode(secrets.token_bytes(count)).decode().rstrip("=") for count in (16, 32))
    return f"$argon2id$v=19$m={_KIBIBYTES},t={_PASSES},p={_LANES}${salt}${digest}"


_NOBODY = _nobodys_hash()


def verify_password(untrusted_text: str, password_hash: str | None) -> bool:
    """True when the text is the password behind this hash.

    ``None`` stands for a login nobody has: as much work is done as for a real one, and the answer is False.
    Limit: the times are alike, not equal; a careful measurement of the database's part is not ruled out.
    """
    if not 0 < len(untrusted_text) <= LONGEST:
        return False
    with _ONE_AT_A_TIME:
        try:
            fits = bool(_HASHER.verify(untrusted_text, password_hash or _NOBODY))
        except (PwdlibError, UnicodeEncodeError):  # a hash of another kind, a lone surrogate
            return False
    return fits and password_hash is not None
