"""A key kept in memory is used no longer than its file stands, whoever removed it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archive.adapters import keyfiles
from archive.adapters.keyfiles import FileVault
from archive.errors import ArchiveError, Contradiction

SCOPE, CONTEXT = "rec_0123456789abcdefghjkmnpqrs", b"context"


@pytest.fixture
def vaults(tmp_path: Path) -> tuple[FileVault, FileVault]:
    """The same vault as two processes see it; the first holds the scope's key in memory."""
    FileVault.create(tmp_path / "vault.key")
    here, beside = FileVault(tmp_path / "vault.key"), FileVault(tmp_path / "vault.key")
    for _ in range(3):
        here.open(SCOPE, here.seal(SCOPE, b"a name", CONTEXT), CONTEXT)
    assert SCOPE in here._held
    return here, beside


@pytest.mark.parametrize("which", [0, 1])
def test_an_erased_key_is_used_on_from_memory(vaults: tuple[FileVault, FileVault], which: int) -> None:
    here = vaults[0]
    sealed = here.seal(SCOPE, b"a name", CONTEXT)
    vaults[which].destroy(SCOPE)
    acts: list[Callable[[], bytes]] = [
        lambda: here.open(SCOPE, sealed, CONTEXT), lambda: here.seal(SCOPE, b"x", CONTEXT)]
    for act, code in zip(acts, ("key.absent", "particulars.scope_erased"), strict=True):
        with pytest.raises(ArchiveError) as refusal:
            act()
        assert refusal.value.code == code


def test_a_changed_key_file_is_passed_over(vaults: tuple[FileVault, FileVault], tmp_path: Path) -> None:
    here = vaults[0]
    path = tmp_path / "scopes" / f"{SCOPE}.key"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Contradiction):
        here.seal(SCOPE, b"x", CONTEXT)


def test_keys_pile_up_in_memory(vaults: tuple[FileVault, FileVault], monkeypatch: pytest.MonkeyPatch) -> None:
    here = vaults[0]
    monkeypatch.setattr(keyfiles, "HELD", 3)
    for number in range(6):
        for _ in range(2):
            here.seal(f"rec_{number}", b"x", CONTEXT)
    assert len(here._held) == 3
    monkeypatch.setattr(keyfiles, "HELD_S", -1.0)
    here.seal("rec_5", b"x", CONTEXT)
    assert list(here._held) == ["rec_5"]
