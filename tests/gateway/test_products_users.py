"""The users list of RDV-Insertion: texts in a spreadsheet, of the people the département follows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import fastexcel
import pytest

from gateway.agenda import releases
from gateway.dressing import products_of
from gateway.errors import Misconfigured, NotAuthorised
from gateway.habilitation import compile_grant
from gateway.products import PRODUCTS, make
from gateway.products.usagers_rdv_insertion import COLUMNS, NAME, named_as
from gateway.settings.users_lists import Header, UsersList
from gateway.store.database import open_engine
from tests.schemas import foyers, papers
from tests.world.databases import sqlite_url
from tests.world.extracts import extracted, larder
from tests.world.habilitations import example, offer_of
from tests.world.keeping import Keeping
from tests.world.records import DAY

ONE = papers.nir("".join(["1", "52", "06", "99", "108", "017"]))
HABILITATION = example(NAME)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Keeping]:
    engine = open_engine(sqlite_url(tmp_path))
    yield Keeping(engine, tmp_path)
    engine.dispose()


def follow(house: Keeping) -> None:
    """A couple of one household, somebody alone whom CNAF does not know, and a neighbour."""
    told = [
        papers.journey(1, NUMDEMRSA=f"{1:011d}", MATRICULE="1234", NIR=ONE, DATE_NAISSANCE="1952-06-05"),
        papers.journey(1, NUMDEMRSA=f"{1:011d}", MATRICULE="1234", NIR=ONE, DATE_NAISSANCE="1952-06-05", DATE="2022-02-10"),
        papers.journey(2, NUMDEMRSA=f"{1:011d}", MATRICULE="1234", ROLE="CJT", PRENOM="LÉA", NOM_USAGE="-DURAND"),
        papers.journey(3, PRENOM="ANNE"),
    ]  # fmt: skip
    reached = [
        papers.contact(1, MATRICULE="1234", NIR=ONE, TEL="0324000000", TEL2="0612345678"),
        papers.contact(1, MATRICULE="1234", ROLE="CONJOINT", TEL="", MAIL="lea@example.org"),
        papers.contact(8, TEL="0655555555", MAIL=""),
    ]
    house.receive("cd-parcours", papers.lines("cd-parcours", told).encode())
    house.receive("cnaf-contacts", papers.lines("cnaf-contacts", reached).encode("iso-8859-15"))
    house.cross()


def read(body: bytes, sheet: str = "Usagers") -> list[dict[str, str]]:
    """As a spreadsheet that guesses types reads it."""
    book = fastexcel.read_excel(body)
    assert book.sheet_names == [sheet]
    return [
        {name: cell or "" for name, cell in row.items()}
        for row in book.load_sheet(0).to_polars().rows(named=True)
    ]


def test_each_person_followed_is_there_once_as_text(house: Keeping) -> None:
    follow(house)
    rows = read(extracted(house, HABILITATION, period=DAY, on=DAY).body)
    assert list(rows[0]) == list(COLUMNS)
    assert [tuple(row.values()) for row in rows] == [
        ("0001234", "ÉTÉ", "ZOÉ", "05/06/1952", "Demandeur", ONE, "CD-1", "zoe@example.org", "0612345678"),
        ("0001234", "'-DURAND", "LÉA", "01/07/1985", "Conjoint", "", "CD-2", "lea@example.org", ""),
        ("", "ÉTÉ", "ANNE", "01/07/1985", "Demandeur", "", "CD-3", "", ""),
    ]  # fmt: skip


def test_somebody_whom_the_departement_does_not_follow_is_on_the_sheet_and_never_leaves(
    house: Keeping,
) -> None:
    follow(house)
    grant = compile_grant(HABILITATION, offer_of(HABILITATION), DAY, departement="08")
    drawn = larder(house).users(grant, "08", DAY)
    assert drawn.filter(~drawn["_FOLLOWED"])["N° Téléphones"].to_list() == ["0655555555"]
    body = extracted(house, HABILITATION, period=DAY, on=DAY).body
    assert "0655555555" not in str(read(body))


def test_what_was_refused_is_not_in_the_list_either(house: Keeping) -> None:
    asked = foyers.instruction(
        head=foyers.identification(1, MATRICULE="000123400000000"),
        contacts=[foyers.contacts(AUTORUTITEL="R")],
    )
    house.receive("cnaf-instructions", foyers.instructions([asked]).encode("iso-8859-1"))
    follow(house)
    rows = read(extracted(house, HABILITATION, period=DAY, on=DAY).body)
    assert [row["N° Téléphones"] for row in rows] == ["", "", ""]
    assert rows[0]["Adresses Mails"] == "zoe@example.org"


def test_columns_are_those_of_the_grant_and_without_a_crossing_nothing_leaves(
    house: Keeping,
) -> None:
    some = example(NAME, columns=("ID IODAS", "NIR"))
    with pytest.raises(NotAuthorised, match=r"cnaf-contacts|croisement"):
        extracted(house, some, period=DAY, on=DAY)
    follow(house)
    assert [*map(tuple, map(dict.values, read(extracted(house, some, period=DAY, on=DAY).body)))] == [
        ("CD-1", ONE)[::-1], ("CD-2", "")[::-1], ("CD-3", "")[::-1]
    ]  # fmt: skip


def test_the_departement_gives_its_own_names(house: Keeping) -> None:
    follow(house)
    headers = (
        Header(column="N° CAF", name="N° Allocataire"),
        Header(column="NIR", name="Numéro SS"),
    )
    wanted = UsersList(departement="08", sheet="ENTRETIENS PHYSIQUES", headers=headers)
    product = products_of([wanted], "08")[NAME]
    assert products_of([wanted], "51") == PRODUCTS
    grant = compile_grant(HABILITATION, offer_of(HABILITATION), DAY, departement="08")
    shelves = larder(house)
    body, rows = make(
        shelves.users(grant, "08", DAY), product, grant, "08", on=DAY,
        allowed=shelves.followers(NAME, grant, "08"),
    )  # fmt: skip
    first = read(body, "ENTRETIENS PHYSIQUES")[0]
    assert rows == 3 and (first["N° Allocataire"], first["Numéro SS"]) == ("0001234", ONE)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"CIVILITE": "Civilité"}, "colonne inconnue « CIVILITE »"),
        ({"NIR": "Rôle"}, "deux colonnes nommées « Rôle »"),
    ],
)
def test_names_that_cannot_be_are_refused(headers: dict[str, str], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        named_as("Usagers", headers)


def test_a_new_file_of_contacts_or_of_instructions_calls_for_a_new_release(house: Keeping) -> None:
    def keys() -> list[str]:
        standing = [replace(HABILITATION, ends=date(2030, 1, 1)), example()]
        return [due.key for due in releases(house.engine, standing, DAY)]

    follow(house)
    before = keys()
    assert keys() == before and len(before) == 2
    asked = foyers.instructions([foyers.instruction(contacts=[foyers.contacts()])])
    house.receive("cnaf-instructions", asked.encode("iso-8859-1"))
    after = keys()
    assert not set(before) & set(after)
    again = papers.lines("cnaf-contacts", [papers.contact(1, TEL="0699999999")])
    house.receive("cnaf-contacts", again.encode("iso-8859-15"))
    assert not set(keys()) & set(after)
