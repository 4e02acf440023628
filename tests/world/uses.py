"""What a client of the API asks for, generated: ordinary days, and calls as the database keeps them."""

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus

from sqlalchemy import Engine, insert

from gateway.abuse.uses import PARIS, Use
from gateway.store.tables import API_CALL

MONDAY = date(2026, 3, 2)
A_DAY = timedelta(days=1)
OPERATIONS = ("listReleases", "downloadRelease", "getDelivery")


@dataclass(frozen=True)
class Manner:
    """How one client lives. `calls`: a day; from one day to another, half of it to twice."""

    calls: int = 20
    rows: int = 300
    opens: int = 8
    closes: int = 18
    departements: Sequence[str] = ("08",)
    weekends: bool = False
    monthly: int = 1  # what the first working day of a month is, times the others
    refused: float = 0.02
    who: str = "client quiet"


def ordinary_day(drawn: random.Random, manner: Manner, day: date) -> Iterator[Use]:
    """One day of it, oldest first."""
    if day.weekday() >= 5 and not manner.weekends:
        return
    number = round(manner.calls * drawn.uniform(0.5, 2))
    peak = manner.monthly if day.day <= 3 and day.weekday() < 5 else 1
    span = (manner.closes - manner.opens) * 3600 - 1
    for second in sorted(drawn.randrange(span) for _ in range(max(1, number))):
        at = datetime.combine(day, time(manner.opens), PARIS) + timedelta(seconds=second)
        operation = drawn.choice(OPERATIONS)
        yield Use(
            manner.who,
            at.astimezone(UTC),
            operation,
            f"publication:h@v1:08:{drawn.randrange(40)}:{drawn.randrange(2**40):x}",
            manner.rows * peak if operation == "downloadRelease" else 0,
            1000 * manner.rows * peak if operation == "downloadRelease" else 0,
            drawn.choice(manner.departements),
            refused=drawn.random() < manner.refused,
        )


def ordinary(drawn: random.Random, manner: Manner, days: int, start: date = MONDAY) -> list[Use]:
    """So many days of it."""
    return [use for n in range(days) for use in ordinary_day(drawn, manner, start + n * A_DAY)]


def kept(engine: Engine, uses: Sequence[Use], *, siret: str = "0" * 14, agent: str = "") -> None:
    """Write them as the API does; the client is the last word of `who`."""
    rows = [
        {
            "id": secrets.token_hex(16),
            "at": use.at.astimezone(UTC),
            "client": use.who.split()[-1],
            "siret": siret,
            "agent": agent,
            "operation": use.operation,
            "status": int(HTTPStatus.FORBIDDEN if use.refused else HTTPStatus.OK),
            "motive": "suivi",
            "subject": use.subject,
            "departement": use.departement,
            "rows": use.rows,
            "bytes": use.bytes,
        }
        for use in uses
    ]
    with engine.begin() as connection:
        connection.execute(insert(API_CALL), rows)
