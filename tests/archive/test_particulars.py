"""Particulars open under their own key, place and commitment only; keys are private files that nobody overwrites."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import particulars
from archive.adapters.keyfiles import FileSigner, FileVault, write_secret
from archive.errors import Conflict, Contradiction, NotFound, Refused
from archive.particulars import MAX_SEALED, Sealed, salted, seal, unseal
from archive.proof import canonical
from archive.proof.commitments import Particular
from archive.proof.digest import Digest
from archive.proof.signing import SigningKey

LOG, SCOPE = "0123456789abcdef", "usr_0123456789abcdefghjkmnpqrs"
VALUES = {"login": "zhang", "display_name": "张建国", "place": "城东", "age": 41}


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    FileVault.create(tmp_path / "keys" / "vault.key")
    return FileVault(tmp_path / "keys" / "vault.key")


def sealed(vault: FileVault, scope: str = SCOPE, **values: str) -> Sealed:
    return seal(vault, LOG, scope, salted(values or VALUES))


def test_sealed_particulars_do_not_come_back(vault: FileVault) -> None:
    kept = sealed(vault)
    fields = unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)
    assert fields == kept.fields
    assert kept.values == VALUES
    assert [f.name for f in fields] == sorted(VALUES)
    assert len({f.salt for f in fields}) == len(fields)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True), st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(-2**53 + 1, 2**53 - 1)), min_size=1, max_size=8))
def test_some_value_does_not_survive_sealing(vault: FileVault, values: dict[str, str | int]) -> None:
    kept = seal(vault, LOG, SCOPE, salted(values))
    assert {f.name: f.value for f in unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)} == values


def test_personal_data_can_be_read_in_what_is_stored(vault: FileVault, tmp_path: Path) -> None:
    kept = sealed(vault)
    stored = kept.sealed + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(str(value).encode() in stored for value in VALUES.values() if isinstance(value, str))
    assert sealed(vault).sealed != kept.sealed
    assert sealed(vault).commitment != kept.commitment


@pytest.mark.parametrize("change", ["log", "scope", "commitment", "ciphertext", "nonce", "cut off", "empty"])
def test_particulars_open_out_of_their_place(vault: FileVault, change: str) -> None:
    kept, other = sealed(vault), sealed(vault, "sta_0123456789abcdefghjkmnpqrs")
    log, scope, data, commitment = LOG, SCOPE, kept.sealed, kept.commitment
    match change:
        case "log":
            log = "fedcba9876543210"
        case "scope":
            scope = other.scope
        case "commitment":
            commitment = Digest("sha256", bytes(32))
        case "ciphertext":
            data = data[:-1] + bytes([data[-1] ^ 1])
        case "nonce":
            data = bytes([data[0] ^ 1]) + data[1:]
        case "cut off":
            data = data[:20]
        case "empty":
            data = b""
    with pytest.raises(Contradiction) as refusal:
        unseal(vault, log, scope, data, commitment)
    assert refusal.value.code == "key.mismatch"


def test_swapped_rows_of_one_scope_open(vault: FileVault) -> None:
    one, two = sealed(vault, case_no="1"), sealed(vault, case_no="2")
    for kept, data in ((one, two.sealed), (two, one.sealed)):
        with pytest.raises(Contradiction):
            unseal(vault, LOG, SCOPE, data, kept.commitment)


class PlainVault:
    """``KeyVault`` that answers what it is told to: for bytes no honest vault gives."""

    def __init__(self, plaintext: bytes) -> None:
        self.plaintext = plaintext

    def seal(self, scope: str, plaintext: bytes, context: bytes) -> bytes:
        return plaintext

    def open(self, scope: str, sealed: bytes, context: bytes) -> bytes:
        return self.plaintext


FIELD = {"name": "login", "salt": "00" * 16, "value": "zhang"}


@pytest.mark.parametrize(("held", "code"), [
    ({"a": 1}, "malformed"), ([], "malformed"), ([1], "malformed"), ([{"name": "login"}], "malformed"),
    ([{**FIELD, "salt": "zz"}], "malformed"), ([{**FIELD, "salt": "00"}], "malformed"), ([FIELD], "mismatch"),
])
def test_what_does_not_match_the_leaf_is_taken_for_particulars(held: canonical.Canonical, code: str) -> None:
    with pytest.raises(Contradiction) as refusal:
        unseal(PlainVault(canonical.encode(held)), LOG, SCOPE, b"", Digest("sha256", bytes(32)))
    assert refusal.value.code == f"particulars.{code}"


def test_particulars_that_could_never_be_opened_are_sealed(vault: FileVault) -> None:
    with pytest.raises(Refused) as refusal:
        sealed(vault, note="x" * MAX_SEALED)
    assert refusal.value.code == "particulars.too_large"
    with pytest.raises(Refused) as refusal:
        seal(vault, LOG, SCOPE, [Particular("a", bytes(16), 1), Particular("a", bytes(16), 2)])
    assert refusal.value.code == "particulars.repeated"
    with pytest.raises(ValueError, match="nothing to commit to"):
        seal(vault, LOG, SCOPE, [])


def test_a_destroyed_key_still_opens(vault: FileVault, tmp_path: Path) -> None:
    kept, other = sealed(vault), sealed(vault, "usr_other")
    (tmp_path / "keys" / "scopes" / f"{SCOPE}.key").unlink()
    with pytest.raises(NotFound) as refusal:
        unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)
    assert refusal.value.code == "key.absent"
    assert unseal(vault, LOG, "usr_other", other.sealed, other.commitment) == other.fields
    sealed(vault)  # a new key under the same name does not bring the old one back
    with pytest.raises(Contradiction):
        unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)


def test_another_master_key_or_a_swapped_scope_key_opens(vault: FileVault, tmp_path: Path) -> None:
    kept, scopes = sealed(vault), tmp_path / "keys" / "scopes"
    sealed(vault, "usr_other")
    mine, theirs = (scopes / f"{name}.key" for name in (SCOPE, "usr_other"))
    original = mine.read_bytes()
    mine.write_bytes(theirs.read_bytes())
    with pytest.raises(Contradiction, match="does not unwrap"):
        unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)
    mine.write_bytes(original)
    (tmp_path / "keys" / "vault.key").write_bytes(bytes(32))
    with pytest.raises(Contradiction, match=r"wrong vault\.key"):
        unseal(FileVault(tmp_path / "keys" / "vault.key"), LOG, SCOPE, kept.sealed, kept.commitment)


def test_a_secret_can_be_read_by_others_or_leaves_scraps(vault: FileVault, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        sealed(vault)
        write_secret(tmp_path / "keys" / "log.pem", b"secret")
    finally:
        os.umask(old)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == sorted(["vault.key", f"{SCOPE}.key", "log.pem"])
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_key_is_overwritten(vault: FileVault, tmp_path: Path) -> None:
    before = (tmp_path / "keys" / "vault.key").read_bytes()
    with pytest.raises(Conflict) as refusal:
        FileVault.create(tmp_path / "keys" / "vault.key")
    assert refusal.value.code == "key.exists"
    assert (tmp_path / "keys" / "vault.key").read_bytes() == before
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["vault.key"]


def test_neighbours_meet_half_a_key_or_make_two(tmp_path: Path) -> None:
    FileVault.create(tmp_path / "keys" / "vault.key")
    vaults = [FileVault(tmp_path / "keys" / "vault.key") for _ in range(4)]  # as in several processes
    for turn in range(20):
        scope = f"rec_{turn}"
        with ThreadPoolExecutor(8) as pool:
            kept = list(pool.map(lambda n, scope=scope: sealed(vaults[n % 4], scope, case_no=str(n)), range(8)))
        for one in kept:
            assert unseal(vaults[0], LOG, scope, one.sealed, one.commitment) == one.fields


def test_another_key_signs_in_the_logs_name(tmp_path: Path) -> None:
    key = SigningKey.generate("liuhen.example/0123456789abcdef")
    write_secret(tmp_path / "log.pem", key.to_pem())
    signer = FileSigner(tmp_path / "log.pem", key.key.name)
    assert signer.key == key.key
    key.key.verify(b"message", signer.sign(b"message"))
    with pytest.raises(Exception, match="signature"):
        key.key.verify(b"other", signer.sign(b"message"))


def test_a_context_says_less_than_log_scope_and_commitment() -> None:
    made = {particulars._context(log, scope, Digest("sha256", bytes([n]) * 32))
            for log in "ab" for scope in "cd" for n in (0, 1)}
    assert len(made) == 8
