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
from archive.particulars import MAX_SEALED, Sealed, committed, salted, seal, unseal
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


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True), st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(-2**53 + 1, 2**53 - 1)), min_size=1, max_size=8))
def test_some_value_does_not_survive_sealing(vault: FileVault, values: dict[str, str | int]) -> None:
    kept = seal(vault, LOG, SCOPE, salted(values))
    assert {f.name: f.value for f in unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)} == values


@pytest.mark.parametrize("levels", [0, 1, 29, 30, 31, 32])
def test_a_value_is_sealed_that_can_never_be_opened(vault: FileVault, levels: int) -> None:
    """A value stands two levels deep in what is sealed, and no reader goes deeper than 32."""
    value: canonical.Canonical = "张"
    for _ in range(levels):
        value = [value]
    if levels > canonical.MAX_DEPTH - 2:
        with pytest.raises(canonical.CanonicalError):
            seal(vault, LOG, SCOPE, salted({"deep": value}))
    else:
        kept = seal(vault, LOG, SCOPE, salted({"deep": value}))
        assert unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)[0].value == value


def test_personal_data_can_be_read_in_what_is_stored(vault: FileVault, tmp_path: Path) -> None:
    kept = sealed(vault)
    stored = kept.sealed + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(str(value).encode() in stored for value in VALUES.values() if isinstance(value, str))
    assert sealed(vault).sealed != kept.sealed
    assert sealed(vault).commitment != kept.commitment


HEADER = 3 + sum(1 + len(name) + 32 for name in VALUES)
OUT_OF_PLACE = {
    "log": "key.mismatch", "scope": "key.mismatch", "commitment": "particulars.mismatch", "ciphertext": "key.mismatch",
    "nonce": "key.mismatch", "cut off": "key.mismatch", "form": "particulars.malformed",
    "committed": "particulars.mismatch", "header cut off": "particulars.malformed", "empty": "particulars.malformed",
}


@pytest.mark.parametrize("change", OUT_OF_PLACE)
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
            data = data[:HEADER] + bytes([data[HEADER] ^ 1]) + data[HEADER + 1:]
        case "cut off":
            data = data[:HEADER + 5]
        case "form":
            data = bytes([2]) + data[1:]
        case "committed":
            data = data[:HEADER - 1] + bytes([data[HEADER - 1] ^ 1]) + data[HEADER:]
        case "header cut off":
            data = data[:20]
        case "empty":
            data = b""
    with pytest.raises(Contradiction) as refusal:
        unseal(vault, log, scope, data, commitment)
    assert refusal.value.code == OUT_OF_PLACE[change]


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

    def wrapped(self, scope: str) -> bytes:
        return b""

    def restore(self, scope: str, wrapped: bytes) -> bool:
        return False

    def destroy(self, scope: str) -> None:
        self.plaintext = b""


FIELD = {"name": "login", "salt": "00" * 16, "value": "zhang"}


@pytest.mark.parametrize(("held", "code"), [
    ([1], "malformed"), ([{"name": "login"}], "malformed"),
    ([{**FIELD, "salt": "zz"}], "malformed"), ([{**FIELD, "salt": "00"}], "malformed"), ([FIELD], "mismatch"),
    ([], "mismatch"), ({"a": 1}, "mismatch"), ([{**FIELD, "salt": "01" * 16}] * 2, "mismatch"),
])
def test_what_does_not_match_the_leaf_is_taken_for_particulars(held: canonical.Canonical, code: str) -> None:
    kept = seal(PlainVault(b""), LOG, SCOPE, [Particular("login", bytes([1]) * 16, "zhang")])
    assert unseal(PlainVault(canonical.encode([{**FIELD, "salt": "01" * 16}])), LOG, SCOPE, kept.sealed,
                  kept.commitment) == kept.fields
    with pytest.raises(Contradiction) as refusal:
        unseal(PlainVault(canonical.encode(held)), LOG, SCOPE, kept.sealed, kept.commitment)
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


@settings(max_examples=60)
@given(data=st.binary(max_size=200), start=st.sampled_from([b"", b"\x01\x00\x01", b"\x01\x00\x02\x01a" + bytes(32)]))
def test_bytes_that_nobody_sealed_do_something_else_than_be_refused(data: bytes, start: bytes) -> None:
    with pytest.raises(Contradiction):
        committed(start + data, Digest("sha256", bytes(32)))


def test_a_receipt_of_an_erased_leaf_has_nothing_to_check(vault: FileVault) -> None:
    kept = sealed(vault)
    vault.destroy(SCOPE)
    assert committed(kept.sealed, kept.commitment) == {f.name: f.commitment for f in kept.fields}
    assert list(committed(kept.sealed, kept.commitment)) == sorted(VALUES)


def test_a_destroyed_key_still_opens_or_is_made_anew(vault: FileVault, tmp_path: Path) -> None:
    kept, other, copy = sealed(vault), sealed(vault, "usr_other"), vault.wrapped(SCOPE)
    for _ in range(2):
        vault.destroy(SCOPE)
    with pytest.raises(NotFound) as refusal:
        unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment)
    assert refusal.value.code == "key.absent"
    with pytest.raises(NotFound):
        vault.wrapped(SCOPE)
    assert unseal(vault, LOG, "usr_other", other.sealed, other.commitment) == other.fields
    with pytest.raises(Refused) as refused:
        sealed(FileVault(tmp_path / "keys" / "vault.key"))
    assert refused.value.code == "particulars.scope_erased"
    assert not vault.restore(SCOPE, copy)  # a copy that runs out later does not bring it back by itself
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and copy in p.read_bytes()]


def test_a_lost_key_does_not_come_back_from_its_copy(vault: FileVault, tmp_path: Path) -> None:
    kept, copy = sealed(vault), vault.wrapped(SCOPE)
    assert not vault.restore(SCOPE, copy)
    (tmp_path / "keys" / "scopes" / f"{SCOPE}.key").unlink()
    for bad in (copy[:-1] + bytes([copy[-1] ^ 1]), b"", copy[:5]):
        with pytest.raises(Contradiction, match="does not unwrap"):
            vault.restore(SCOPE, bad)
    with pytest.raises(Contradiction, match="does not unwrap"):
        vault.restore("usr_other", copy)
    assert vault.restore(SCOPE, copy)
    assert unseal(vault, LOG, SCOPE, kept.sealed, kept.commitment) == kept.fields


def test_a_new_key_under_the_same_name_opens_what_the_old_one_sealed(vault: FileVault, tmp_path: Path) -> None:
    kept = sealed(vault)
    (tmp_path / "keys" / "scopes" / f"{SCOPE}.key").unlink()
    sealed(vault)
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
