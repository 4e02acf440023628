"""The house under examination: this checkout."""

import pytest

from tests.house.tree import ROOT, House


@pytest.fixture(scope="session")
def house() -> House:
    return House(ROOT)
