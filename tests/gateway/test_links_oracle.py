"""The passes read by loops, from the words of the expected results (points 9 to 12), on small random towns.

What the words leave open is decided as `gateway.identity` says: who had a choice is tried no further, and a
subject in a contradiction leaves the pool as a linked one does.
"""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import product
from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.identity.index import SUBJECT
from gateway.identity.names import normal
from gateway.identity.resolve import resolve
from tests.world.census import (
    BENEFICIARIES,
    CD,
    PE,
    File,
    Row,
    born,
    cd,
    known,
    name_of,
    number,
    pe,
)

Subject = dict[str, Any]
Match = Callable[[Subject, Subject], bool]
BIRTHS = [date(1985, 3, 12), date(1985, 3, 13)]

_births = st.sampled_from(BIRTHS)
_nirs = st.sampled_from(
    [None, None, number(BIRTHS[0], 1), number(BIRTHS[0], 2), number(BIRTHS[0], 3, first="8")]
)
_numbers = st.sampled_from([None, "0000001", "0000002"])
_names = st.tuples(
    st.sampled_from([None, "Durand", "DURAND", "Le-Goff"]),
    st.sampled_from([None, "LE GOFF", "Béguin"]),
    st.sampled_from([None, "Zoé", "ZOE", "Jean-Pierre", "Jean"]),
)
_requests, _roles = st.sampled_from([None, "R1", "R2"]), st.sampled_from(["DEM", "CJT"])
_ids = st.sampled_from(["01000000001", "0201234567A", "0301234567A", "04"])
_cd = st.builds(
    cd,
    st.sampled_from("abcd"),
    _nirs,
    _births,
    request=_requests,
    matricule=_numbers,
    role=_roles,
    names=_names,
)
_born = st.builds(
    born,
    _requests,
    _nirs,
    _births,
    matricule=_numbers,
    role=st.sampled_from(["DEM", "CJT", "ENF"]),
    names=_names,
    certainty=st.sampled_from(["N", "N", "J"]),
    fund=st.sampled_from([("CAF", "081"), ("CAF", "081"), ("MSA", "081")]),
    pe=st.sampled_from([None, "1234567A", "00000001"]),
)
_pe = st.builds(pe, _ids, _nirs, _births, matricule=_numbers, names=_names)
_towns = st.tuples(
    st.lists(_cd, min_size=1, max_size=5), st.lists(_born, max_size=5), st.lists(_pe, max_size=5)
)


def town(rows: tuple[list[Row], list[Row], list[Row]]) -> list[File]:
    return [
        File(flow, tuple(some)) for flow, some in zip((CD, BENEFICIARIES, PE), rows, strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(rows=_towns, seed=st.integers(0, 99))
def test_loops_that_read_the_words_give_the_same_links_in_any_order(
    rows: tuple[list[Row], list[Row], list[Row]], seed: int
) -> None:
    rng = Random(seed)
    files = [File(f.flow, tuple(rng.sample(f.rows, len(f.rows)))) for f in town(rows)]
    index = known(*rng.sample(files, 3))
    found = resolve(index.sample(fraction=1, shuffle=True, seed=seed))
    names = dict(zip(index[SUBJECT], name_of(index), strict=True))
    assert {names[p]: g for p, g in found.grades.iter_rows()} == {
        names[p]: g for p, g in by_loops(index)[0].items()
    }
    linked = {s: p for s, p in found.persons.iter_rows() if s != p}
    assert linked == by_loops(index)[1]


def by_loops(index: pl.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """Grade of each of the département's subjects; subject → the one whose person it is."""
    of = {
        flow: [r for r in index.iter_rows(named=True) if r["FLOW"] == flow]
        for flow in (CD, BENEFICIARIES, PE)
    }
    lent = households(of[CD], of[BENEFICIARIES])
    holders = [
        pooled(row, [b for b in of[BENEFICIARIES] if lent.get(b[SUBJECT]) == row[SUBJECT]])
        for row in of[CD]
    ]
    grades, linked = with_pe(holders, of[PE])
    return grades, lent | linked


def households(ours: list[Subject], cnaf: list[Subject]) -> dict[str, str]:
    theirs = [b for b in cnaf if b["ROLE"] in {"DEM", "CJT"}]
    lent: dict[str, str] = {}
    for keys in (("NUMDEMRSA", "ROLE"), ("MATRICULE", "ROLE"), ("NIR13",)):
        together = [*keys, "BIRTH"]

        def match(a: Subject, b: Subject, names: Sequence[str] = tuple(together)) -> bool:
            return all(a[name] and a[name] == b[name] for name in names)

        pairs, tried = one_to_one(ours, theirs, match)
        lent |= {b: a for a, b in pairs}
        ours, theirs = ([x for x in side if x[SUBJECT] not in tried] for side in (ours, theirs))
    return lent


def one_to_one(
    ours: list[Subject], theirs: list[Subject], match: Match
) -> tuple[set[tuple[str, str]], set[str]]:
    """Pairs of those who have each other only; and everybody who had any candidate."""
    met = [(a[SUBJECT], b[SUBJECT]) for a, b in product(ours, theirs) if match(a, b)]
    lefts, rights = [a for a, _ in met], [b for _, b in met]
    alone = {(a, b) for a, b in met if lefts.count(a) == rights.count(b) == 1}
    return alone, {*lefts, *rights}


def pooled(own: Subject, cnaf: list[Subject]) -> Subject:
    both = [own, *cnaf]

    def said(*columns: str, clean: bool = False) -> set[str]:
        values = [row[column] for row in both for column in columns]
        return {v for v in ((normal(v) if clean else v) for v in values) if v}

    return {
        SUBJECT: own[SUBJECT],
        "BIRTH": own["BIRTH"],
        "NIRS": said("NIR13"),
        "NAMES": said("BIRTH_NAME", "USED_NAME", clean=True),
        "FIRSTS": said("FIRST", clean=True),
        "NUMBERS": set() if any(b["FONORG"] == "MSA" for b in cnaf) else said("MATRICULE"),
        "SHORTS": said("SHORT_PE"),
        "CERTAIN": any(b["BIRTH_TYPE"] == "N" for b in cnaf),
    }


def with_pe(ours: list[Subject], dossiers: list[Subject]) -> tuple[dict[str, str], dict[str, str]]:
    every = [{**d, "FIRST": normal(d["FIRST"])} for d in dossiers]
    theirs, grades, linked = every, dict[str, str](), dict[str, str]()
    for grade, match in WAYS.items():
        pairs, tried = one_to_one(ours, theirs, match)
        nirs = {h[SUBJECT]: h["NIRS"] for h in ours} | {d[SUBJECT]: d["NIR13"] for d in theirs}
        for a, b in pairs:
            differ = nirs[a] and nirs[b] and nirs[b] not in nirs[a]
            grades[a] = "X" if differ else grade
            if not differ and grade != "D":
                linked[b] = a
        grades |= {
            h[SUBJECT]: "X" for h in ours if h[SUBJECT] in tried and h[SUBJECT] not in grades
        }
        if grade == "A":
            left = [h for h in ours if h[SUBJECT] not in tried]
            otherwise = [
                (h, d)
                for h, d in product(left, every)
                if h["BIRTH"] and d["BIRTH"] and d["NIR13"] in h["NIRS"]
            ]
            grades |= {h[SUBJECT]: "X" for h, _ in otherwise}
            tried |= {x[SUBJECT] for pair in otherwise for x in pair}
        ours, theirs = ([x for x in side if x[SUBJECT] not in tried] for side in (ours, theirs))
    return grades, linked


def _born_together(a: Subject, b: Subject) -> bool:
    return bool(a["BIRTH"] and a["BIRTH"] == b["BIRTH"])


def _same_first(a: Subject, b: Subject) -> bool:
    return _born_together(a, b) and b["FIRST"] in a["FIRSTS"]


WAYS: dict[str, Match] = {
    "A": lambda a, b: _born_together(a, b) and b["NIR13"] in a["NIRS"],
    "B": lambda a, b: _same_first(a, b) and b["MATRICULE"] in a["NUMBERS"],
    "C": lambda a, b: (
        _same_first(a, b)
        and a["CERTAIN"]
        and bool(a["NAMES"] & {normal(b["BIRTH_NAME"]), normal(b["USED_NAME"])})
    ),
    "D": lambda a, b: _born_together(a, b) and b["SHORT_PE"] in a["SHORTS"],
}
