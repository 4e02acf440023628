"""What is asked of all rows at once is what pandera asks of them one check at a time."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.compilation import compile_contract
from schemas.contract import Contract
from schemas.judgement import Judged, judge
from schemas.readers import read
from schemas.readers.batch import Row
from schemas.registry import contract
from tests.schemas.papers import wrong_key

FILES = {
    "cnaf-contacts": "cnaf/coordonnees-allocataire.txt",
    "pe-parcours": "pe/PECG.xml",
    "cd-parcours": "cd/CD-PARCOURS_*.csv",
}
ODD = st.sampled_from(
    [
        "",
        "x",
        "0",
        "2022",
        "2022-02-30",
        "31/02/2022",
        "9999-12-31",
        "oui",
        "N",
        wrong_key(),
        "é" * 300,
    ]
)
SOME = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def well_written(folder: Path, flow: str) -> Sequence[Row]:
    (file,) = folder.glob(FILES[flow])
    return [row for batch in read(file, contract(flow)) for row in batch.rows]


def told(judged: Judged) -> object:
    return judged.rows.to_dicts(), judged.anomalies, judged.rejected


@SOME
@pytest.mark.parametrize("flow", FILES)
@given(data=st.data())
def test_only_rows_with_nothing_against_them_are_spared_the_judge(
    flow: str, folder: Path, data: st.DataObject
) -> None:
    known = contract(flow)
    rows = _disturbed(known, well_written(folder, flow), data)
    compiled = compile_contract(known)
    spared_none = replace(compiled, clean=pl.lit(value=False))
    assert told(judge(rows, known, compiled)) == told(judge(rows, known, spared_none))


def _disturbed(known: Contract, rows: Sequence[Row], data: st.DataObject) -> list[Row]:
    """Rows of a good file, some of whose cells were taken from elsewhere."""
    width = len(known.read_columns)
    drawn = []
    for _ in range(data.draw(st.integers(1, 25))):
        row = list(data.draw(st.sampled_from(rows)))
        for column in data.draw(st.sets(st.integers(0, width - 1), max_size=3)):
            other = data.draw(st.sampled_from(rows))[data.draw(st.integers(0, width - 1))]
            row[column] = data.draw(ODD | st.just(other))
        drawn.append(tuple(row))
    return drawn


@pytest.mark.parametrize("flow", FILES)
def test_rows_with_nothing_against_them_never_reach_the_judge(flow: str, folder: Path) -> None:
    known = contract(flow)
    compiled = compile_contract(known)
    assert judge(well_written(folder, flow)[:1], known, compiled).rows.height == 1
    assert "schema" not in vars(compiled)
