"""What Pôle emploi may read of possible break-offs: its own facts and the orientation, and nothing else."""

from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gateway.errors import NotAuthorised
from gateway.products import PRODUCTS, risque_rupture_pe
from gateway.products.making import make
from gateway.products.risque_rupture_pe import COLUMNS, RULES
from gateway.rules import AVANT_2025, cross
from gateway.rules import RULES as EVERY_RULE
from gateway.rules.catalogue import BY_ID
from gateway.rules.rule import Flow, Moment, Verdict
from gateway.rules.situation import pe as pe_side
from tests.world.journeys import AS_OF, cd_rows, dossier, journeys, pe_rows
from tests.world.provisioned import TODAY, Rows, extract, files, grant_for, keep, larder, read

NAME = "risque-rupture-pe"
# What the situation says of Pôle emploi's own file (`situation.pe`), and nothing of the département's.
OF_PE = {
    "PE_ETAT", "PE_DEPUIS", "PE_MOTIF", "CATEGORIE", "DERNIERE_SORTIE", "PPAE", "MODALITE",
    "DERNIER_ENTRETIEN", "ETAT_ENTRETIEN", "DERNIER_ACTE_PE",
}  # fmt: skip
MOMENT = Moment(as_of=AS_OF, pe_reference=date(2022, 6, 1), thresholds=AVANT_2025)


def looks_at(verdict: Verdict) -> set[str]:
    """Every column a verdict reads."""
    read: set[str] = set()
    for item in fields(verdict):
        value = getattr(verdict, item.name)
        exprs = [fact.value for fact in value] if item.name == "evidence" else [value]
        read.update(name for expr in exprs for name in expr.meta.root_names())
    return read


def rests_on_pe(rule: str) -> bool:
    verdict = BY_ID[rule].judge(MOMENT)
    return (
        BY_ID[rule].sources == (Flow.PE,)
        and not BY_ID[rule].reads
        and {fact.flow for fact in verdict.evidence} == {Flow.PE}
        and looks_at(verdict) <= OF_PE
    )


def test_the_rules_told_rest_on_pole_emplois_file_from_end_to_end() -> None:
    declared = {rule.id for rule in EVERY_RULE if rule.sources == (Flow.PE,)}
    assert {rule for rule in declared if rests_on_pe(rule)} == set(RULES)
    assert declared - set(RULES) == {"R06b", "R22"}  # the grade of a link, a planned appointment
    assert all(name in (pe_side.__doc__ or "") for name in OF_PE)


def signals() -> pl.DataFrame:
    """`silence`: R13 (Pôle emploi), and R12, R13b, R14, R09 (the département)."""
    cd: list[tuple[Any, ...]] = [
        ("silence", "ORIENTATION", date(2021, 6, 1), None, "SOCIAL", "ORIENTE"),
        ("silence", "CONTRAT", date(2021, 6, 9), date(2022, 1, 9), "CER", "VALIDE"),
        ("silence", "RDV", date(2022, 1, 20), None, "NOTE", "VENU"),
        ("silence", "RDV", date(2022, 6, 20), None, "NOTE", "PREVU"),
    ]
    known = dossier(
        "silence",
        DATE_DEBUT_IDE=date(2021, 6, 1),
        DATE_SIGNATURE=date(2021, 6, 1),
        MODALITE_CODE="REN",
        DATE_DERNIER_ENT=date(2022, 1, 15),
        DATE_DERNIER_ENT_ETAT="utilisable",
    )
    return cross(journeys(cd_rows(cd), pe_rows(known), {"silence": "A"}), as_of=AS_OF).signals


ORIENTED = pl.DataFrame(
    {
        "PERSONNE": ["silence"],
        "DATE_ORIENTATION": ["2021-06-01"],
        "NATURE_ORIENTATION": ["SOCIAL"],
        "PARCOURS": ["PSO"],
    }
)


def sent(name_at_pe: str | None, allowed: frozenset[str] = frozenset({"0123456X001"})) -> Rows:
    people = pl.DataFrame(
        {"PERSONNE": ["silence"], "IDENTIFIANT_PE": [name_at_pe]},
        schema_overrides={"IDENTIFIANT_PE": pl.String},
    )
    sheet = risque_rupture_pe.sheet(signals(), people, ORIENTED, departement="08")
    made = make(sheet, PRODUCTS[NAME], grant_for(NAME), "08", on=TODAY, allowed=allowed)
    return read(made.body)


def test_only_its_own_facts_are_told_back() -> None:
    assert {"R12", "R13", "R13b"} <= set(signals()["REGLE"])
    (row,) = sent("0123456X001")
    assert tuple(row) == COLUMNS
    assert row == {
        "IDENTIFIANT_PE": "0123456X001",
        "DATE_SITUATION": "2022-06-01",
        "REGLE": "R13",
        "NOM_REGLE": "Aucun entretien Pôle emploi récent",
        "MOTIF": "Dernier entretien à Pôle emploi le 15/01/2022, soit 137 jours au 01/06/2022 (seuil : 90 jours).",
        "DEPUIS": "2022-01-15",
        "JOURS": "137",
        "SEUIL": "90",
        "DATE_ORIENTATION": "2021-06-01",
        "NATURE_ORIENTATION": "SOCIAL",
        "VERSION_REGLES": row["VERSION_REGLES"],
    }


def test_who_pole_emploi_does_not_follow_is_not_told() -> None:
    assert sent(None) == []
    with pytest.raises(NotAuthorised, match="ne suit pas"):
        sent("0123456X001", frozenset({"9999999X999"}))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(tmp_path_factory.mktemp("gens"))


def test_a_house_tells_it_by_pole_emplois_own_identifier(
    tmp_path: Path, people: dict[str, bytes]
) -> None:
    house = keep(tmp_path, people)
    rows = extract(house, NAME)
    assert len(rows) > 5
    assert {row["REGLE"] for row in rows} <= set(RULES)
    allowed = larder(house).followers(NAME, grant_for(NAME), "08")
    assert allowed is not None
    assert {row["IDENTIFIANT_PE"] for row in rows} <= allowed
    pe = people["pe-parcours"].decode("iso-8859-1")
    assert all(f">{row['IDENTIFIANT_PE']}<" in pe for row in rows)
    assert not [row for row in rows if "CD08-" in "".join(row.values())]


def test_nothing_leaves_without_a_file_of_pole_emploi(
    tmp_path: Path, people: dict[str, bytes]
) -> None:
    house = keep(tmp_path, {f: body for f, body in people.items() if f != "pe-parcours"})
    with pytest.raises(NotAuthorised, match="aucun fichier pe-parcours"):
        extract(house, NAME)
