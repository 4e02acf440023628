from pathlib import Path

import pytest
from hypothesis import settings

from tests.schemas.papers import Desk

# A law is about truth: a busy machine must not break it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
