"""Random bytes come in the number asked for, and none comes twice."""

import pytest

from archive.randomness import BLOCK, random_bytes


@pytest.mark.parametrize("count", [0, 1, 16, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_another_number_of_bytes_comes(count: int) -> None:
    assert len(random_bytes(count)) == count


def test_bytes_come_twice() -> None:
    drawn = [random_bytes(16) for _ in range(10_000)]
    assert len(set(drawn)) == len(drawn)
