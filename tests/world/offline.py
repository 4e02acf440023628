"""A partner who has nothing of ours but the command: no settings anywhere, and files of its own."""

from pathlib import Path

from typer.testing import Result

from tests.schemas.papers import contact, lines
from tests.world.furnished import run

CONTACTS = "cnaf-contacts"


def check(file: Path, *more: str | Path) -> Result:
    return run("flow", "check", file, *more)


def written(tmp_path: Path, text: str, name: str = "depot", encoding: str = "iso-8859-15") -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode(encoding))
    return file


def contacts(tmp_path: Path, *rows: list[str], plain: int = 40, name: str = "depot") -> Path:
    whole = [*rows, *(contact(100 + n) for n in range(plain))]
    return written(tmp_path, lines(CONTACTS, whole), name)
