"""One street per process: it is opened at the first trial and carries them all."""

from collections.abc import Iterator

import pytest

from tests.trials.street import Street, street


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with street(tmp_path_factory.mktemp("street")) as opened:
        yield opened
