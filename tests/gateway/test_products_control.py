"""The independent look at a finished file catches what a builder could do wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import NotAuthorised
from gateway.habilitation import Grant, compile_grant
from gateway.products import PRODUCTS, check_extract
from tests.world.habilitations import example, offer_of

A_DAY = date(2022, 6, 15)
COLUMNS = example().columns
HEADER = "MATRICULE;NIR;NUMERO TELEPHONE DOSSIER;NUMERO TELEPHONE 2 DOSSIER;ADRESSE ELECTRONIQUE DOSSIER\n"
ROW = "0000001;;0600000001;;a.b@example.org\n"


def a_grant(columns: tuple[str, ...] = COLUMNS) -> Grant:
    habilitation = example(columns=columns)
    return compile_grant(habilitation, offer_of(habilitation), A_DAY)


def a_nir(seed: int, town: str = "99", *, month: int = 6) -> str:
    """Shaped like a NIR, without key, made on the spot."""
    return f"1{seed % 100:02d}{month:02d}{town}{seed % 10**6:06d}"


def check(
    text: str, *, rows: int = 1, columns: tuple[str, ...] = COLUMNS, on: date = A_DAY
) -> None:
    check_file(text.encode(), columns=columns, rows=rows, on=on)


def check_file(
    body: bytes, *, rows: int, columns: tuple[str, ...] = COLUMNS, on: date = A_DAY
) -> None:
    product = replace(PRODUCTS["contacts-rdv-insertion"], key=())
    check_extract(body, a_grant(columns), product, rows=rows, on=on, allowed=frozenset())


def test_a_file_as_granted_passes_with_either_line_ending_and_a_bom() -> None:
    check(HEADER + ROW)
    check("\ufeff" + (HEADER + ROW).replace("\n", "\r\n"))
    check(HEADER, rows=0)


def test_an_added_column_is_caught() -> None:
    with pytest.raises(NotAuthorised, match="1 colonne"):
        check(HEADER.replace("\n", ";NOM\n") + ROW.replace("\n", ";X\n"))


def test_a_column_outside_the_grant_is_caught() -> None:
    with pytest.raises(NotAuthorised, match="1 colonne"):
        check(HEADER + ROW, columns=tuple(name for name in COLUMNS if name != "NIR"))


def test_a_column_written_twice_is_caught() -> None:
    with pytest.raises(NotAuthorised, match="répète"):
        check("NIR;NIR\n;\n")


@pytest.mark.parametrize("rows", [0, 2])
def test_another_number_of_rows_than_announced_is_caught(rows: int) -> None:
    with pytest.raises(NotAuthorised, match="1 lignes"):
        check(HEADER + ROW, rows=rows)


@pytest.mark.parametrize("row", ["0000001;;0600000001;\n", ROW.replace("\n", ";\n"), "\n"])
def test_a_row_of_another_width_is_caught(row: str) -> None:
    with pytest.raises(NotAuthorised, match="plus courtes ou plus longues"):
        check(HEADER + row)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b'MATRICULE\n"0000001\n', b"\xef\xbb\xbf"])
def test_what_cannot_be_read_back_is_caught(body: bytes) -> None:
    with pytest.raises(NotAuthorised, match=r"illisible|vide"):
        check_file(body, rows=0)


def spaced(nir: str) -> str:
    return " ".join([nir[0], nir[1:3], nir[3:5], nir[5:7], nir[7:10], nir[10:13]])


WRITINGS: list[Callable[[str], str]] = [
    str,
    spaced,
    lambda nir: spaced(nir).replace(" ", "\u00a0"),
    lambda nir: spaced(nir).replace(" ", "."),
    lambda nir: f"nir {nir}.",
    lambda nir: f"12 {nir}",
    lambda nir: f"{nir}42",
    lambda nir: f"{nir} 42",
    lambda nir: f"nir{nir}@example.org",
]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    town=st.sampled_from(["08", "99", "2A", "2b"]),
    month=st.sampled_from([1, 12, 20, 99]),
    write=st.sampled_from(WRITINGS),
)
def test_a_nir_in_another_column_is_caught_however_it_is_written(
    seed: int, town: str, month: int, write: Callable[[str], str]
) -> None:
    nir = a_nir(seed, town, month=month)
    with pytest.raises(
        NotAuthorised,
        match=r"^la colonne ADRESSE ELECTRONIQUE DOSSIER contient 1 valeur\(s\) en forme de NIR$",
    ) as caught:
        check(HEADER + f"0000001;;0600000001;;{write(nir)}\n")
    assert nir not in str(caught.value)


def test_a_nir_in_its_granted_column_passes() -> None:
    check(HEADER + f"0000001;{a_nir(7)};0600000001;;\n")


def test_a_nir_column_that_is_not_granted_is_caught_whatever_it_is_called() -> None:
    for name in ("NIR", "MATRICULE"):
        with pytest.raises(NotAuthorised):
            check(f"{name}\n{a_nir(7)}\n", columns=("MATRICULE",))


@pytest.mark.parametrize(
    "cell",
    [
        "0600000001",
        "2022-06-15",
        "00000000000001",
        "Contrat terminé le 10/04/2022 et non renouvelé depuis 66 jours (seuil : 60 jours).",
        "CD08-000001",
        "1234567890123456",
    ],
)
def test_other_numbers_are_not_taken_for_a_nir(cell: str) -> None:
    check(f"MATRICULE\n{cell}\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_formula_is_caught(start: str) -> None:
    with pytest.raises(NotAuthorised, match="formule"):
        check(f"MATRICULE\n{start}1\n")


@pytest.mark.parametrize("on", [A_DAY - timedelta(days=1), date(2025, 1, 1)])
def test_a_grant_out_of_its_days_lets_nothing_through(on: date) -> None:
    with pytest.raises(NotAuthorised, match="pas en vigueur"):
        check(HEADER + ROW, on=on)
