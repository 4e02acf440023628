"""The generated département of the shared samples: every grade of link equal to what is expected of it.

The files are read by our own contracts and enrolled as a delivery would be.
"""

import json
from datetime import UTC, date, datetime

import polars as pl

from gateway.identity.index import SUBJECT, empty, enrol
from gateway.identity.resolve import resolve
from schemas.check import check
from schemas.registry import contract
from tests.world.samples import sample

FILES = {
    "cd-parcours": "dept-08/cd/CD-PARCOURS_08_20220615_000001_V1.csv",
    "cnaf-beneficiaires": "dept-08/cnaf/RSABEM.xml",
    "cnaf-contacts": "dept-08/cnaf/coordonnees-allocataire.txt",
    "pe-parcours": "dept-08/pe/PECG.xml",
}


def index_of(*flows: str) -> pl.DataFrame:
    index, sent = empty(), datetime(2022, 6, 15, tzinfo=UTC)
    for flow in flows:
        rows = check(sample(FILES[flow]), contract(flow), departement="08").rows
        index, _ = enrol(index, flow, "partenaire", rows, as_of=date(2022, 6, 15), sent=sent)
    return index


def grades(index: pl.DataFrame) -> dict[str, str]:
    """ID_CD → grade, absent from Pôle emploi included."""
    found = index.filter(pl.col("FLOW") == "cd-parcours").join(
        resolve(index).grades, left_on=SUBJECT, right_on="PERSON", how="left"
    )
    named = found.select(
        pl.col("KEY").str.split("\x1f").list.last(), pl.col("GRADE").fill_null("none")
    )
    return dict(named.iter_rows())


def test_every_person_of_the_sample_has_the_grade_expected() -> None:
    told = json.loads(sample("dept-08/expected/signals.json").read_text())["people"]
    expected = {person: entry["match"] for person, entry in told.items()}
    assert len(expected) == 300
    assert grades(index_of("cd-parcours", "cnaf-beneficiaires", "pe-parcours")) == expected
    assert grades(index_of("pe-parcours", *FILES)) == expected
