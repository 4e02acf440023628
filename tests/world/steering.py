"""A département to pilot: facts that were kept, sealed, as its last file said them."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from gateway.drawers import open_drawers
from gateway.keyring import Keyring
from gateway.ledger.entry import Act, Entry
from gateway.settings import Settings, load
from gateway.store.database import open_engine
from gateway.store.deliveries import keep_treated
from gateway.store.releases import Crossed, keep_crossing
from tests.world.furnished import furnish
from tests.world.records import NOON, collected, passport, treated

FACTS = {
    "PERSONNE": pl.String(),
    "FAIT": pl.String(),
    "DATE": pl.Date(),
    "DATE_FIN": pl.Date(),
    "CODE": pl.String(),
    "STATUT": pl.String(),
    "STRUCTURE": pl.String(),
}
Fact = tuple[str, str, date, date | None, str | None, str, str | None]


def facts(*said: Fact) -> pl.DataFrame:
    return pl.DataFrame(list(said), schema=FACTS, orient="row")


def entry(who: str, day: date, status: str = "SOUMIS") -> Fact:
    return who, "DROITS_DEVOIRS", day, None, None, status, None


def orientation(who: str, day: date, code: str = "SOCIAL", place: str | None = "CCAS") -> Fact:
    return who, "ORIENTATION", day, None, code, "ORIENTE", place


def contract(who: str, day: date, end: date | None = None, status: str = "VALIDE") -> Fact:
    return who, "CONTRAT", day, end, "CER", status, None


def appointment(who: str, day: date, status: str, place: str | None = None) -> Fact:
    return who, "RDV", day, None, "bilan", status, place


def town(people: int = 400) -> pl.DataFrame:
    """People entered over 2021, oriented after 1 to 120 days by five structures, one of them tiny."""
    said: list[Fact] = []
    for number in range(people):
        who, start = f"p{number:04}", date(2021, 1, 1) + timedelta(days=number * 330 // people)
        place = "Mission" if number % 97 == 0 else f"Structure {number % 4}"
        decided = start + timedelta(days=1 + number * 37 % 120)
        said += [
            entry(who, start),
            orientation(who, decided, "SOCIAL" if number % 3 else "EMPLOI", place),
        ]
        said.append(contract(who, decided + timedelta(days=1 + number * 29 % 100)))
        came = "VENU" if number % 3 else "ABSENT_NON_EXCUSE"
        said.append(appointment(who, decided + timedelta(days=10), came, place))
    return facts(*said)


def furnished_with(
    root: Path, frame: pl.DataFrame, reference: date = date(2022, 6, 15)
) -> Settings:
    """A gateway that accepted this file, and nothing else."""
    furnish(root, enrolled=False)
    settings = load(root / "config" / "gateway.toml")
    receive(settings, frame, "d1", 0, reference)
    return settings


def receive(
    settings: Settings, frame: pl.DataFrame, delivery: str, already: int, reference: date
) -> None:
    """Keep one more file."""
    drawers = open_drawers(settings, Keyring(settings.path(settings.main.paths.keys)))
    engine = open_engine(settings.database_url)
    kept = treated(
        delivery,
        base_version=already,
        facts=drawers.journeys.write(frame),
        reference_date=reference,
    )
    accepted = Entry(act=Act.DELIVERY_ACCEPTED, at=NOON, subject=delivery)
    keep_treated(engine, passport(delivery), collected(delivery), kept, accepted)
    engine.dispose()


def cross(settings: Settings, lives: pl.DataFrame, people: pl.DataFrame, signals: pl.DataFrame, as_of: date) -> None:  # fmt: skip
    """Keep a crossing of that day."""
    drawers = open_drawers(settings, Keyring(settings.path(settings.main.paths.keys)))
    engine = open_engine(settings.database_url)
    crossed = Crossed(
        id=f"croisement:08@{as_of}",
        departement="08",
        as_of=as_of,
        signals=drawers.journeys.write(signals),
        counts="{}",
        version="AVANT_2025-3",
        people=drawers.journeys.write(people),
        lives=drawers.journeys.write(lives),
    )
    keep_crossing(engine, crossed, Entry(act=Act.CROSSING_DONE, at=NOON, subject=crossed.id))
    engine.dispose()
