"""Paths of an XML contract: what each reads, and those that are refused before any file."""

import json
from pathlib import Path

import pytest

from schemas.check import check
from schemas.contract import Contract
from schemas.registry import published
from schemas.slips import ContractError
from schemas.table_schema import parse_contract

FIELD = {"title": "x", "description": "", "type": "string", "categorie": "parcours", "sort": "porte"}  # fmt: skip


def contract_of(*columns: dict[str, object], **xml: object) -> Contract:
    schema = json.loads(published("pe-parcours"))
    envelope = {"racine": "R", "enregistrement": "E", **xml}
    fields = [
        {**FIELD, "fondement": "x", "name": f"C{number}", **column}
        for number, column in enumerate(columns)
    ]
    for whole in ("ensemble_complet", "personne", "disparition"):
        schema.pop(whole)
    return parse_contract(json.dumps(schema | {"name": "essai", "xml": envelope, "fields": fields}))


def read(folder: Path, contract: Contract, *records: str) -> list[tuple[str | None, ...]]:
    file = folder / "essai"
    file.write_text(f"<R>{''.join(f'<E>{record}</E>' for record in records)}</R>")
    return check(file, contract, departement="08").rows.drop("LIGNE").rows()


@pytest.mark.parametrize(
    "columns",
    [
        [{"chemin": ""}],
        [{"chemin": "A//B"}],
        [{"chemin": "A/"}],
        [{"chemin": "../A"}],
        [{"chemin": "A[1]/B"}],
        [{"chemin": "A[B=1]/C"}],
        [{"chemin": "A[B='1']"}],
        [{"chemin": "*"}],
        [{"chemin": "A"}, {"chemin": "A"}],
        [{"chemin": "A"}, {"chemin": "A/B"}],
        [{"chemin": "A/B"}, {"chemin": "A"}],
        [{"chemin": "A", "plusieurs": ""}],
        [{"chemin": "A[B='1']/C"}, {"chemin": "A[B='1']/C"}],
        [{"chemin": "A/B", "plusieurs": ","}, {"chemin": "A/B", "plusieurs": ","}],
    ],
)
def test_a_path_that_cannot_be_followed_is_refused_before_any_file(
    columns: list[dict[str, object]],
) -> None:
    with pytest.raises(ContractError):
        contract_of(*columns)


def test_a_word_an_envelope_does_not_know_is_refused() -> None:
    with pytest.raises(ContractError):
        contract_of({"chemin": "A"}, totaux="x")


@pytest.mark.parametrize(
    ("column", "record", "expected"),
    [
        ({"chemin": "A/B"}, "<A><B>1</B><B>2</B></A><A><B>3</B></A>", "1"),
        ({"chemin": "A/B"}, "<A/><A><B>3</B></A>", None),
        ({"chemin": "A/B"}, "<X><A><B>1</B></A></X>", None),
        ({"chemin": "A[K='x']/B"}, "<A><K>y</K><B>1</B></A><A><B>2</B><K> x </K></A>", "2"),
        ({"chemin": "A[K='x|y']/B"}, "<A><K>y</K></A><A><K>x</K><B>1</B></A>", None),
        ({"chemin": "A[K/L='x']/B/C"}, "<A><K><L>x</L></K><B><C>1</C></B></A>", "1"),
        ({"chemin": "A[K='x']/B"}, "<A><B>1</B></A>", None),
        ({"chemin": "A", "plusieurs": ","}, "<A>1</A><A/><A> 3 </A>", "1,,3"),
        ({"chemin": "A", "plusieurs": ","}, "<B>1</B>", None),
        ({"chemin": "A", "plusieurs": ","}, "<A>1,2</A><A>3</A>", "1 2,3"),
        ({"chemin": "A/B", "plusieurs": ","}, "<A><B>1</B></A><A/><A><B>3</B></A>", "1,,3"),
        ({"chemin": "A/B", "plusieurs": ","}, "<A/>", None),
        ({"chemin": "X/A/B", "plusieurs": ","}, "<X><A><B>1</B></A><A><B>2</B></A></X>", "1,2"),
        ({"chemin": "A[K='x']/B", "plusieurs": ","}, "<A><K>x</K><B>1</B></A><A><B>2</B></A><A><B>3</B><K>x</K></A>", "1,3"),
        ({"chemin": "X[K='x']/A/B", "plusieurs": ","}, "<X><K>x</K><A><B>1</B></A><A><B>2</B></A></X>", "1,2"),
        ({"chemin": "A", "presence": True}, "<A><B>SECRET</B></A>", "1"),
        ({"chemin": "A", "presence": True}, "<B/>", "0"),
    ],
)  # fmt: skip
def test_a_path_reads_what_it_says(
    tmp_path: Path, column: dict[str, object], record: str, expected: str | None
) -> None:
    assert read(tmp_path, contract_of(column), record) == [(expected,)]


def test_columns_joined_from_one_block_have_as_many_places(tmp_path: Path) -> None:
    contract = contract_of(
        {"chemin": "A/B", "plusieurs": "|"},
        {"chemin": "A/C", "plusieurs": "|"},
        {"chemin": "A/D"},
        {"chemin": "Z"},
    )
    record = "<A><B>1</B></A><Z>z</Z><A><C>2</C><D>d</D></A><A><B>3</B><C>3</C></A>"
    assert read(tmp_path, contract, record) == [("1||3", "|2|3", None, "z")]


def test_what_a_record_says_is_said_of_each_of_its_rows_even_after_them(tmp_path: Path) -> None:
    contract = contract_of({"chemin": "/A/B"}, {"chemin": "B"}, ligne="P")
    record = "<P><B>1</B><A><B>no</B></A></P><X><P><B>no</B></P></X><P/><A><B>all</B></A>"
    assert read(tmp_path, contract, record, "<A/>") == [("all", "1"), ("all", None)]
