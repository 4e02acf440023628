"""RDV-Insertion on loopback, a connector to it, and invented people; time may go faster than ours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from connectors.rdv_insertion import CallLimit, RdvInsertion, RdvInsertionSettings, User
from connectors.sandbox.rdv_insertion import RdvInsertionSandbox
from connectors.secret import Secret


class Hands:
    """A clock whose hands one moves: sleeping moves them at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def person(number: int, **changes: str) -> User:
    given: dict[str, str] = {
        "first_name": f"Prénom{number}",
        "last_name": "EXEMPLE",
        "title": "madame",
        "role": "demandeur",
        "affiliation_number": f"{number:07}",
        "email": f"personne.{number}@exemple.org",
        "department_internal_id": f"IODAS-{number}",
        "birth_date": "05/06/1952",
    }
    return User(**(given | changes))


def people(number: int) -> list[User]:
    return [person(one) for one in range(number)]


@asynccontextmanager
async def sandbox(**options: Any) -> AsyncIterator[tuple[RdvInsertionSandbox, str]]:
    place = RdvInsertionSandbox(**options)
    base = await place.start()
    try:
        yield place, base
    finally:
        await place.stop()


def settings(place: RdvInsertionSandbox, base: str, **changes: Any) -> RdvInsertionSettings:
    given: dict[str, Any] = {
        "alias": "rdv-insertion",
        "base_url": base,
        "sign_in_url": f"{base}/api/v1/auth/sign_in",
        "email": place.email,
        "password": Secret(place.password),
        "organisation": place.organisation,
        "motif_category": place.category,
        "read_timeout": 1.0,
        "connect_timeout": 1.0,
    }
    return RdvInsertionSettings(**(given | changes))


@asynccontextmanager
async def pushing(
    hands: Hands, *, calls: int = 5, **changes: Any
) -> AsyncIterator[tuple[RdvInsertionSandbox, RdvInsertion, Callable[[], list[int]]]]:
    """The place, a connector to it, and the statuses answered so far."""
    async with sandbox(clock=hands) as (place, base):
        limit = CallLimit(calls, clock=hands, sleep=hands.sleep)
        async with RdvInsertion(settings(place, base, **changes), limit) as pusher:
            yield place, pusher, lambda: [call.status for call in place.calls]
