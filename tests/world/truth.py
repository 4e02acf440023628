"""Who is who in a generated département, and what linking made of it.

`Judged` counts, over the people of the département's file: links with Pôle emploi and the CNAF that are
right, wrong, or missing. Twins, varied names, conventional birth dates and replaced numbers are in the files.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from gateway.identity.index import SUBJECT, empty, enrol
from gateway.identity.resolve import resolve
from schemas.check import check
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from schemas.registry import contract

CD, CNAF, PE = "cd-parcours", "cnaf-beneficiaires", "pe-parcours"


@dataclass(frozen=True)
class Judged:
    """`links`: of Pôle emploi's dossiers and the CNAF's adults to the people of the département's file."""

    people: int
    right: int
    wrong: int
    possible: int
    grades: Mapping[str, int]

    @property
    def recall(self) -> float:
        return self.right / self.possible


def generated(folder: Path, departement: str, *, people: int, seed: int) -> Path:
    """Write a département and its truth."""
    wishes = Wishes(departement, people, seed, datetime(2022, 6, 15, tzinfo=UTC).date())
    write_everything(folder, wishes)
    return folder


def judged(folder: Path, departement: str, *, forgetting: Sequence[str] = ()) -> Judged:
    """Read with our contracts, link, and compare with the truth; `forgetting`: what Pôle emploi does not say."""
    index = read(folder, departement, forgetting)
    truth = owners(folder)
    found = resolve(index)
    of_subject = {
        subject: truth.get(_reference(flow, key.split("\x1f"), matricule, role))
        for subject, flow, key, matricule, role in index.select(
            SUBJECT, "FLOW", "KEY", "MATRICULE", "ROLE"
        ).iter_rows()
    }
    linked = [(s, p) for s, p in found.persons.iter_rows() if s != p]
    right = sum(of_subject[s] is not None and of_subject[s] == of_subject[p] for s, p in linked)
    own = set(index.filter(pl.col("FLOW") == CD)[SUBJECT])
    followed = {of_subject[s] for s in own}
    possible = sum(owner in followed for s, owner in of_subject.items() if s not in own and owner)
    grades = Counter(found.grades["GRADE"].to_list())
    return Judged(len(own), right, len(linked) - right, possible, dict(sorted(grades.items())))


def read(folder: Path, departement: str, forgetting: Sequence[str]) -> pl.DataFrame:
    """The index after the three files."""
    index, at = empty(), datetime(2022, 6, 15, tzinfo=UTC)
    places = {
        CD: next((folder / "cd").glob("CD-PARCOURS_*.csv")),
        CNAF: folder / "cnaf" / "RSABEM.xml",
        PE: folder / "pe" / "PECG.xml",
    }
    for flow, path in places.items():
        rows = check(path, contract(flow), departement=departement).rows
        if flow == CNAF:
            rows = rows.filter(
                pl.col("ROLEPERS").is_in(["DEM", "CJT"])
            )  # children are nobody's file
        if flow == PE:
            rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in forgetting)
        index, _ = enrol(index, flow, "partenaire", rows, as_of=at.date(), sent=at)
    return index


def owners(folder: Path) -> dict[tuple[str, ...], str]:
    """What each file calls somebody → their number in the truth."""
    told = json.loads((folder / "truth" / "persons.json").read_text())["personnes"]
    found: dict[tuple[str, ...], str] = {}
    for person in told:
        flows = person["flux"]
        if CD in flows:
            found[CD, flows[CD]["ID_CD"]] = person["id"]
        if PE in flows:
            found[PE, flows[PE]["IDENTIFIANT_PE"]] = person["id"]
        if CNAF in flows:
            number = flows[CNAF]["MATRICULE"][:7]
            found[CNAF, number, flows[CNAF]["ROLEPERS"]] = person["id"]
    return found


def _reference(flow: str, key: list[str], matricule: str, role: str) -> tuple[str, ...]:
    return (flow, matricule, role) if flow == CNAF else (flow, key[1])
