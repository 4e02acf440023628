"""The options of a crossing that was done, and its case opened for a command."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated

import typer

from gateway.app import House, open_house
from gateway.errors import Misconfigured
from gateway.review.case import Case, open_case
from gateway.rounds import served_departements
from gateway.settings import Settings

Departement = Annotated[
    str | None,
    typer.Option("--departement", help="Le département, 08 ou 2A ; inutile s'il n'y en a qu'un."),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--le", formats=["%Y-%m-%d"], help="La date du croisement, AAAA-MM-JJ ; sinon le dernier."
    ),
]


def day_of(said: datetime | None) -> date | None:
    """The day that was typed."""
    return said.date() if said else None


def which_departement(settings: Settings, said: str | None) -> str:
    """The one that was typed, else the only one served. Raises `Misconfigured`."""
    served = served_departements(settings)
    if said is None and len(served) == 1:
        return served[0]
    if said not in served:
        raise Misconfigured(f"dites le département : --departement parmi {', '.join(served)}")
    return said


@contextmanager
def case_of(
    settings: Settings, departement: str | None, as_of: date | None
) -> Iterator[tuple[House, Case]]:
    """A house and the case of one département, for a command that walks nothing."""
    where = which_departement(settings, departement)
    with asyncio.Runner() as runner:
        opening = open_house(settings)
        house = runner.run(opening.__aenter__())
        try:
            yield house, open_case(house.crossing, where, as_of)
        finally:
            runner.run(opening.__aexit__(None, None, None))
