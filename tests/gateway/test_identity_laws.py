"""No order of rows or files changes who is who; a naive reading of the rules gives the same persons."""

from collections import Counter
from datetime import date
from itertools import permutations, product
from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.identity.index import SUBJECT
from gateway.identity.resolve import resolve
from tests.world.census import CD, CNAF, PE, File, Row, cd, cnaf, known, links, number, pe

BORN, OTHER = date(1985, 3, 12), date(1990, 11, 2)
A, B = number(BORN, 1), number(OTHER, 2)
Subject = dict[str, Any]

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


@settings(max_examples=80, deadline=None)
@given(_towns)
def test_a_naive_reading_of_the_rules_agrees(
    rows: tuple[list[Row], list[Row], list[Row]],
) -> None:
    index = known(*_town(rows))
    found = resolve(index)
    person_of = dict(found.persons.iter_rows())
    grades = dict(found.grades.iter_rows())
    lent, expected = _naively(index)
    subjects = index.filter(pl.col("FLOW") == CD)[SUBJECT]
    assert {s: grades[s] for s in subjects if s in grades} == expected
    households = index.filter(pl.col("FLOW") == CNAF)[SUBJECT]
    assert {m: person_of[m] for m in households if person_of[m] != m} == lent


def _naively(index: pl.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """CNAF subject → CD subject, and CD subject → grade, by loops and by the letter of the docstring."""
    of: dict[str, list[Subject]] = {
        flow: [row for row in index.iter_rows(named=True) if row["FLOW"] == flow]
        for flow in (CD, CNAF, PE)
    }
    lent: dict[str, str] = {}
    tried: set[str] = set()
    for keys in (("NUMDEMRSA", "ROLE"), ("MATRICULE", "ROLE"), ("NIR13",)):
        met = [
            (a[SUBJECT], b[SUBJECT])
            for a, b in product(of[CD], of[CNAF])
            if not {a[SUBJECT], b[SUBJECT]} & tried
            and all(a[k] and a[k] == b[k] for k in keys)
            and _may_be_one(a, b["NIR13"])
        ]
        ours, theirs = Counter(a for a, _ in met), Counter(b for _, b in met)
        lent |= {b: a for a, b in met if ours[a] == theirs[b] == 1}
        tried |= {*ours, *theirs}
    return lent, _graded(of, lent)


def _may_be_one(ours: Subject, nir: str | None) -> bool:
    if nir is None:
        return True
    if ours["NIR13"] not in {None, nir}:
        return False
    born = ours["BIRTH"]
    return born is None or (nir[1:3] == f"{born:%y}" and nir[3:5] in {f"{born:%m}", "20", "30"})


def _graded(of: dict[str, list[Subject]], lent: dict[str, str]) -> dict[str, str]:
    nirs = {a[SUBJECT]: a["NIR13"] for a in of[CD]}
    for row in of[CNAF]:
        holder = lent.get(row[SUBJECT], "")
        nirs[holder] = nirs.get(holder) or row["NIR13"]
    grades: dict[str, str] = {}
    for a in of[CD]:
        nir, born = nirs[a[SUBJECT]], a["BIRTH"]
        there = [p for p in of[PE] if nir and born and p["NIR13"] == nir and p["BIRTH"]]
        rivals = [b for b in of[CD] if nirs[b[SUBJECT]] == nir and b["BIRTH"] == born]
        if there:
            exact = [p for p in there if p["BIRTH"] == born]
            alone = len(exact) == len(rivals) == 1
            grades[a[SUBJECT]] = "A" if alone else "X"
    return grades


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
