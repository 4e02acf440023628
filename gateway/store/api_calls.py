"""What the API wrote of its calls: who asked what and why, refusals, assertions used, answers given once.

1. A call is references and counts: never a person, never a body.
2. Refusals are told to the ledger by the minute, with their number: a flood is one entry a minute.
3. The `jti` of an assertion counts once: written before its token is given, or there is no token.
4. An answer is reserved before what it answers is done; a reservation that nobody finished is over in
   `ABANDONED`, an answer is forgotten after `KEPT`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import API_ANSWER, API_ASSERTION, API_CALL, API_LOCK

KEPT: Final = timedelta(hours=24)
ABANDONED: Final = timedelta(minutes=10)
RESERVED: Final = 0
# What a database that does not answer raises.
DatabaseAway = OperationalError


class Called(msgspec.Struct, frozen=True, gc=False):
    """One call as it is kept. A structure of msgspec: as many are made as there are requests."""

    id: str
    at: datetime
    client: str
    siret: str
    agent: str
    operation: str
    status: int
    motive: str
    subject: str = ""
    departement: str = ""
    rows: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class RefusedCalls:
    """As many refusals of one kind. `who`: a client, or the keyed hash of an address."""

    at: datetime
    who: str
    operation: str
    why: str
    count: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What a demand was answered, or `RESERVED` while it is being done. `sha256`: of the demand."""

    sha256: str
    status: int
    body: str


def keep_calls(engine: Engine, calls: Sequence[Called], refused: Sequence[RefusedCalls]) -> None:
    """Write calls and refusals, all or nothing."""
    with one_writer(engine) as connection:
        if calls:
            connection.execute(insert(API_CALL), [asdict(call) for call in calls])
        for one in refused:
            facts: dict[str, str | int] = {
                "operation": one.operation,
                "why": one.why,
                "count": one.count,
            }
            append(connection, Entry(Act.CALL_REFUSED, one.at, one.who, facts=facts))


def use_assertion(engine: Engine, client: str, jti: str, expires_at: datetime) -> bool:
    """Write that this `jti` was used; False when it already was."""
    hashed = hashlib.sha256(jti.encode()).hexdigest()
    try:
        with one_writer(engine) as connection:
            connection.execute(
                insert(API_ASSERTION).values(client=client, jti=hashed, expires_at=expires_at)
            )
    except IntegrityError:
        return False
    return True


def reserve(
    engine: Engine, client: str, key: str, sha256: str, *, now: datetime | None = None
) -> Answered | None:
    """Reserve an answer; None when it is ours to make, else what stands under that key."""
    at = now or datetime.now(UTC)
    line = (API_ANSWER.c.client == client) & (API_ANSWER.c.key == key)
    with one_writer(engine) as connection:
        row = connection.execute(select(API_ANSWER).where(line)).first()
        if row is not None:
            age = at - row.answered_at
            if age < (ABANDONED if row.status == RESERVED else KEPT):
                return Answered(row.sha256, row.status, row.body)
            connection.execute(delete(API_ANSWER).where(line))
        connection.execute(
            insert(API_ANSWER).values(
                client=client, key=key, sha256=sha256, status=RESERVED, body="", answered_at=at
            )
        )
    return None


def settle(engine: Engine, client: str, key: str, answered: Answered | None) -> None:
    """Write what was answered; None forgets the reservation, so that it can be asked again."""
    line = (API_ANSWER.c.client == client) & (API_ANSWER.c.key == key)
    with one_writer(engine) as connection:
        if answered is None:
            connection.execute(delete(API_ANSWER).where(line))
            return
        values = {"status": answered.status, "body": answered.body}
        connection.execute(update(API_ANSWER).where(line).values(**values))


def forget_what_is_over(engine: Engine, *, now: datetime | None = None) -> None:
    """Forget expired assertions, answers given a day ago, failures nobody repeated."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        connection.execute(delete(API_ASSERTION).where(API_ASSERTION.c.expires_at < at))
        connection.execute(delete(API_ANSWER).where(API_ANSWER.c.answered_at < at - KEPT))
        connection.execute(delete(API_LOCK).where(API_LOCK.c.last_at < at - KEPT))
