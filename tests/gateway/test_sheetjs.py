"""Our contact feed, read back by the library RDV-Insertion uses: the right contact for every person.

The right contact is taken from the file received, by the oracle of `tests/world`: the person's own row by
their NIR, else the first of their household who can be reached, the demandeur before the conjoint.
"""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from gateway.products.contacts_rdv_insertion import PRODUCT
from gateway.store.database import open_engine
from schemas.generator import write_departement
from tests.schemas import papers
from tests.world.databases import sqlite_url
from tests.world.extracts import extracted
from tests.world.habilitations import example
from tests.world.keeping import Keeping
from tests.world.oracle import contact_feed
from tests.world.records import DAY
from tests.world.samples import sample
from tests.world.sheetjs import Person, read

PHONE, PHONE_2 = "NUMERO TELEPHONE DOSSIER", "NUMERO TELEPHONE 2 DOSSIER"
EMAIL = "ADRESSE ELECTRONIQUE DOSSIER"
NAME = PRODUCT.file_name("08", DAY)
Rows = list[dict[str, str]]


def feed_of(folder: Path, body: bytes, departement: str) -> bytes:
    """What leaves once this file was received, habilitation, cut, check and all."""
    engine = open_engine(sqlite_url(folder))
    house = Keeping(engine, folder, departement=departement)
    house.receive("cnaf-contacts", body)
    made = extracted(house, example(departements=(departement,)), period=DAY, on=DAY)
    engine.dispose()
    return made.body


def rows_of(body: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(body.decode("ascii")), delimiter=";"))


def people_of(cnaf: Path, cd: Path) -> list[Person]:
    """Everybody of both files, once by what the one knows of them and once by what the other does."""
    found: dict[tuple[str, str], Person] = {}
    for path, encoding in ((cnaf, "iso-8859-15"), (cd, "utf-8-sig")):
        with path.open(encoding=encoding, newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                nir, number = row["NIR"].strip(), row["MATRICULE"].strip().zfill(7)[:7]
                if nir or row["MATRICULE"].strip():
                    found[nir, number] = {"nir": nir, "affiliation_number": number}
    return [*found.values()]


def right_contact(person: Person, reachable: Rows) -> Mapping[str, str] | None:
    """By the NIR first, whatever its key; else whoever of the household comes first."""
    own = [row for row in reachable if person["nir"] and row["NIR"][:13] == person["nir"][:13]]
    household = [row for row in reachable if row["MATRICULE"] == person["affiliation_number"]]
    for row in (*own, *household):
        numbers = [row[PHONE], row[PHONE_2]]
        mobiles = [number for number in numbers if number[:2] in {"06", "07"}]
        return {"phone_number": [*mobiles, *numbers][0], "email": row[EMAIL]}
    return None


def check_everybody(cnaf: Path, cd: Path, departement: str, folder: Path) -> int:
    """Compare what RDV-Insertion reads of our feed with the right contact; give how many have one."""
    people, reachable = people_of(cnaf, cd), rows_of(contact_feed(cnaf))
    body = feed_of(folder, cnaf.read_bytes(), departement)
    answer = read(NAME, body, people)
    assert answer["rows"] == len(reachable)
    right = [right_contact(person, reachable) for person in people]
    assert answer["contacts"] == right
    return sum(one is not None for one in right)


def test_every_person_of_the_sample_gets_the_right_contact(tmp_path: Path) -> None:
    cd = sample("dept-08/cd/CD-PARCOURS_08_20220615_000001_V1.csv")
    cnaf = sample("dept-08/cnaf/coordonnees-allocataire.txt")
    assert check_everybody(cnaf, cd, "08", tmp_path) > 300


def test_the_feed_of_the_sample_is_the_one_expected_to_the_byte(tmp_path: Path) -> None:
    received = sample("dept-08/cnaf/coordonnees-allocataire.txt").read_bytes()
    expected = sample("dept-08/expected/contacts-rdv-insertion.csv").read_bytes()
    assert feed_of(tmp_path, received, "08") == expected


@pytest.mark.parametrize(("departement", "seed"), [("2A", 5), ("974", 11)])
def test_every_person_of_an_invented_departement_gets_the_right_contact(
    tmp_path: Path, departement: str, seed: int
) -> None:
    into, as_of = tmp_path / "tirage", date(2022, 6, 15)
    write_departement(into, departement=departement, people=200, seed=seed, as_of=as_of)
    [cd] = (into / "cd").glob("CD-PARCOURS_*.csv")
    assert (
        check_everybody(into / "cnaf/coordonnees-allocataire.txt", cd, departement, tmp_path) > 150
    )


COUPLE = [
    papers.contact(1, NIR=papers.nir(), MATRICULE="0208956", TEL="0324000000", TEL2="0612345678"),
    papers.contact(
        1, ROLE="CONJOINT", MATRICULE="0208956", TEL="0655555555", MAIL="lui@example.org"
    ),
]
HER = {"phone_number": "0612345678", "email": "zoe@example.org"}
BY_NIR, BY_NUMBER = {"nir": papers.nir()[:13]}, {"affiliation_number": "208956"}


@pytest.fixture
def feed(tmp_path: Path) -> bytes:
    """Of one household: she asked, he is the spouse and his NIR is not known."""
    return feed_of(tmp_path, papers.lines("cnaf-contacts", COUPLE).encode("iso-8859-15"), "08")


def test_what_we_write_is_found_by_nir_and_by_a_number_that_lost_its_zero(feed: bytes) -> None:
    asked = [BY_NIR, BY_NUMBER, {"nir": papers.nir()}, {"affiliation_number": "7654321"}]
    assert read(NAME, feed, asked) == {"rows": 2, "contacts": [HER, HER, HER, None]}


# What would go wrong if one property of our feed were lost: each is a reason for it.
LOST: Mapping[str, Callable[[bytes], bytes]] = {
    "a header in another case": lambda body: body.replace(b"MATRICULE", b"Matricule").replace(b"NIR", b"Nir"),
    "a blank in a header": lambda body: body.replace(b"MATRICULE", b"MATRICULE ").replace(b"NIR", b"NIR "),
    "a MATRICULE of 15 digits": lambda body: body.replace(b"0208956;", b"020895600000000;").replace(papers.nir().encode(), b""),
    "the spouse first": lambda body: b"\n".join([(lines := body.splitlines())[0], lines[2], lines[1], b""]),
}  # fmt: skip


@pytest.mark.parametrize("lost", LOST)
def test_a_feed_that_lost_a_property_finds_nobody_or_somebody_else(feed: bytes, lost: str) -> None:
    [found] = read(NAME, LOST[lost](feed), [BY_NUMBER])["contacts"]
    assert found != HER


def test_another_name_or_a_missing_column_is_refused(feed: bytes) -> None:
    assert read(NAME.replace(".csv", ".CSV"), feed, [BY_NIR]) == {"refused": "extension"}
    short = b"\n".join(line.rpartition(b";")[0] for line in feed.splitlines())
    assert read(NAME, short, [BY_NIR]) == {"refused": f"columns {EMAIL}"}
