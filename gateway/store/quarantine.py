"""Refused bytes kept sealed for two people to decide of, until they expire.

1. Held with the refusal, in its unit of work, when its code is in `HELD` and the bytes are ours. They
   are where they were received, sealed; this table says until when.
2. Metadata only is ever shown: nothing here opens anything.
3. One decision each: released by two people (`gateway.store.discharge`), rejected by one, or expired.
4. Rejected or expired, the bytes are erased once their time is over, unless another delivery that is
   not over has the same: decided first, erased after, so that a process killed between erases later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, or_, select, update

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import DELIVERY, QUARANTINE, REPLAY
from schemas.codes import Code

DAYS: Final = 30

# Refusals whose bytes are kept, and why somebody may want them yet.
HELD: Final[Mapping[Code, str]] = {
    Code.UNKNOWN_SIGNER: "la clé peut être approuvée ensuite",
    Code.SIGNATURE_REFUSED: "la clé peut être renouvelée ensuite",
    Code.EXPANDS_TOO_MUCH: "la limite peut être relevée ensuite",
    Code.WEAK_CRYPTOGRAPHY: "la politique convenue peut changer ensuite",
    Code.INFECTED: "l'antivirus peut se tromper ; sinon, c'est une pièce d'enquête",
    Code.NOT_SCANNED_WHOLE: "l'antivirus peut être réglé ensuite",
    Code.NESTED_ARCHIVE: "l'archive peut être voulue",
    Code.UNKNOWN_NAME: "le fichier peut être bon sous un nom mal écrit",
    Code.SAME_NAME: "l'un des deux contenus est le bon",
    Code.SAME_SEQUENCE: "l'un des deux contenus est le bon",
}
# Checks that two people may set aside, and what goes with each: a file of the same name has the same
# number. Never who signed, for whom, whether it is intact, nor how big it is: those are checked again.
WAIVED: Final[Mapping[Code, frozenset[Code]]] = {
    Code.INFECTED: frozenset({Code.INFECTED}),
    Code.NOT_SCANNED_WHOLE: frozenset({Code.NOT_SCANNED_WHOLE}),
    Code.NESTED_ARCHIVE: frozenset({Code.NESTED_ARCHIVE}),
    Code.UNKNOWN_NAME: frozenset({Code.UNKNOWN_NAME}),
    Code.SAME_NAME: frozenset({Code.SAME_NAME, Code.SAME_SEQUENCE}),
    Code.SAME_SEQUENCE: frozenset({Code.SAME_NAME, Code.SAME_SEQUENCE}),
}


class Standing(StrEnum):
    """Where held bytes stand."""

    HELD = "held"
    RELEASED = "released"  # treated again, by two people
    REJECTED = "rejected"  # by one
    EXPIRED = "expired"  # by time


@dataclass(frozen=True, slots=True)
class Held:
    """One refused delivery kept. Once decided: by whom, when, why; once erased, when."""

    delivery: str
    code: Code
    held_at: datetime
    expires_at: datetime
    standing: Standing
    approval: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    motive: str = ""
    erased_at: datetime | None = None


def hold(delivery: str, code: Code, at: datetime, until: datetime, connection: Connection) -> None:
    """Keep refused bytes, in the unit of work of their refusal."""
    row = {"delivery": delivery, "code": code.value, "held_at": at, "expires_at": until}
    connection.execute(insert(QUARANTINE).values(**row, state=Standing.HELD.value))


def find_held(connection: Connection, delivery: str) -> Held | None:
    """One held delivery, whatever was decided of it."""
    row = connection.execute(select(QUARANTINE).where(QUARANTINE.c.delivery == delivery)).first()
    return None if row is None else _of(row)


def every_held(connection: Connection) -> Sequence[Held]:
    """Every delivery ever held, oldest first."""
    refused = select(QUARANTINE).join(DELIVERY, DELIVERY.c.id == QUARANTINE.c.delivery)
    return [_of(row) for row in connection.execute(refused.order_by(DELIVERY.c.ledger_index))]


def waiting_held(connection: Connection, delivery: str, now: datetime) -> Held:
    """One of which nothing was decided, in time. Raises `NotAuthorised` otherwise."""
    held = find_held(connection, delivery)
    if held is None:
        raise NotAuthorised(f"{delivery} n'est pas en quarantaine : passerelle quarantine list")
    if held.standing is not Standing.HELD:
        raise NotAuthorised(f"{delivery} n'attend plus de décision ({held.standing})")
    if held.expires_at <= now:
        raise NotAuthorised(f"{delivery} a expiré le {held.expires_at:%d/%m/%Y}")
    return held


def reject(
    engine: Engine, delivery: str, *, by: str, motive: str, now: datetime | None = None
) -> Held:
    """Decide that nothing will be made of it. One person is enough to close a door."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        held = waiting_held(connection, delivery, at)
        decide_held(connection, delivery, Standing.REJECTED, by=by, motive=motive, at=at)
        facts = {"code": held.code.value, "erased_after": f"{held.expires_at:%Y-%m-%d}"}
        append(connection, Entry(Act.QUARANTINE_REJECTED, at, delivery, actor=by, facts=facts))
        return replace(
            held, standing=Standing.REJECTED, decided_by=by, decided_at=at, motive=motive
        )


def decide_held(
    connection: Connection,
    delivery: str,
    standing: Standing,
    *,
    by: str,
    motive: str,
    at: datetime,
    approval: str | None = None,
) -> None:
    """Write a decision; its entry is the caller's."""
    decision = {"state": standing.value, "decided_by": by, "decided_at": at, "motive": motive}
    connection.execute(
        update(QUARANTINE)
        .where(QUARANTINE.c.delivery == delivery)
        .values(**decision, approval=approval)
    )


def expire(engine: Engine, erase: Callable[[str], None], now: datetime | None = None) -> int:
    """End what nobody decided of in time, then erase what is over; say how many ended.

    `erase` forgets the sealed bytes of a digest, twice is once. Raises what it raises: the next call
    goes on.
    """
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        rows = connection.execute(select(QUARANTINE)).all()
        due = [held for held in map(_of, rows) if held.standing is Standing.HELD]
        ended = [held for held in due if held.expires_at <= at]
        for held in ended:
            decide_held(connection, held.delivery, Standing.EXPIRED, by="", motive="", at=at)
            facts = {"code": held.code.value, "held_since": f"{held.held_at:%Y-%m-%d}"}
            append(connection, Entry(Act.QUARANTINE_EXPIRED, at, held.delivery, facts=facts))
    for delivery, digest in _to_erase(engine, at):
        _erase(engine, delivery, digest, erase, at)
    return len(ended)


def _to_erase(engine: Engine, at: datetime) -> list[tuple[str, str]]:
    with engine.begin() as connection:
        rows = connection.execute(
            select(QUARANTINE, DELIVERY.c.digest)
            .join(DELIVERY, DELIVERY.c.id == QUARANTINE.c.delivery)
            .where(QUARANTINE.c.erased_at.is_(None))
            .where(QUARANTINE.c.state.in_([Standing.EXPIRED.value, Standing.REJECTED.value]))
        ).all()
    return [(row.delivery, row.digest) for row in rows if row.expires_at <= at]


def _erase(
    engine: Engine, delivery: str, digest: str, erase: Callable[[str], None], at: datetime
) -> None:
    with one_writer(engine) as connection:  # nobody keeps a delivery of these bytes meanwhile
        if _is_wanted(connection, delivery, digest):
            return
        erase(digest)
        connection.execute(
            update(QUARANTINE).where(QUARANTINE.c.delivery == delivery).values(erased_at=at)
        )


def _is_wanted(connection: Connection, delivery: str, digest: str) -> bool:
    """Whether another delivery of the same bytes is not over, or a replay of them waits."""
    same = select(DELIVERY.c.id).where(DELIVERY.c.digest == digest)
    over = select(QUARANTINE.c.delivery).where(
        or_(
            QUARANTINE.c.state.in_([Standing.EXPIRED.value, Standing.RELEASED.value]),
            QUARANTINE.c.erased_at.is_not(None),
        )
    )
    other = same.where(DELIVERY.c.id != delivery, DELIVERY.c.id.not_in(over))
    done = select(DELIVERY.c.id).where(DELIVERY.c.id == REPLAY.c.id).exists()
    waits = select(REPLAY.c.id).where(REPLAY.c.original.in_(same), ~done)
    return any(connection.scalar(query.limit(1)) is not None for query in (other, waits))


def _of(row: Row[Any]) -> Held:
    return Held(
        row.delivery,
        Code(row.code),
        row.held_at,
        row.expires_at,
        Standing(row.state),
        row.approval or "",
        row.decided_by or "",
        row.decided_at,
        row.motive or "",
        row.erased_at,
    )
