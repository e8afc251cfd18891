"""One page for all tests that leave it as it was."""

from collections.abc import Iterator

import pytest
from pages import Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page, served on this machine."""
    with serving(tmp_path_factory.mktemp("served")) as page:
        yield page
