"""The tree under examination: its files as git sees them, its Python parsed once.

A `House` may be the real checkout or a planted one in a temporary folder, so that each rule can be
shown to catch what it forbids. Untracked files count unless ignored: a fault is seen before `git add`.
"""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gateway", "connectors", "schemas")
_UNTRACKED = {".git", ".venv", "var", "dist", "build", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: where it is, and what it says."""

    path: str
    text: str
    tree: ast.Module

    def where(self, node: ast.AST) -> str:
        """Name a place the way an editor opens it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@dataclass(frozen=True)
class House:
    """A checkout, real or planted."""

    root: Path

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file of the project, relative to the root."""
        if not (self.root / ".git").exists():
            return tuple(sorted(_walk(self.root)))
        # Another account than the owner of the checkout may run the tests.
        command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
        listed = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        names = set(listed.stdout.split("\0")) - {""}
        return tuple(sorted(name for name in names if (self.root / name).is_file()))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Every Python file, parsed."""
        return tuple(self._parse(name) for name in self.files if name.endswith(".py"))

    @property
    def shipped(self) -> tuple[Source, ...]:
        """The Python files of the three packages."""
        return tuple(source for source in self.sources if source.path.split("/")[0] in PACKAGES)

    def read(self, name: str) -> str:
        """The text of one file."""
        return (self.root / name).read_text(encoding="utf-8")

    def _parse(self, name: str) -> Source:
        text = self.read(name)
        return Source(name, text, ast.parse(text, filename=name))


def plant(root: Path, files: dict[str, str]) -> House:
    """Write a small house that breaks a rule on purpose."""
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return House(root)


def _walk(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        if path.is_file() and not _UNTRACKED.intersection(parts):
            yield "/".join(parts)
