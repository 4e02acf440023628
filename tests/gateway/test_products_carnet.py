"""Dated facts for a shared follow-up: under names that no other recipient can join, and what they never say."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gateway.errors import NotAuthorised
from gateway.products import PRODUCTS, parcours_carnet_de_bord
from gateway.products.control import check_nirs
from gateway.products.making import make
from gateway.products.parcours_carnet_de_bord import COLUMNS, Said
from gateway.reidentifying import Question, Registry, ask_identity, reveal
from gateway.store.approvals import Matter, decide
from gateway.store.deeds import DEEDS
from gateway.store.epochs import ask_rotation
from tests.world.keeping import Keeping
from tests.world.provisioned import TODAY, Rows, extract, files, grant_for, keep, larder, read
from tests.world.records import DAY

NAME = "parcours-carnet-de-bord"
CD: dict[str, Any] = {
    "PERSONNE": pl.String,
    "FAIT": pl.String,
    "DATE": pl.Date,
    "DATE_FIN": pl.Date,
    "CODE": pl.String,
    "STATUT": pl.String,
    "STRUCTURE": pl.String,
}
PE: dict[str, Any] = {
    "PERSONNE": pl.String,
    "DATE_DEBUT_IDE": pl.Date,
    "CODE_CATEGORIE": pl.String,
    "DATE_CESSATION_IDE": pl.Date,
    "MOTIF_CESSATION_IDE": pl.String,
    "DATE_RADIATION_IDE": pl.Date,
    "MOTIF_RADIATION_IDE": pl.String,
    "DATE_SIGNATURE": pl.Date,
    "DATE_NOTIFICATION": pl.Date,
    "MODALITE_CODE": pl.String,
    "DATE_DERNIER_ENT": pl.Date,
    "DATE_DERNIER_ENT_ETAT": pl.String,
    "STRUCTURE_PRINCIPALE": pl.String,
    "STRUCTURE_DELEGUEE": pl.String,
}
FIRST, NAMED = date(2021, 5, 3), "p1.1." + "a" * 32


def dossier(who: str = "p", **said: Any) -> dict[str, Any]:
    return dict.fromkeys(PE) | {"PERSONNE": who} | said


def sent(facts: Sequence[tuple[Any, ...]] = (), *dossiers: dict[str, Any]) -> Rows:
    people = pl.DataFrame(
        {"PERSONNE": ["p", "z"], "PSEUDONYME": [NAMED, NAMED[:-1] + "b"], "ID_CD": ["CD-1", None]}
    )
    sheet = parcours_carnet_de_bord.sheet(
        people,
        Said(pl.DataFrame(list(facts), schema=CD, orient="row"), DAY),
        Said(pl.DataFrame(list(dossiers), schema=PE), FIRST) if dossiers else None,
        departement="08",
    )
    grant, allowed = grant_for(NAME), frozenset({"CD-1"})
    return read(make(sheet, PRODUCTS[NAME], grant, "08", on=TODAY, allowed=allowed).body)


def test_a_fact_says_when_what_where_and_from_which_file() -> None:
    (row,) = sent([("p", "CONTRAT", FIRST, DAY, "CER", "VALIDE", "CCAS")])
    assert row == {
        "PSEUDONYME": NAMED,
        "ID_CD": "CD-1",
        "FAIT": "CONTRAT",
        "DATE": "2021-05-03",
        "DATE_FIN": "2022-06-15",
        "CODE": "CER",
        "STATUT": "VALIDE",
        "STRUCTURE": "CCAS",
        "SOURCE": "cd-parcours",
        "DATE_REFERENCE": "2022-06-15",
    }


def test_neither_procedures_nor_notes_nor_people_of_others_are_told() -> None:
    rows = sent(
        [
            ("p", "PROCEDURE", FIRST, None, "EP", "OUVERTE", "SECRET"),
            ("p", "RDV", FIRST, None, "SECRET malade", "ABSENT_EXCUSE", None),
            ("p", "ORIENTATION", FIRST, None, "SECRET", "ORIENTE", "M. 1850308950001"),
            ("p", "RDV", DAY, None, "SOCIAL", "VENU", None),
            ("z", "RDV", FIRST, None, "SECRET", "VENU", None),
        ]
    )
    assert [(row["FAIT"], row["CODE"], row["STRUCTURE"]) for row in rows] == [
        ("ORIENTATION", "", ""),
        ("RDV", "", ""),
        ("RDV", "", ""),
    ]
    assert not [row for row in rows if "SECRET" in "".join(row.values())]


def test_pole_emploi_says_neither_removals_nor_motives_nor_categories() -> None:
    rows = sent(
        [],
        dossier(
            DATE_DEBUT_IDE=FIRST,
            CODE_CATEGORIE="4",
            DATE_CESSATION_IDE=DAY,
            MOTIF_CESSATION_IDE="90",
            DATE_RADIATION_IDE=DAY,
            MOTIF_RADIATION_IDE="92",
            DATE_NOTIFICATION=DAY,
            MODALITE_CODE="REN",
            STRUCTURE_PRINCIPALE="AGENCE",
            STRUCTURE_DELEGUEE="CAP EMPLOI",
            DATE_DERNIER_ENT=DAY,
            DATE_DERNIER_ENT_ETAT="date_inexploitable",
        ),
    )
    told = [(row["FAIT"], row["DATE"], row["CODE"], row["STRUCTURE"]) for row in rows]
    assert told == [
        ("INSCRIPTION_PE", "2021-05-03", "", ""),
        ("CESSATION_PE", "2022-06-15", "", ""),
        ("PPAE", "2022-06-15", "REN", "CAP EMPLOI"),
    ]
    assert {row["SOURCE"] for row in rows} == {"pe-parcours"}
    (interview,) = sent([], dossier(DATE_DERNIER_ENT=DAY, DATE_DERNIER_ENT_ETAT="utilisable"))
    assert (interview["FAIT"], interview["DATE"]) == ("ENTRETIEN_PE", "2022-06-15")


def test_nobody_is_a_file_with_its_header_and_a_department_without_pole_emploi_has_its_own() -> (
    None
):
    assert sent() == []
    assert len(sent([("p", "REFERENT", FIRST, None, None, "ACTIF", None)])) == 1


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(tmp_path_factory.mktemp("gens"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, people: dict[str, bytes]) -> Keeping:
    return keep(tmp_path_factory.mktemp("maison"), people)


def test_two_recipients_cannot_join(house: Keeping) -> None:
    """Neither by a name, nor by the place of a row."""
    columns = tuple(name for name in COLUMNS if name != "ID_CD")
    one = extract(house, NAME, columns=columns)
    other = extract(house, NAME, columns=columns, purpose="autre-finalite")
    names = [{row["PSEUDONYME"] for row in rows} for rows in (one, other)]
    assert len(names[0]) == len(names[1]) > 40
    assert not names[0] & names[1]
    for rows in (one, other):
        assert [row["PSEUDONYME"] for row in rows] == sorted(row["PSEUDONYME"] for row in rows)
    assert [row["DATE"] for row in one] != [row["DATE"] for row in other]


def test_without_the_name_the_order_is_of_what_is_granted(house: Keeping) -> None:
    rows = extract(house, NAME, columns=tuple(name for name in COLUMNS if name != "PSEUDONYME"))
    assert [row["ID_CD"] for row in rows] == sorted(row["ID_CD"] for row in rows)


def test_only_the_departements_own_people_are_there_and_no_nir(
    house: Keeping, people: dict[str, bytes]
) -> None:
    rows = extract(house, NAME)
    known = larder(house).followers(NAME, grant_for(NAME), "08")
    assert known is not None
    assert {row["ID_CD"] for row in rows} <= known
    assert {row["SOURCE"] for row in rows} == {"cd-parcours", "pe-parcours"}
    header, *lines = people["cd-parcours"].decode("utf-8-sig").splitlines()
    nir = header.split(";").index("NIR")
    nirs = {line.split(";")[nir][:13] for line in lines} - {""}
    body = "\n".join(";".join(row.values()) for row in rows)
    assert len(nirs) > 20
    assert not [one for one in nirs if one in body]


def test_a_name_of_it_is_lifted_as_any_other(house: Keeping) -> None:
    """The pseudonym is that of the département's own subject: two people find its identifier again."""
    row, grant = extract(house, NAME)[0], grant_for(NAME)
    question = Question(*grant.pseudonym_domain, "08")
    asked = ask_identity(house.engine, question, row["PSEUDONYME"], by="ana", motive="danger")
    decide(house.engine, asked.id, by="bob", agrees=True)
    registry = Registry(house.engine, larder(house).identities, house.master)
    assert reveal(registry, asked.id, row["PSEUDONYME"], by="ana") == row["ID_CD"]


def test_another_epoch_is_another_name(people: dict[str, bytes], tmp_path: Path) -> None:
    house = keep(tmp_path, people)
    before = {row["PSEUDONYME"] for row in extract(house, NAME)}
    domain = grant_for(NAME).pseudonym_domain
    asked = ask_rotation(house.engine, *domain, None, by="ana", motive="fin de marché")
    decide(house.engine, asked.id, by="bob", agrees=True, then=DEEDS[Matter.EPOCH])
    after = {row["PSEUDONYME"] for row in extract(house, NAME)}
    assert {name.split(".")[1] for name in after} == {"2"}
    assert len(after) == len(before)


def test_the_hexadecimal_of_a_name_is_not_taken_for_a_nir_and_its_epoch_is_looked_at() -> None:
    like_one = "1850308950001" + "c" * 19
    check_nirs("PSEUDONYME", [f"p1.1.{like_one}"], PRODUCTS[NAME])
    for other in (f"p1.1850308950001.{like_one}", f"p1.1.{like_one[:-1]}", "1850308950001"):
        with pytest.raises(NotAuthorised):
            check_nirs("PSEUDONYME", [other], PRODUCTS[NAME])
