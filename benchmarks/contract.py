"""A contact file against its contract, next to the script one would write that morning.

The scripts check less: forms of columns, no key of a NIR, no normalised phone, no report by line.
"""

import csv
import io
import re
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.measure import Line, Scale, race
from schemas.check import check
from schemas.generator import write_departement
from schemas.reading import Reading
from schemas.registry import contract

DRAWN = 10_000
FORMS = {
    "MATRICULE": r"^[0-9A-Z]{7,15}$",
    "ROLE PERSONNE": r"^(DEMANDEUR|CONJOINT)$",
    "NIR": r"^[1-478][0-9]{2}[0-9]{2}[0-9AB]{2}[0-9]{8}$",
    "DATE DEMANDE RSA": r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$",
    "NUMERO TELEPHONE DOSSIER": r"^\+?[0-9 .]{9,16}$",
    "ADRESSE ELECTRONIQUE DOSSIER": r"^ ?[^@ ]+@[^@ ]+\.[a-zA-Z]+ ?$",
}


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Against polars and regular expressions, then against csv and re."""
    source = _write(folder, scale.rows)

    def ours() -> Reading:
        return check(source, contract("cnaf-contacts"), departement="08")

    read = ours().report.read
    first = race(scale.runs, ours, lambda: _polars(source))
    second = race(scale.runs, ours, lambda: _loop(source))
    name = "Contrôle d'un fichier de contacts"
    return [
        Line(name, read, "lignes", first[0], "polars + regex (contrôle moins)", first[1]),
        Line(name, read, "lignes", second[0], "boucle csv + re (contrôle moins)", second[1]),
    ]


def _write(folder: Path, rows: int) -> Path:
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
    text = source.read_bytes().decode("iso-8859-15").encode()
    frame = pl.read_csv(io.BytesIO(text), separator=";", infer_schema=False)
    good = [
        pl.col(name).str.contains(form) | pl.col(name).is_null() for name, form in FORMS.items()
    ]
    return frame.filter(pl.all_horizontal(good)).height


def _loop(source: Path) -> int:
    forms = {name: re.compile(form) for name, form in FORMS.items()}
    with source.open(encoding="iso-8859-15", newline="") as opened:
        return sum(
            all(not row[name] or form.search(row[name]) for name, form in forms.items())
            for row in csv.DictReader(opened, delimiter=";")
        )
