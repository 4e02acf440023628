"""The contracts themselves: complete, honest about what they do not know, and enough for a new flow."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.check import check
from schemas.codes import Code
from schemas.contract import Column, ColumnType, Contract, Fate
from schemas.fields import FORMS, form_of
from schemas.reading import FileRefused
from schemas.registry import UnknownContract, contract, contracts, held, published
from schemas.slips import ContractError
from schemas.table_schema import parse_contract

COLUMNS = [(each.flow, column) for each in contracts() for column in each.columns]


@pytest.mark.parametrize(("flow", "column"), COLUMNS)
def test_every_column_says_its_fate_and_its_legal_basis(flow: str, column: Column) -> None:
    assert column.fates
    assert column.basis
    assert column.title
    assert form_of(column).faults
    assert set(column.enum) <= set(column.labels)


@pytest.mark.parametrize("each", contracts())
def test_a_contract_is_published_as_the_table_schema_it_was_read_from(each: Contract) -> None:
    text = published(each.flow, each.version)
    schema = json.loads(text)
    assert parse_contract(text) == each == contract(each.flow, each.version)
    assert {"name", "title", "description", "version", "contact", "homepage"} <= set(schema)
    assert {field["type"] for field in schema["fields"]} <= {kind.value for kind in ColumnType}


def test_a_contract_stands_in_the_folder_of_its_flow_and_version() -> None:
    folder = Path(__file__).parents[2] / "schemas" / "contracts"
    found = {file.parent for file in folder.glob("**/schema.json")}
    assert found == {folder / flow / version for flow, all_ in held().items() for version in all_}
    assert [(each.flow, each.version) for each in contracts()] == [
        (flow, version) for flow, versions in held().items() for version in versions
    ]


def test_a_nir_is_never_a_plain_carried_value_outside_the_contact_feed() -> None:
    for each in contracts():
        carried = each.with_fate(Fate.CARRY)
        assert ("NIR" in carried) == (each.flow == "cnaf-contacts")


@pytest.mark.parametrize("question", [("nuages", None), ("pe-parcours", "9.9.9")])
def test_a_contract_we_do_not_hold_is_said_so(question: tuple[str, str | None]) -> None:
    with pytest.raises(UnknownContract):
        contract(*question)


def test_a_file_name_gives_its_departement_date_and_sequence() -> None:
    name = "CD-PARCOURS_2A_20220615_000001_V1.csv.gpg"
    stated = contract("cd-parcours").parse_name(name)
    assert stated == {"departement": "2A", "date_reference": "20220615", "sequence": "000001"}
    assert contract("cd-parcours").parse_name("autre.csv") is None
    assert contract("cnaf-contacts").parse_name("coordonnees.txt") == {}


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("root", "seuil", 0.05),
        ("field", "obligatoire", True),
        ("field", "forme", "nuage"),
        ("field", "sort", []),
        ("field", "sort", ["porte", "ecarte"]),
        ("field", "sort", "vendu"),
        ("field", "type", "integer"),
        ("field", "constraints", {"maxLength": 3}),
        ("root", "custom_checks", [{"name": "french-siret-value", "params": {}}]),
        ("root", "custom_checks", [{"name": "one-of-required", "params": {"column": "NIR"}}]),
        (
            "root",
            "custom_checks",
            [{"name": "one-of-required", "params": {"column1": "NIR", "column2": "INCONNUE"}}],
        ),
        ("root", "dispositions", [{"nom": "courte", "colonnes": ["INCONNUE"]}]),
        ("root", "dispositions", [{"nom": "double", "colonnes": ["NIR", "NIR"]}]),
        ("root", "entete_tolere", ["tout"]),
        ("root", "departement_de_la_ligne", "INCONNUE"),
        ("field", "nomenclature", "inconnue"),
        ("field", "derive_de", "NIR"),
        ("field", "derivation", "duree-suspension"),
        ("root", "entete", False),
        ("root", "format", "xml"),
    ],
)
def test_a_badly_written_contract_is_refused_before_any_file(
    place: str, key: str, value: object
) -> None:
    schema = json.loads(published("cd-parcours"))
    (schema if place == "root" else schema["fields"][0])[key] = value
    with pytest.raises(ContractError):
        parse_contract(json.dumps(schema))


def test_a_contract_cannot_name_a_column_twice_nor_lack_a_path_in_xml() -> None:
    schema = json.loads(published("pe-parcours"))
    with pytest.raises(ContractError):
        parse_contract(json.dumps(schema | {"fields": [*schema["fields"], schema["fields"][0]]}))
    del schema["fields"][0]["chemin"]
    with pytest.raises(ContractError):
        parse_contract(json.dumps(schema))


HOUSEHOLDS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<Racine>
<Entete><TYPE>M</TYPE></Entete>
<Foyer><Dossier><NUM>00000000108</NUM></Dossier>
<Personne><NOM>UN</NOM><Prest><NAT>PFA</NAT><ROLE>ENF</ROLE></Prest><Prest><NAT>RSA</NAT><ROLE>DEM</ROLE></Prest><MOTIF>01</MOTIF><MOTIF>05</MOTIF></Personne>
<Personne><NOM>DEUX</NOM></Personne></Foyer>
<Foyer><Dossier><NUM>00000000208</NUM></Dossier><Personne><NOM>TROIS</NOM></Personne></Foyer>
<Fin><NB>00000002</NB></Fin>
</Racine>
"""


def household_contract() -> Contract:
    def field(name: str, path: str, **more: str) -> dict[str, str]:
        said = {"title": name, "description": "", "type": "string", "categorie": "parcours"}
        return {**said, "name": name, "sort": "porte", "fondement": "x", "chemin": path, **more}

    schema = json.loads(published("pe-parcours")) | {
        "name": "foyers",
        "personne": ["NUM"],
        "xml": {
            "racine": "Racine",
            "enregistrement": "Foyer",
            "ligne": "Personne",
            "constantes": {"Entete/TYPE": "M"},
            "total": "Fin/NB",
        },
        "fields": [
            field("NUM", "/Dossier/NUM", forme="numdemrsa"),
            field("NOM", "NOM"),
            field("ROLE", "Prest[NAT='RSA']/ROLE"),
            field("MOTIFS", "MOTIF", plusieurs=" "),
        ],
    }
    return parse_contract(json.dumps(schema))


def test_a_flow_of_households_needs_a_contract_and_no_code(tmp_path: Path) -> None:
    file = tmp_path / "foyers"
    file.write_text(HOUSEHOLDS)
    reading = check(file, household_contract(), departement="08")
    assert reading.rows.drop("LIGNE").rows() == [
        ("00000000108", "UN", "DEM", "01 05"),
        ("00000000108", "DEUX", None, None),
        ("00000000208", "TROIS", None, None),
    ]
    assert reading.departement is None
    file.write_text(HOUSEHOLDS.replace("<NB>00000002", "<NB>00000003"))
    with pytest.raises(FileRefused) as refused:
        check(file, household_contract(), departement="08")
    assert refused.value.code is Code.CONTROL_TOTAL


def test_what_a_contract_does_not_ask_is_not_checked(tmp_path: Path) -> None:
    asked = household_contract()
    assert asked.envelope is not None
    silent = replace(asked.envelope, total=None)
    plain = replace(asked, envelope=silent, duplicates_ignored=False)
    file = tmp_path / "foyers"
    file.write_text(HOUSEHOLDS.replace("DEUX", "TROIS").replace("000208", "000108"))
    assert check(file, plain, departement="08").report.accepted == 3
    file.write_text(HOUSEHOLDS.replace("<NB>00000002", "<NB>00000003"))
    assert check(file, plain, departement="08").report.accepted == 3
    with pytest.raises(KeyError):
        plain.column("INCONNUE")


def test_a_flow_may_tolerate_a_separator_at_the_end_of_its_lines(tmp_path: Path) -> None:
    schema = json.loads(published("cd-parcours"))
    schema |= {"separateur_final": "tolere", "fields": schema["fields"][:1], "custom_checks": []}
    file = tmp_path / "liste"
    file.write_text("ID_CD;\nA;\nB\n")
    reading = check(file, parse_contract(json.dumps(schema)), departement="08")
    assert reading.rows["ID_CD"].to_list() == ["A", "B"]


def test_every_form_named_by_a_contract_exists() -> None:
    assert {column.form for _, column in COLUMNS} <= FORMS


ROWS = '{"name":"a","title":"a","description":"","type":"string","categorie":"parcours","sort":"porte","fondement":"x"}'


def _small(checks: list[dict[str, object]], **more: object) -> Contract:
    schema = json.loads(published("cd-parcours"))
    fields = [json.loads(ROWS) | {"name": name} for name in ("a", "b", "c")]
    schema |= {"fields": fields, "custom_checks": checks, "seuil_rejet": 1.0}
    schema |= {"personne": ["a"], **more}
    return parse_contract(json.dumps(schema))


@pytest.mark.parametrize(
    ("check_", "code", "column", "wrong"),
    [
        (
            {
                "name": "compare-columns-value",
                "params": {"column": "a", "op": "==", "column2": "b"},
            },
            Code.COLUMNS_DISAGREE,
            "a",
            ["1;2;x"],
        ),
        (
            {"name": "cohesive-columns-value", "params": {"column": "a", "othercolumns": ["b"]}},
            Code.MISSING_VALUE,
            "a",
            ["1;;x", ";1;x"],
        ),
        (
            {"name": "required-when", "params": {"columns": ["b"], "when": {"a": "1"}}},
            Code.MISSING_VALUE,
            "b",
            ["1;;x"],
        ),
    ],
)
def test_a_check_across_columns_names_the_first_and_refuses_its_row(
    check_: dict[str, object], code: Code, column: str, wrong: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "liste"
    file.write_text("\n".join(["a;b;c", "1;1;x", ";;x", *wrong]))
    report = check(file, _small([check_]), departement="08").report
    assert [(a.record, a.column, a.code) for a in report.anomalies] == [
        (3 + place, column, code) for place, _ in enumerate(wrong)
    ]


def test_texts_that_mean_nothing_are_absent(tmp_path: Path) -> None:
    file = tmp_path / "liste"
    file.write_text("a;b;c\nNULL; NULL ;NULLE\n")
    reading = check(file, _small([], missingValues=["", "NULL"]), departement="08")
    assert reading.rows.select("a", "b", "c").row(0) == (None, None, "NULLE")


@pytest.mark.parametrize(
    "flow",
    ["cnaf-contacts", "cd-parcours", "pe-inscrits", "pe-cessations", "pe-radiations", "pe-stock",
     "pe-spie-principal", "pe-spie-actions"],
)  # fmt: skip
def test_the_examples_of_the_columns_make_a_row_the_contract_accepts(
    flow: str, tmp_path: Path
) -> None:
    fields = {field["name"]: field for field in json.loads(published(flow))["fields"]}
    assert all(field["description"] and field["example"] for field in fields.values())
    known = contract(flow)
    names = (
        known.arrangements[0].columns
        if known.arrangements
        else [c.name for c in known.read_columns]
    )
    file = tmp_path / "exemple"
    lines_ = [names, [fields[name]["example"] for name in names]]
    file.write_text("\n".join(";".join(cells) for cells in lines_), encoding=known.encoding)
    report = check(file, known, departement="08").report
    assert (report.accepted, report.anomalies) == (1, ())
