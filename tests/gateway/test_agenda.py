"""What is due: a key says what it stands on, so the same inputs start nothing and new ones start once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.agenda import crossings, releases
from gateway.archive import Archive
from gateway.demo.papers import contacts_habilitation, risk_habilitation
from gateway.habilitation import Habilitation, Status, read
from gateway.passage.inputs import Crossing, inputs
from gateway.rulebook import ask_for, draft
from gateway.rules import AVANT_2025
from gateway.secret import Secret
from gateway.store.approvals import Matter, decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.deliveries import accepted_so_far, index_version, keep_treated
from gateway.store.releases import keep_crossing
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from tests.world.habilitations import approved
from tests.world.records import DAY, NOON, collected, crossed, digest, entry, passport, treated

TODAY = date(2026, 1, 1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'passerelle.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Crossing:
    pair = generate_identity()
    store = open_folder(tmp_path / "coffre")
    archive = Archive(Vault(store, [pair.public]), Unsealer(store, [pair.secret]))
    return Crossing(engine, archive, archive, Secret(b"m" * 32), AVANT_2025)


def accept(
    engine: Engine,
    delivery: str,
    flow: str = "cd-parcours",
    *,
    departement: str = "08",
    day: date = DAY,
    sent: datetime = NOON,
    same_as: str | None = None,
) -> None:
    """Keep one accepted delivery; `same_as`: sealed under the digests of another."""
    with engine.begin() as connection:
        version = index_version(connection, departement)
        history = accepted_so_far(connection, "cd", flow)
    shown = passport(delivery, flow=flow, departement=departement, sent_at=sent)
    label = same_as or delivery
    outcome = treated(
        delivery,
        base_version=version,
        history=history,
        reference_date=day,
        facts=digest(f"facts {label}"),
        identities=digest(f"identities {label}"),
    )
    keep_treated(engine, shown, collected(delivery), outcome, entry(delivery))


def keys(house: Crossing, *departements: str) -> list[str]:
    return [due.key for due in crossings(house, departements or ("08",))]


def test_nothing_is_crossed_before_the_departement_sent_its_journeys(
    engine: Engine, house: Crossing
) -> None:
    assert keys(house) == []
    accept(engine, "p1", "pe-parcours")
    accept(engine, "c1", "cnaf-contacts")
    assert keys(house) == []
    accept(engine, "d1")
    assert len(keys(house)) == 1


def test_the_same_inputs_are_the_same_key(engine: Engine, house: Crossing) -> None:
    accept(engine, "d1")
    assert keys(house) == keys(house)


@pytest.mark.parametrize("flow", ["cd-parcours", "pe-parcours", "cnaf-contacts"])
def test_a_newer_file_of_any_flow_is_another_key(
    engine: Engine, house: Crossing, flow: str
) -> None:
    accept(engine, "d1")
    before = keys(house)
    accept(engine, "new", flow, sent=NOON + timedelta(hours=1))
    assert keys(house) != before


def test_a_corrected_birth_date_alone_is_another_key(engine: Engine, house: Crossing) -> None:
    accept(engine, "d1")
    before = keys(house)
    accept(engine, "d2", sent=NOON + timedelta(hours=1), same_as="d1")
    assert keys(house) != before


def test_an_older_file_that_comes_late_starts_nothing(engine: Engine, house: Crossing) -> None:
    accept(engine, "d1")
    before = keys(house)
    accept(engine, "old", day=DAY - timedelta(days=30), sent=NOON + timedelta(hours=5))
    accept(engine, "older", sent=NOON - timedelta(hours=1))
    assert keys(house) == before


def test_the_files_of_one_departement_are_nothing_to_another(
    engine: Engine, house: Crossing
) -> None:
    accept(engine, "d1")
    before = keys(house)
    accept(engine, "e1", departement="2A")
    assert keys(house, "08") == before
    assert len(keys(house, "08", "2A")) == 2


def test_new_thresholds_are_another_key(engine: Engine, house: Crossing) -> None:
    accept(engine, "d1")
    other = replace(house, thresholds=replace(AVANT_2025, version="essai"))
    assert keys(house) != keys(other)


def test_what_a_departement_decides_is_another_key_from_its_day_on(
    engine: Engine, house: Crossing
) -> None:
    accept(engine, "d1")
    accept(engine, "e1", departement="2A")
    own = replace(house, thresholds=None)
    before, elsewhere = keys(own), keys(own, "2A")
    decide_rules(engine, DAY + timedelta(days=1))
    assert keys(own) == before
    decide_rules(engine, DAY)
    assert keys(own) != before
    assert keys(own, "2A") == elsewhere
    found = inputs(own, "08")
    assert found is not None
    assert (found.thresholds.version, found.thresholds["R09"]) == ("08-2", 45)


def decide_rules(engine: Engine, effective: date) -> None:
    text = 'departement = "08"\nregime = "AVANT_2025"\n[delais]\nR09 = 45\n'
    with engine.begin() as connection:
        wanted = draft(connection, "08", text, effective=effective)
    asked = ask_for(engine, wanted, by="ana", motive="délai convenu")
    decide(engine, asked.id, by="bruno", agrees=True, then=DEEDS[Matter.RULES])


@pytest.fixture
def contacts(tmp_path: Path) -> Habilitation:
    return _written(contacts_habilitation("08"))


@pytest.fixture
def risk(tmp_path: Path) -> Habilitation:
    return _written(risk_habilitation("08"))


def _written(text: str, *, version: int = 1, status: Status = Status.ACTIVE) -> Habilitation:
    return approved(read(text), version=version, status=status)


def due(engine: Engine, *habilitations: Habilitation, on: date = TODAY) -> list[str]:
    return [one.key for one in releases(engine, habilitations, on)]


def test_nothing_is_released_before_there_is_something_to_release(
    engine: Engine, contacts: Habilitation, risk: Habilitation
) -> None:
    assert due(engine, contacts, risk) == []


def test_the_same_contacts_are_released_once_and_new_ones_again(
    engine: Engine, contacts: Habilitation
) -> None:
    accept(engine, "c1", "cnaf-contacts")
    first = due(engine, contacts)
    accept(engine, "old", "cnaf-contacts", day=DAY - timedelta(days=7))
    assert due(engine, contacts) == first
    accept(engine, "c2", "cnaf-contacts", day=DAY + timedelta(days=7))
    second = due(engine, contacts)
    assert len(first) == len(second) == 1
    assert first != second


def test_the_risk_list_follows_its_crossing(engine: Engine, risk: Habilitation) -> None:
    keep_crossing(engine, crossed("one"), entry("one"))
    first = due(engine, risk)
    keep_crossing(engine, crossed("two"), entry("two"))
    assert len(first) == 1
    assert due(engine, risk) != first


def test_a_new_version_of_a_habilitation_is_another_key(
    engine: Engine, contacts: Habilitation, tmp_path: Path
) -> None:
    accept(engine, "c1", "cnaf-contacts")
    second = _written(
        contacts_habilitation("08"),
        version=2,
    )
    assert due(engine, contacts) != due(engine, second)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.ACTIVE}))
def test_a_habilitation_that_does_not_stand_makes_nothing_due(
    engine: Engine, tmp_path: Path, status: Status
) -> None:
    accept(engine, "c1", "cnaf-contacts")
    fallen = _written(contacts_habilitation("08"), status=status)
    assert due(engine, fallen) == []


@pytest.mark.parametrize(
    ("on", "number"),
    [
        (date(2021, 12, 31), 0),
        (date(2022, 1, 1), 1),
        (date(2099, 12, 31), 1),
        (date(2100, 1, 1), 0),
    ],
)
def test_both_end_days_of_a_habilitation_count(
    engine: Engine, contacts: Habilitation, on: date, number: int
) -> None:
    accept(engine, "c1", "cnaf-contacts")
    assert len(due(engine, contacts, on=on)) == number
