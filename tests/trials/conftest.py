"""One street per process and file of trials: opened at its first trial, it carries them all.

Not longer: a house that nobody uses still looks ten times a second for something to do, which is a
tenth of a core.
"""

from collections.abc import Iterator

import pytest

from tests.trials.street import Street, street


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with street(tmp_path_factory.mktemp("street")) as opened:
        yield opened
