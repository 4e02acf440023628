"""Small contact files, no two alike: the same content twice would be a duplicate, and prove nothing."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path

from schemas.generator import write_departement

PEOPLE, SEED, AS_OF = 60, 11, date(2022, 6, 15)


def contact_files(folder: Path) -> Iterator[bytes]:
    """Give hundreds of files of two people each, drawn as CNAF writes them."""
    write_departement(folder, departement="08", people=PEOPLE, seed=SEED, as_of=AS_OF)
    head, *rows = (folder / "cnaf" / "coordonnees-allocataire.txt").read_bytes().split(b"\n")
    for pair in combinations(rows, 2):
        yield b"\n".join([head, *pair])
