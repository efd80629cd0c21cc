"""A replaced file is the old one or the new one, of the mode asked for, and nothing is left beside it."""

from pathlib import Path

import pytest

from archive.durable import replace_file


@pytest.mark.parametrize("left_over", [None, b"half of an earlier one"])
def test_a_replaced_file_is_mixed_open_to_others_or_leaves_another(tmp_path: Path, left_over: bytes | None) -> None:
    path = tmp_path / "secret.json"
    path.write_bytes(b"a much longer file that stood here before")
    if left_over is not None:
        (tmp_path / "secret.json.part").write_bytes(left_over)
    replace_file(path, b"new", 0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.json"]
