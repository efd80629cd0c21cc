"""One archive for all attacks that run in a process: it takes seconds to make, an attack fractions of one."""

from collections.abc import Iterator

import pytest

from api.drill.box import Box, made_box


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """The throw-away archive, running."""
    with made_box(tmp_path_factory.mktemp("drill")) as made:
        yield made
