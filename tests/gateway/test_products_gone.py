"""Whoever is erased, told apart from a dossier, or gone from a file, is in no extract any more."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from gateway.identity.index import SUBJECT
from gateway.identity.resolve import PERSON
from gateway.keyring import Drawer
from gateway.retention.asking import ask_to_erase
from gateway.retention.erasing import erase_ordered
from gateway.store.approvals import decide
from gateway.store.database import one_writer
from gateway.store.deeds import DEEDS
from gateway.store.deliveries import latest_partition
from gateway.store.link_questions import Asked, keep_questions
from gateway.store.links import tell_apart
from gateway.store.releases import last_crossing
from gateway.store.tables import LINK_QUESTION
from tests.world.keeping import Keeping
from tests.world.provisioned import Rows, extract, files, grant_for, keep, larder

OF_THE_CD = ("contacts-cd", "parcours-carnet-de-bord")
OF_PE = ("orientation-pe", "risque-rupture-pe")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(tmp_path_factory.mktemp("gens"))


@pytest.fixture
def house(tmp_path: Path, people: dict[str, bytes]) -> Keeping:
    return keep(tmp_path, people)


def extracts(house: Keeping) -> dict[str, Rows]:
    return {name: extract(house, name) for name in (*OF_THE_CD, *OF_PE)}


def linked(house: Keeping) -> pl.DataFrame:
    """ID_CD, IDENTIFIANT_PE and the two subjects, of the people whom every product speaks of."""
    identities = house.archives[Drawer.IDENTITY]
    with house.engine.begin() as connection:
        crossed = last_crossing(connection, "08")
        cd, pe = (latest_partition(connection, "08", f) for f in ("cd-parcours", "pe-parcours"))
    assert crossed is not None
    assert cd is not None
    assert pe is not None
    persons = identities.read(crossed.persons)
    own = identities.read(cd.identities).select(pl.col(SUBJECT).alias("LEFT"), "ID_CD").unique()
    told = (
        identities.read(pe.identities).select(SUBJECT, "IDENTIFIANT_PE").join(persons, on=SUBJECT)
    )
    both = own.join(told, left_on="LEFT", right_on=PERSON).rename({SUBJECT: "RIGHT"})
    for name, column in (("contacts-cd", "ID_CD"), ("risque-rupture-pe", "IDENTIFIANT_PE")):
        spoken = [row[column] for row in extract(house, name)]
        both = both.filter(pl.col(column).is_in(spoken))
    return both.sort("ID_CD")


def without(rows: dict[str, Rows], id_cd: str, id_pe: str) -> dict[str, Rows]:
    return {
        name: [
            row for row in told if row.get("ID_CD") != id_cd and row.get("IDENTIFIANT_PE") != id_pe
        ]
        for name, told in rows.items()
    }


def test_who_is_erased_is_in_no_extract_and_nobody_else_is_lost(house: Keeping) -> None:
    who, before = linked(house).row(0, named=True), extracts(house)
    left = without(before, who["ID_CD"], who["IDENTIFIANT_PE"])
    assert all(len(left[name]) < len(before[name]) for name in before)
    request = ask_to_erase(house.keeper, "08", who["ID_CD"], by="ana", motive="demande")
    matter = request.approval.matter
    decide(house.engine, request.approval.id, by="bob", agrees=True, then=DEEDS[matter])
    assert erase_ordered(house.keeper) == 1
    assert extracts(house) == left  # by the crossing already done
    house.cross()
    assert extracts(house) == left
    for name in (*OF_THE_CD, *OF_PE):
        allowed = larder(house).followers(name, grant_for(name), "08")
        assert allowed is not None
        assert not allowed & {who["ID_CD"], who["IDENTIFIANT_PE"]}


def test_who_is_told_apart_from_a_dossier_is_pole_emplois_no_more(house: Keeping) -> None:
    who, before = linked(house).row(0, named=True), extracts(house)
    asked, at = Asked(who["LEFT"], who["RIGHT"], "X", "autre_nir"), datetime.now(UTC)
    with one_writer(house.engine) as connection:
        keep_questions(connection, "08", [asked], now=at)
        question = connection.scalars(
            select(LINK_QUESTION.c.id).where(LINK_QUESTION.c.left == asked.left)
        ).one()
    tell_apart(house.engine, question, by="ana", motive="deux personnes")
    house.cross()
    after, left = extracts(house), without(before, who["ID_CD"], who["IDENTIFIANT_PE"])
    assert {name: after[name] for name in OF_PE} == {name: left[name] for name in OF_PE}
    facts = [row for row in after[OF_THE_CD[1]] if row["ID_CD"] == who["ID_CD"]]
    assert {row["SOURCE"] for row in facts} == {"cd-parcours"}
    assert after["contacts-cd"] == before["contacts-cd"]
    allowed = larder(house).followers("orientation-pe", grant_for("orientation-pe"), "08")
    assert allowed is not None
    assert who["IDENTIFIANT_PE"] not in allowed


def test_who_leaves_the_departements_file_is_its_no_more(
    house: Keeping, people: dict[str, bytes]
) -> None:
    who, before = linked(house).row(0, named=True), extracts(house)
    body = people["cd-parcours"].decode("utf-8-sig").splitlines()
    kept = [line for line in body if not line.startswith(f"{who['ID_CD']};")]
    assert len(kept) < len(body)
    house.receive("cd-parcours", "\r\n".join([*kept, ""]).encode())
    house.cross()
    assert extracts(house) == without(before, who["ID_CD"], who["IDENTIFIANT_PE"])
