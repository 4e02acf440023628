"""The generated département, when it stands beside the repository (or beside its worktrees)."""

from pathlib import Path

import pytest


def sample(name: str) -> Path:
    """Give one file of the samples, or skip the test saying why."""
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared" / "samples" / name
        if found.is_file():
            return found
    pytest.skip(f"the generated samples are not beside this repository: {name}")
