"""The case of a département: its last crossing, its journeys opened again, and who is called what there.

It opens the vaults: whoever shows something of a person writes it first (`store.disclosures`).
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from gateway.errors import Misconfigured
from gateway.identity.index import SUBJECT
from gateway.identity.resolve import PERSON
from gateway.passage.inputs import Crossing, inputs
from gateway.passage.journeys import gather
from gateway.pseudonym import JOURNEYS, Pseudonymiser
from gateway.rules.journeys import Journeys
from gateway.rules.lives import no_life
from gateway.rules.thresholds import Thresholds
from gateway.store.releases import Crossed, last_crossing, latest_crossing


@dataclass(frozen=True, slots=True)
class Case:
    """`names`: ID_CD, PERSON (random id), PERSONNE (pseudonym). `current`: no file came since."""

    crossed: Crossed
    thresholds: Thresholds
    journeys: Journeys
    lives: pl.DataFrame
    names: pl.DataFrame
    current: bool


def open_case(house: Crossing, departement: str, as_of: date | None = None) -> Case:
    """The crossing as of a day, or the last one. Raises `Misconfigured` when there is none."""
    crossed = _crossed(house, departement, as_of)
    found = inputs(house, departement, crossed.as_of)
    if found is None:
        raise Misconfigured("aucun parcours de CD accepté pour ce département")
    gathered = gather(house, found, departement, crossed.as_of)
    identities = house.identities.read(found.cd.identities).select(SUBJECT, "ID_CD").unique()
    people = identities.join(gathered.persons, on=SUBJECT)
    of = Pseudonymiser(house.master, JOURNEYS).of_series
    return Case(
        crossed,
        house.thresholds,
        gathered.journeys,
        house.journeys.read(crossed.lives) if crossed.lives else no_life(),
        people.select("ID_CD", PERSON, of(people.get_column(PERSON)).alias("PERSONNE")).unique(),
        crossed.id.endswith(f":{found.digest}"),
    )


def _crossed(house: Crossing, departement: str, as_of: date | None) -> Crossed:
    with house.engine.begin() as connection:
        found = (
            latest_crossing(connection, departement, as_of)
            if as_of
            else last_crossing(connection, departement)
        )
    if found is None:
        raise Misconfigured(
            "aucun croisement de ce département à cette date : passerelle crossing run"
        )
    return found


def person_called(case: Case, id_cd: str) -> tuple[str, str]:
    """(random id, pseudonym) of somebody of the CD's file. Raises `Misconfigured`, naming nobody."""
    rows = case.names.filter(pl.col("ID_CD") == id_cd).select(PERSON, "PERSONNE").rows()
    if len(rows) != 1:
        raise Misconfigured(
            "personne de cet identifiant dans le dernier fichier du département : vérifiez ID_CD"
        )
    return rows[0]
