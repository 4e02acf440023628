"""No order of rows or files changes who is who."""

from collections import Counter
from datetime import date
from itertools import permutations
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.identity.index import SUBJECT
from gateway.identity.resolve import resolve
from tests.world.census import CD, CNAF, PE, File, Row, cd, cnaf, known, links, number, pe

BORN, OTHER = date(1985, 3, 12), date(1990, 11, 2)
A, B = number(BORN, 1), number(OTHER, 2)

_births = st.sampled_from([BORN, OTHER, date(1985, 3, 13)])
_nirs = st.sampled_from(
    [None, A, B, number(BORN, 3), number(OTHER, 4), number(BORN, 5, first="7"), f"{A[:3]}30{A[5:]}"]
)
_requests, _matricules = st.sampled_from([None, "R1", "R2"]), st.sampled_from(["M1", "M2", "M3"])
_roles = st.sampled_from(["DEM", "CJT"])
_cd = st.builds(
    cd,
    st.sampled_from("abcdef"),
    _nirs,
    _births,
    request=_requests,
    matricule=st.none() | _matricules,
    role=_roles,
)
_cnaf = st.builds(cnaf, _requests, _nirs, matricule=_matricules, role=_roles)
_pe = st.builds(pe, st.sampled_from("pqrst"), _nirs, _births)
_towns = st.tuples(
    st.lists(_cd, max_size=7), st.lists(_cnaf, max_size=6), st.lists(_pe, max_size=6)
)


def _town(rows: tuple[list[Row], list[Row], list[Row]]) -> list[File]:
    return [File(flow, tuple(some)) for flow, some in zip((CD, CNAF, PE), rows, strict=True)]


@settings(max_examples=50, deadline=None)
@given(rows=_towns, seed=st.integers(0, 999))
def test_no_order_of_rows_or_files_changes_who_is_who(
    rows: tuple[list[Row], list[Row], list[Row]], seed: int
) -> None:
    rng = Random(seed)
    files = _town(rows)
    mixed = [File(f.flow, tuple(rng.sample(f.rows, len(f.rows)))) for f in files]
    assert links(known(*rng.sample(mixed, 3))) == links(known(*files))


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.lists(_cd, min_size=1, max_size=3), min_size=2, max_size=4),
    st.lists(_pe, max_size=4),
)
def test_files_may_come_in_any_order_and_the_latest_counts(
    versions: list[list[Row]], dossiers: list[Row]
) -> None:
    files = [File(CD, tuple(rows), hour=hour) for hour, rows in enumerate(versions)]
    expected = links(known(File(PE, tuple(dossiers)), *files))
    for order in permutations(files):
        assert links(known(*order, File(PE, tuple(dossiers)))) == expected


@settings(max_examples=50, deadline=None)
@given(_towns)
def test_a_person_is_at_most_one_identity_of_each_partner(
    rows: tuple[list[Row], list[Row], list[Row]],
) -> None:
    index = known(*_town(rows))
    found = resolve(index)
    assert sorted(found.persons[SUBJECT]) == sorted(index[SUBJECT])
    counted = Counter(
        (person, flow)
        for person, flow in found.persons.join(index, on=SUBJECT)
        .select("PERSON", "FLOW")
        .iter_rows()
    )
    assert all(times == 1 for times in counted.values())
    assert found.grades["PERSON"].n_unique() == found.grades.height


def test_a_hundred_thousand_subjects_and_a_crowd_of_fillers_are_resolved() -> None:
    people = range(33_334)
    nirs = [f"1{85 + n % 10}{n % 12 + 1:02d}{n % 90 + 1:02d}950{n // 90:03d}" for n in people]
    born = [date(1985 + n % 10, n % 12 + 1, n % 28 + 1) for n in people]
    # Fillers too: everybody has the same CAF number, and a third of the dossiers the same NIR.
    crowd = [
        cd(
            str(n),
            nirs[n] if n % 3 else None,
            born[n],
            request=f"R{n}" if n % 3 else None,
            matricule="0000000",
        )
        for n in people
    ]
    files = [
        File(CD, tuple(crowd)),
        File(CNAF, tuple(cnaf(f"R{n}", nirs[n], matricule="0000000") for n in people)),
        File(PE, tuple(pe(str(n), nirs[n] if n % 3 else A, born[n]) for n in people)),
    ]
    index = known(*files)
    found = resolve(index)
    assert index.height == 100_002
    assert found.grades.filter(pl.col("GRADE") == "A").height > 20_000
