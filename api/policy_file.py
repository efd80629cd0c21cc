"""The cosigner policy (C2SP tlog-policy) of an archive or a station, as a file."""

from pathlib import Path

from archive.errors import Refused
from archive.proof.policy import MAX_POLICY, Policy


def read_policy(path: Path) -> Policy:
    """``Refused policy.malformed`` when the file cannot be read or is no policy, with the line that is wrong."""
    try:
        with path.open("rb") as file:
            return Policy.parse(file.read(MAX_POLICY + 1).decode("utf-8"))
    except OSError as fault:
        raise Refused("policy.malformed", f"the policy {path} cannot be read: {fault.strerror}") from fault
    except ValueError as fault:
        raise Refused("policy.malformed", f"{path} is not a cosigner policy: {fault}") from fault
