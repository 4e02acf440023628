from pathlib import Path

import pytest

from tests.ledger.books import Book, new_book


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return new_book(tmp_path)
