"""How a département may reach its own people: its identifier, contacts that may be used, nothing more."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gateway.errors import NotAuthorised
from gateway.products import PRODUCTS, contacts_cd
from gateway.products.consent import said_in
from gateway.products.contacts_cd import COLUMNS
from gateway.products.contacts_rdv_insertion import EMAIL, PHONE, PHONE_2
from gateway.products.making import make
from gateway.products.product import FOLLOWED
from tests.world.provisioned import TODAY, Rows, extract, fed, files, grant_for, keep, larder, read
from tests.world.records import DAY

NAME = "contacts-cd"
REQUEST = "NUMERO DEMANDE RSA"
CONTACT = dict.fromkeys(("PERSON", REQUEST, "MATRICULE", PHONE, PHONE_2, EMAIL), pl.String)
SAID = dict.fromkeys(("NUMDEMRSA", "MATRICULE", "AUTORUTITEL", "AUTORUTIADRELEC"), pl.String)


def contact(who: str = "p") -> dict[str, Any]:
    known = {"PERSON": who, REQUEST: "00000000001", "MATRICULE": "0000042"}
    reached = {PHONE: "0324000000", PHONE_2: "0612345678", EMAIL: f"{who}{who}@example.org"}
    return known | reached


def sent(
    *contacts: dict[str, Any], answers: tuple[tuple[str | None, ...], ...] = (), **grant: Any
) -> Rows:
    """The rows of a département that calls `p` CD-1 and `q` CD-2, and does not know `z`."""
    people = pl.DataFrame({"PERSON": ["p", "q", "z"], "ID_CD": ["CD-1", "CD-2", None]})
    sheet = contacts_cd.sheet(
        people,
        pl.DataFrame(list(contacts), schema=CONTACT),
        said_in([pl.DataFrame([one], schema=SAID, orient="row") for one in answers]),
        departement="08",
        reference=DAY,
    )
    allowed = frozenset({"CD-1", "CD-2"})
    made = make(sheet, PRODUCTS[NAME], grant_for(NAME, **grant), "08", on=TODAY, allowed=allowed)
    return read(made.body)


def test_a_row_is_the_departements_own_identifier_and_the_mobile_first() -> None:
    (row,) = sent(contact())
    assert row == {
        "ID_CD": "CD-1",
        "TELEPHONE": "0612345678",
        "TELEPHONE_2": "0324000000",
        "COURRIEL": "pp@example.org",
        "DATE_CONTACTS": "2022-06-15",
    }


def test_who_the_departement_does_not_follow_is_not_there() -> None:
    assert [row["ID_CD"] for row in sent(contact("z"), contact("q"))] == ["CD-2"]


@pytest.mark.parametrize(
    ("phone", "email", "left"),
    [
        ("R", "A", ("", "", "pp@example.org")),
        ("A", "R", ("0612345678", "0324000000", "")),
        ("I", None, ("0612345678", "0324000000", "pp@example.org")),
    ],
)
def test_a_refusal_is_honoured_way_by_way(
    phone: str, email: str | None, left: tuple[str, ...]
) -> None:
    (row,) = sent(contact(), answers=(("00000000001", None, phone, email),))
    assert (row["TELEPHONE"], row["TELEPHONE_2"], row["COURRIEL"]) == left


def test_who_refused_everything_has_no_row_and_the_spouse_neither() -> None:
    answers = (("00000000001", "0000042", "R", "R"),)
    assert sent(contact("p"), contact("q"), answers=answers) == []


def test_of_several_applications_the_last_is_read() -> None:
    later = contact() | {REQUEST: "00000000002", PHONE_2: "0699999999"}
    for order in ((contact(), later), (later, contact())):
        assert [row["TELEPHONE"] for row in sent(*order)] == ["0699999999"]


def test_who_cannot_be_reached_by_what_is_granted_has_no_row() -> None:
    assert sent(contact() | {EMAIL: None}, columns=("ID_CD", "COURRIEL")) == []
    armed = {PHONE: None, PHONE_2: None, EMAIL: "=cmd@example.org"}
    assert sent(contact() | armed) == []


def test_nobody_is_a_file_with_its_header() -> None:
    assert sent() == []


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(tmp_path_factory.mktemp("gens"))


def test_a_house_tells_of_the_people_of_the_departements_file_alone(
    tmp_path: Path, people: dict[str, bytes]
) -> None:
    house = keep(tmp_path, people)
    sheet, rows = fed(house, NAME), extract(house, NAME)
    assert tuple(rows[0]) == COLUMNS
    known = larder(house).followers(NAME, grant_for(NAME), "08")
    assert known is not None
    assert len({row["ID_CD"] for row in rows}) == len(rows) > 40
    assert {row["ID_CD"] for row in rows} <= known
    assert sheet[FOLLOWED].sum() < sheet.height  # somebody CNAF knows, and the département does not
    said = people["cnaf-contacts"].decode("utf-8", "replace")
    digits = said.replace(" ", "").replace(".", "")
    assert all(row["TELEPHONE"][1:] in digits for row in rows)


def test_a_refusal_received_later_takes_the_phone_back(
    tmp_path: Path, people: dict[str, bytes]
) -> None:
    house = keep(tmp_path, {f: b for f, b in people.items() if f != "cnaf-instructions"})
    before = {row["ID_CD"]: row for row in extract(house, NAME)}
    requests = re.findall(r"(?m);(\d{11});", people["cnaf-contacts"].decode("iso-8859-1"))
    told = people["cnaf-instructions"].decode("iso-8859-1")
    for known, wanted in zip(re.findall(r"<NUMDEMRSA>(\d+)", told), requests, strict=False):
        told = told.replace(f"<NUMDEMRSA>{known}", f"<NUMDEMRSA>{wanted}")
    told = re.sub(r"<AUTORUTITEL>.", "<AUTORUTITEL>R", told)
    house.receive("cnaf-instructions", told.encode("iso-8859-1"))
    after = {row["ID_CD"]: row for row in extract(house, NAME)}
    lost = [who for who, row in before.items() if row["TELEPHONE"] and not phone(after, who)]
    assert 1 <= len(lost) <= 6  # households of three applications, and nobody else's
    others = set(before) - set(lost)
    assert {who: before[who] for who in others} == {who: after[who] for who in others}


def phone(rows: dict[str, dict[str, str]], who: str) -> str:
    row = rows.get(who, {"TELEPHONE": "", "TELEPHONE_2": ""})
    return row["TELEPHONE"] + row["TELEPHONE_2"]


def test_without_a_contact_file_nothing_leaves(tmp_path: Path, people: dict[str, bytes]) -> None:
    house = keep(tmp_path, {f: b for f, b in people.items() if f != "cnaf-contacts"})
    with pytest.raises(NotAuthorised, match="aucun fichier cnaf-contacts"):
        extract(house, NAME)
