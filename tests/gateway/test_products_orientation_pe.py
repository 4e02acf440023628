"""What a département tells Pôle emploi: each bug of the known push (journeys-and-rules.md, 2.3) is a test here."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from obstore.store import MemoryStore
from sqlalchemy import Engine

from connectors.contract import Outlet, Piece, Receipt
from connectors.errors import Unreachable
from connectors.folder import FolderOutlet
from gateway.errors import NotAuthorised, Unavailable
from gateway.identity.index import SUBJECT
from gateway.keyring import Drawer
from gateway.passage.release import Notary, Release, release
from gateway.products import PRODUCTS, cut, orientation_pe
from gateway.products.orientation_pe import COLUMNS, MATCHING, SAID
from gateway.products.product import FOLLOWED
from gateway.store.database import open_engine
from gateway.store.deliveries import index_digest, latest_partition
from gateway.store.releases import find_release
from gateway.vault import Unsealer, Vault, generate_identity
from tests.world.databases import sqlite_url
from tests.world.habilitations import example, granted
from tests.world.keeping import Directly, Keeping
from tests.world.provisioned import TODAY, Rows, extract, fed, files, grant_for, keep, larder
from tests.world.records import DAY, extracted

NAME = "orientation-pe"
FACTS = {
    "PERSONNE": pl.String,
    "FAIT": pl.String,
    "DATE": pl.Date,
    "DATE_FIN": pl.Date,
    "CODE": pl.String,
    "STATUT": pl.String,
    "STRUCTURE": pl.String,
}
PEOPLE: dict[str, Any] = {
    "PERSONNE": pl.String,
    **dict.fromkeys(MATCHING, pl.String),
    "DATE_NAISSANCE": pl.Date,
    "SUIVI": pl.Boolean,
}
FIRST, SECOND = date(2021, 5, 3), date(2022, 2, 7)
Fact = tuple[str, str, date, date | None, str | None, str, str | None]


def decided(who: str, code: str = "SOCIAL", day: date = FIRST, *, told: date | None = None) -> Fact:
    return who, "ORIENTATION", day, told, code, "ORIENTE", "CCAS"


def referent(who: str, place: str | None = "CCAS", *, end: date | None = None) -> Fact:
    return who, "REFERENT", FIRST, end, None, "ACTIF", place


def person(who: str = "p", **changes: Any) -> dict[str, Any]:
    known = {
        "PERSONNE": who,
        "IDENTIFIANT_PE": f"0123456{who.upper()}001",
        "NIR": "1850308950001",
        "NOM_NAISSANCE": "DUVAL",
        "NOM_USAGE": None,
        "PRENOM": "ALIX",
        "DATE_NAISSANCE": date(1985, 3, 12),
        "COMMUNE_RESIDENCE": "08105",
        "NUMERO_CAF": "0000042",
        "SUIVI": True,
    }
    return known | changes


def folk(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=PEOPLE)


class Mute:
    """A place that answers a text where it should take the file."""

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        del pieces
        return ""

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:
        del pieces, prepared
        raise Unreachable("Erreur technique, mais 200 OK")


def release_of(folder: Path, outlet: Outlet) -> tuple[Release, Engine]:
    identity = generate_identity()
    store = MemoryStore()
    sealed = Vault(store, [identity.public]).put(io.BytesIO(b"sealed"))
    made = extracted("publication:o", product=NAME, recipient="pe", sealed=sealed.digest)
    engine = open_engine(sqlite_url(folder))
    notary = Notary(publish=lambda: None, receipt=lambda index: f"receipt {index}")
    opener = Unsealer(store, [identity.secret])
    grant = granted(example("orientation-pe"))
    made = replace(made, sealed_size=sealed.size, habilitation_digest=grant.snapshot)
    return Release(engine, lambda _k, _d: made, lambda: grant, opener, outlet, notary), engine


def sent(*facts: Fact, people: Sequence[dict[str, Any]] = (), columns: Any = COLUMNS) -> Rows:
    """The rows that leave, cut as an extraction does."""
    sheet = orientation_pe.sheet(
        folk(*(people or [person()])),
        pl.DataFrame(list(facts), schema=FACTS, orient="row"),
        departement="08",
        on=DAY,
    )
    grant = grant_for(NAME, columns=tuple(columns))
    return cut(sheet, PRODUCTS[NAME], grant, "08", TODAY).to_dicts()


@pytest.mark.parametrize(
    ("code", "path"), [("EMPLOI", "PED"), ("SOCIAL", "PSO"), ("SOCIOPRO", "PSP")]
)
def test_social_and_socio_professional_are_not_inverted(code: str, path: str) -> None:
    """Bug 1: the push sent PSP for social and PSO for socio-professional."""
    (row,) = sent(decided("p", code))
    assert (row["NATURE_ORIENTATION"], row["PARCOURS"]) == (code, path)


def test_nothing_is_made_without_a_right_that_stands() -> None:
    """Bugs 2 and 4: a refusal of the right was never seen, and the push went on."""
    sheet = orientation_pe.sheet(
        folk(person()),
        pl.DataFrame([decided("p")], schema=FACTS, orient="row"),
        departement="08",
        on=DAY,
    )
    grant = grant_for(NAME)
    for day in (TODAY - timedelta(days=1), grant.expires + timedelta(days=1)):
        with pytest.raises(NotAuthorised):
            cut(sheet, PRODUCTS[NAME], grant, "08", day)
    with pytest.raises(NotAuthorised):
        cut(sheet, PRODUCTS[NAME], grant, "51", TODAY)


async def test_what_could_not_be_sent_is_not_told_as_sent(tmp_path: Path) -> None:
    """Bug 3: any error text of the other side was read as a success."""
    house, engine = release_of(tmp_path, Mute())
    with pytest.raises(Unavailable):
        await release("publication:o", DAY, house, Directly())
    with engine.begin() as connection:
        row = find_release(connection, "publication:o")
    assert row is not None
    assert not row.delivered
    (tmp_path / "pickup").mkdir()
    again = replace(house, outlet=FolderOutlet(tmp_path / "pickup", "pe"))
    await release("publication:o", DAY, again, Directly())
    with engine.begin() as connection:
        row = find_release(connection, "publication:o")
    assert row is not None
    assert row.delivered


def test_a_spouse_has_a_row_and_who_has_no_referent_too() -> None:
    people = [person("p"), person("q", NUMERO_CAF="0000042"), person("r")]
    rows = sent(
        *(decided(who) for who in "pqr"),
        referent("p"),
        referent("q", None),
        referent("r", end=DAY),
        people=people,
    )
    assert [row["ORGANISME_REFERENT"] for row in rows] == ["CCAS", None, None]
    assert [row["NUMERO_CAF"] for row in rows] == ["0000042"] * 3


def test_the_last_decision_is_told_whatever_the_order_of_rows() -> None:
    later = decided("p", "EMPLOI", SECOND)
    facts = [decided("p"), later, ("p", "ORIENTATION", DAY, None, None, "EN_ATTENTE", None)]
    for order in (facts, facts[::-1]):
        (row,) = sent(*order)
        assert (row["DATE_ORIENTATION"], row["NATURE_ORIENTATION"]) == ("2022-02-07", "EMPLOI")
    tomorrow = decided("p", "SOCIOPRO", DAY + timedelta(days=1))
    assert sent(later, tomorrow)[0]["NATURE_ORIENTATION"] == "EMPLOI"


def test_only_what_the_law_allows_is_there() -> None:
    """Contracts, appointments and procedures of the same person are nowhere."""
    others: list[Fact] = [
        ("p", "CONTRAT", SECOND, None, "CER", "VALIDE", "SECRET-CER"),
        ("p", "RDV", SECOND, None, "SECRET-NOTE", "ABSENT_NON_EXCUSE", "SECRET-RDV"),
        ("p", "PROCEDURE", SECOND, None, "EP", "OUVERTE", "SECRET-EP"),
    ]
    (row,) = sent(decided("p"), referent("p"), *others)
    assert tuple(row) == COLUMNS == (*MATCHING, *SAID)
    assert not [cell for cell in row.values() if cell and "SECRET" in cell]
    assert sent(*others) == []  # nobody of whom nothing may be said


def test_who_is_not_followed_by_both_is_not_told() -> None:
    people = [person("p"), person("q", SUIVI=False), person("r", SUIVI=None)]
    rows = sent(*(decided(who) for who in "pqr"), people=people)
    assert [row["IDENTIFIANT_PE"] for row in rows] == ["0123456P001"]


def test_a_structure_or_a_name_that_holds_a_nir_stops_nothing() -> None:
    odd = person(NOM_USAGE="DUVAL 1 85 03 08 950 001 42")
    (row,) = sent(decided("p"), referent("p", "M. 1850308950001"), people=[odd])
    assert {row["NOM_USAGE"], row["ORGANISME_REFERENT"]} == {None}
    (row,) = sent(decided("p"), referent("p", "22080000000012"))
    assert row["ORGANISME_REFERENT"] == "22080000000012"  # a SIRET


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(tmp_path_factory.mktemp("gens"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, people: dict[str, bytes]) -> Keeping:
    return keep(tmp_path_factory.mktemp("maison"), people)


def without(body: bytes, *, of: str) -> bytes:
    """The département's file without the orientations of one person."""
    header, *lines = body.decode("utf-8-sig").splitlines()
    names = header.split(";")
    fact, who = names.index("FAIT"), names.index("ID_CD")
    cells = [line.split(";") for line in lines]
    left = [row for row in cells if row[fact] != "ORIENTATION" or row[who] != of]
    assert len(left) < len(lines)
    return "\r\n".join([header, *(";".join(row) for row in left), ""]).encode()


def kept(folder: Path, name: str, received: dict[str, bytes]) -> Keeping:
    (folder / name).mkdir()
    return keep(folder / name, received)


def decisions(rows: Rows) -> int:
    return sum(row["DATE_ORIENTATION"] != "" for row in rows)


def followed(house: Keeping) -> list[str]:
    """ID_CD of those whom a row speaks of."""
    names = {row["NOM_NAISSANCE"]: row for row in extract(house, NAME)}
    with house.engine.begin() as connection:
        part = latest_partition(connection, "08", "cd-parcours")
        index = index_digest(connection, "08")
    assert part is not None
    assert index is not None
    identities = house.archives[Drawer.IDENTITY]
    known = identities.read(part.identities).join(identities.read(index), on=SUBJECT)
    return sorted(known.filter(pl.col("BIRTH_NAME").is_in(list(names)))["ID_CD"].unique())


def test_a_decision_captured_late_under_an_older_date_is_sent(
    tmp_path: Path, people: dict[str, bytes], whole: Keeping
) -> None:
    """Bug 5: the push looked only at decisions later than its last run."""
    before = extract(whole, NAME)
    who = followed(whole)[0]
    cd = without(people["cd-parcours"], of=who)
    late = kept(tmp_path, "late", people | {"cd-parcours": cd})
    assert decisions(extract(late, NAME)) == decisions(before) - 1
    late.receive(
        "cd-parcours", people["cd-parcours"]
    )  # of the same day, corrected: an older decision
    late.cross()
    assert extract(late, NAME) == before


def test_pole_emploi_is_told_of_its_own_people_only(whole: Keeping) -> None:
    sheet, rows = fed(whole, NAME), extract(whole, NAME)
    assert sheet.height > sheet[FOLLOWED].sum() >= len(rows) > 20
    allowed = larder(whole).followers(NAME, grant_for(NAME), "08")
    assert allowed is not None
    assert {row["IDENTIFIANT_PE"] for row in rows} <= allowed
    # Whoever nothing is said of is there too when nothing but names is granted: of both sides all the same.
    named = extract(whole, NAME, columns=("IDENTIFIANT_PE", "NIR"))
    assert len(named) == sheet[FOLLOWED].sum() == len(allowed)


def test_without_a_file_of_pole_emploi_nothing_leaves_and_it_is_said(
    tmp_path: Path, people: dict[str, bytes]
) -> None:
    house = kept(tmp_path, "alone", {f: body for f, body in people.items() if f != "pe-parcours"})
    with pytest.raises(NotAuthorised, match="aucun fichier pe-parcours"):
        extract(house, NAME)


def test_a_dossier_that_says_nothing_is_enough(
    tmp_path: Path, people: dict[str, bytes], whole: Keeping
) -> None:
    """Bug 6: an inner join on what Pôle emploi told left out whoever it had told nothing of."""
    pe = pl.Series([people["pe-parcours"].decode("iso-8859-1")])
    for block in ("inscription", "ppae", "suivi", "formation", "romev3"):
        pe = pe.str.replace_all(rf"(?s)<{block}>.*?</{block}>", "")
    silent = people | {"pe-parcours": pe[0].encode("iso-8859-1")}
    assert b"date-debut-ide" not in silent["pe-parcours"]
    rows = extract(kept(tmp_path, "silent", silent), NAME)
    assert rows == extract(whole, NAME)
    assert len(rows) > 20
