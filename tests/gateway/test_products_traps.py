"""Each trap of RDV-Insertion, met by a file received and an extract made of it (rdv-insertion.md §0 and §1)."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from gateway.products.cells import UnsafeCell
from gateway.products.contacts_rdv_insertion import COLUMNS, PRODUCT, ROLE, sheet
from gateway.store.database import open_engine
from tests.schemas import foyers, papers
from tests.world.databases import sqlite_url
from tests.world.extracts import extracted, grant_of, made
from tests.world.habilitations import example
from tests.world.keeping import Keeping
from tests.world.records import DAY

PHONE, PHONE_2, EMAIL = COLUMNS[2:]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Keeping]:
    engine = open_engine(sqlite_url(tmp_path))
    yield Keeping(engine, tmp_path)
    engine.dispose()


def fed(house: Keeping, *rows: list[str]) -> bytes:
    """The feed of RDV-Insertion once this contact file was received."""
    house.receive("cnaf-contacts", papers.lines("cnaf-contacts", rows).encode("iso-8859-15"))
    return extracted(house, example(), period=DAY, on=DAY).body


def read(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("ascii")), delimiter=";"))


def asked(number: int, **words: str | None) -> str:
    """One instruction, of the household of `papers.contact(number)`."""
    head = foyers.identification(number, MATRICULE=f"{1000000 + number}00000000")
    return foyers.instruction(head=head, contacts=[foyers.contacts(**words)])


def instruct(house: Keeping, *requests: str) -> None:
    house.receive("cnaf-instructions", foyers.instructions(requests).encode("iso-8859-1"))


def test_header_names_are_exact_to_the_letter_and_the_mark_is_not_there(house: Keeping) -> None:
    first = fed(house, papers.contact(1)).split(b"\n")[0]
    assert first == b"MATRICULE;NIR;" + ";".join((PHONE, PHONE_2, EMAIL)).encode("ascii")
    assert PRODUCT.file_name("08", DAY).endswith(".csv")


def test_a_matricule_of_15_digits_leaves_on_7(house: Keeping) -> None:
    body = fed(house, papers.contact(1, MATRICULE="2089564" + "0" * 8))
    assert [row["MATRICULE"] for row in read(body)] == ["2089564"]


def test_a_matricule_of_15_digits_that_got_so_far_stops_everything() -> None:
    names = dict.fromkeys((*COLUMNS, ROLE), pl.String)
    row = ("2089564" + "0" * 8, None, "0600000001", None, None, "DEMANDEUR")
    with pytest.raises(UnsafeCell, match=r"^1 cells of MATRICULE"):
        drawn = sheet(pl.DataFrame([row], schema=names, orient="row"), "08")
        made(drawn, PRODUCT.name, grant_of(PRODUCT.name, COLUMNS, DAY), DAY)


def test_zeros_that_a_spreadsheet_lost_are_back(house: Keeping) -> None:
    body = fed(house, papers.contact(1, MATRICULE="1234", TEL="600000000"))
    assert [(row["MATRICULE"], row[PHONE]) for row in read(body)] == [("0001234", "0600000000")]


def test_the_demandeur_comes_before_the_conjoint_who_has_the_same_matricule(house: Keeping) -> None:
    nir = papers.nir()
    spouse = papers.contact(1, ROLE="CONJOINT", TEL="0611111111", NIR=nir)
    rows = read(fed(house, spouse, papers.contact(1)))
    assert [(row["NIR"], row[PHONE]) for row in rows] == [("", "0600000000"), (nir, "0611111111")]


def test_one_row_per_matricule_and_role(house: Keeping) -> None:
    again = papers.contact(1, DEMANDE=f"{9:011d}", TEL="0622222222")
    assert [row["MATRICULE"] for row in read(fed(house, papers.contact(1), again))] == ["1000001"]


def test_an_email_of_one_letter_never_leaves(house: Keeping) -> None:
    [row] = read(fed(house, papers.contact(1, MAIL="a@example.org")))
    assert (row[PHONE], row[EMAIL]) == ("0600000000", "")


@pytest.mark.parametrize("email", ["a@example.org", "l'ete@example.org"])
def test_nor_does_one_that_got_past_the_contract(email: str) -> None:
    names = dict.fromkeys((*COLUMNS, ROLE), pl.String)
    row = ("0000001", None, "0600000001", None, email, "DEMANDEUR")
    drawn = sheet(pl.DataFrame([row], schema=names, orient="row"), "08")
    body = made(drawn, PRODUCT.name, grant_of(PRODUCT.name, COLUMNS, DAY), DAY)
    assert email.encode() not in body and b"0600000001" in body


def test_the_mobile_is_first_whatever_column_it_was_in(house: Keeping) -> None:
    [row] = read(fed(house, papers.contact(1, TEL="03 24 00 00 00", TEL2="+33 6 12 34 56 78")))
    assert (row[PHONE], row[PHONE_2]) == ("0612345678", "0324000000")


def test_what_was_refused_is_not_there_and_the_rest_is(house: Keeping) -> None:
    instruct(
        house,
        asked(1, AUTORUTITEL="R"),
        asked(2, AUTORUTIADRELEC="R"),
        asked(3, AUTORUTITEL="I", AUTORUTIADRELEC="I"),
        asked(4, AUTORUTITEL="R", AUTORUTIADRELEC="R"),
    )
    people = [papers.contact(n, TEL2="0324000000") for n in range(1, 6)]
    told = {
        row["MATRICULE"]: (row[PHONE], row[PHONE_2], row[EMAIL])
        for row in read(fed(house, *people))
    }
    whole = ("0600000000", "0324000000", "zoe@example.org")
    assert told == {
        "1000001": ("", "", "zoe@example.org"),
        "1000002": (*whole[:2], ""),
        "1000003": whole,
        "1000005": whole,
    }


def test_the_last_word_counts_and_unknown_is_not_one(house: Keeping) -> None:
    instruct(house, asked(1, AUTORUTITEL="R"), asked(2, AUTORUTITEL="A"), asked(3, AUTORUTITEL="R"))
    instruct(house, asked(1, AUTORUTITEL="A"), asked(2, AUTORUTITEL="R"), asked(3, AUTORUTITEL="I"))
    told = {
        row["MATRICULE"]: row[PHONE] for row in read(fed(house, *map(papers.contact, (1, 2, 3))))
    }
    assert told == {"1000001": "0600000000", "1000002": "", "1000003": ""}


def test_a_refusal_holds_for_the_spouse_and_for_another_number_of_request(house: Keeping) -> None:
    instruct(house, asked(1, AUTORUTITEL="R"))
    spouse = papers.contact(1, ROLE="CONJOINT", DEMANDE="")
    later = papers.contact(1, DEMANDE=f"{77:011d}")
    assert [row[PHONE] for row in read(fed(house, spouse, later))] == ["", ""]


def test_in_one_file_a_refusal_outweighs_an_agreement(house: Keeping) -> None:
    instruct(house, asked(1, AUTORUTITEL="R"), asked(1, AUTORUTITEL="A"))
    assert [row[PHONE] for row in read(fed(house, papers.contact(1)))] == [""]


def test_consent_of_another_departement_is_not_looked_at(house: Keeping, tmp_path: Path) -> None:
    other = Keeping(house.engine, tmp_path, departement="51", archives=house.archives)
    text = foyers.instructions([asked(1, AUTORUTITEL="R").replace(">008<", ">051<")])
    other.receive("cnaf-instructions", text.encode("iso-8859-1"))
    assert [row[PHONE] for row in read(fed(house, papers.contact(1)))] == ["0600000000"]
