from pathlib import Path

import pytest
from hypothesis import settings

from tests.ledger.books import Book, new_book

# A loaded machine is no failure: the laws are about results, not about milliseconds.
settings.register_profile("ledger", deadline=None)
settings.load_profile("ledger")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return new_book(tmp_path)
