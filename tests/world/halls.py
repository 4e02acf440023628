"""Rooms that only one test uses: what is left there is that test's."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway import workroom


@contextmanager
def private_hall() -> Iterator[Path]:
    """Give clear text a short place of its own in memory."""
    shared = workroom.SHARED_MEMORY
    place = Path(tempfile.mkdtemp(prefix="hall-", dir=shared))
    workroom.SHARED_MEMORY = place
    try:
        yield place
    finally:
        workroom.SHARED_MEMORY = shared
        shutil.rmtree(place)


def left_in(hall: Path) -> list[str]:
    """Files that no room removed."""
    return [path.name for path in hall.rglob("*") if path.is_file() and path.name != ".door"]
