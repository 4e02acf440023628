"""A contact file read and checked, next to what else would do it.

1. Bare polars: the whole file in memory, the very expressions of the contract, no physical line, no
   width, no repetition, no report: what remains is the price of telling a partner what is wrong.
2. pandas and pandera on pandas, the usual choice (`benchmarks.pandas_peer`), where pandas is installed.
3. The script one would write that morning: csv and re, forms of columns only.
"""

import csv
import re
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from benchmarks.measure import Line, Scale, race
from benchmarks.pandas_peer import check_with_pandas, has_pandas
from schemas.check import check
from schemas.compilation import compile_contract
from schemas.generator import write_departement
from schemas.reading import Reading
from schemas.registry import contract

DRAWN = 10_000
NAME = "Contrôle d'un fichier de contacts"
FORMS = {
    "MATRICULE": r"^[0-9A-Z]{7,15}$",
    "ROLE PERSONNE": r"^(DEMANDEUR|CONJOINT)$",
    "NIR": r"^[1-478][0-9]{2}[0-9]{2}[0-9AB]{2}[0-9]{8}$",
    "DATE DEMANDE RSA": r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$",
    "NUMERO TELEPHONE DOSSIER": r"^\+?[0-9 .]{9,16}$",
    "ADRESSE ELECTRONIQUE DOSSIER": r"^ ?[^@ ]+@[^@ ]+\.[a-zA-Z]+ ?$",
}


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Against each peer in turn; every one must find the same good rows, the last apart."""
    source = write_contacts(folder, scale.rows)

    def ours() -> Reading:
        return check(source, contract("cnaf-contacts"), departement="08")

    read = ours().report.accepted
    peers = {"polars nu, mêmes prédicats, sans rapport": _polars}
    if has_pandas():
        peers["pandas + pandera sur pandas"] = check_with_pandas
    for peer, work in peers.items():
        if work(source) != read:
            raise ValueError(f"{peer} finds other rows than ours")
    peers["boucle csv + re (contrôle moins)"] = _loop
    lines = []
    for peer, work in peers.items():
        mine, theirs = race(scale.runs, ours, partial(work, source))
        lines.append(Line(NAME, read, "lignes", mine, peer, theirs))
    return lines


def write_contacts(folder: Path, rows: int) -> Path:
    """A file of so many contacts, drawn from a few thousand people; nobody is in it twice."""
    people = min(rows, DRAWN)
    write_departement(folder, departement="08", people=people, seed=1, as_of=date(2022, 6, 15))
    header, *lines = (folder / "cnaf" / "coordonnees-allocataire.txt").read_bytes().splitlines()
    bodies = [line.partition(b";")[2] for line in lines]
    into = folder / "contacts.txt"
    with into.open("wb") as out:
        out.write(header + b"\n")
        for number in range(
            rows
        ):  # another allocataire each time: a repeated line would be set aside
            out.write(b"%07d;%b\n" % (number, bodies[number % len(bodies)]))
    return into


def _polars(source: Path) -> int:
    compiled = compile_contract(contract("cnaf-contacts"))
    frame = pl.read_csv(source, separator=";", infer_schema=False, encoding="iso-8859-15")
    return frame.lazy().with_columns(compiled.normalise).filter(compiled.clean).collect().height


def _loop(source: Path) -> int:
    forms = {name: re.compile(form) for name, form in FORMS.items()}
    with source.open(encoding="iso-8859-15", newline="") as opened:
        return sum(
            all(not row[name] or form.search(row[name]) for name, form in forms.items())
            for row in csv.DictReader(opened, delimiter=";")
        )
