"""The answer of a second person to a demand: yes to exactly what was shown, no, or not like this.

1. Who asked never answers, neither yes, nor no, nor "change this".
2. Yes is said to a digest: something else was submitted since, it is not an answer to that.
3. The version, the demand and the approval are written together or not at all. Two answers at once: one counts.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine

from gateway.errors import NotAuthorised
from gateway.habilitation.model import same_person
from gateway.ledger.entry import Act
from gateway.store.approvals import Approval, answer_within
from gateway.store.database import one_writer
from gateway.store.habilitation_demands import Demand, State, change_demand, find, tell_demand
from gateway.store.habilitations import adopt

SHORTEST: Final = 12  # hexadecimal characters of a digest, at least, to say which one


def approve(
    engine: Engine, number: int, *, by: str, digest: str, now: datetime | None = None
) -> Demand:
    """Agree to what bears this digest (its first 12 characters at least). Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        demand, asked = _answerable(connection, number, by, at)
        if len(digest) < SHORTEST or not asked.digest.startswith(digest.lower()):
            raise NotAuthorised(
                f"{demand.name} : ce n'est pas l'empreinte de ce qui est soumis, "
                f"relisez-le par passerelle habilitation review {demand.name}"
            )
        answer_within(connection, asked.id, by=by, agrees=True, then=come_into_force, now=at)
        return find(connection, number, now=at)


def refuse(
    engine: Engine, number: int, *, by: str, message: str, now: datetime | None = None
) -> Demand:
    """Say no, and why. Raises `NotAuthorised`."""
    return _turn_down(engine, number, State.REFUSED, by=by, message=message, now=now)


def ask_changes(
    engine: Engine, number: int, *, by: str, message: str, now: datetime | None = None
) -> Demand:
    """Give it back to whoever asked, with what to change. Raises `NotAuthorised`."""
    return _turn_down(engine, number, State.CHANGES_REQUESTED, by=by, message=message, now=now)


def come_into_force(connection: Connection, given: Approval) -> None:
    """What the approval of a demand allows: its next version, and the demand says so. Raises `NotAuthorised`."""
    at = given.decided_at or datetime.now(UTC)
    number = int(given.shown["demande"][1:])
    demand = find(connection, number, now=at)
    asked = demand.approval
    if asked is None or (asked.id, demand.draft.digest()) != (given.id, given.shown["sha256"]):
        raise NotAuthorised(f"{demand.name} a été soumise de nouveau depuis : répondez à celle-là")
    version = adopt(connection, given)
    decided = {"decided_by": given.decided_by, "decided_at": at, "version": version}
    change_demand(connection, number, state=State.APPROVED.value, **decided)


def _turn_down(
    engine: Engine, number: int, state: State, *, by: str, message: str, now: datetime | None
) -> Demand:
    at = now or datetime.now(UTC)
    act = Act.HABILITATION_REFUSED if state is State.REFUSED else Act.HABILITATION_CHANGES_REQUESTED
    with one_writer(engine) as connection:
        demand, asked = _answerable(connection, number, by, at)
        answer_within(connection, asked.id, by=by, agrees=False, now=at)
        decided = {"decided_by": by, "decided_at": at, "message": message}
        change_demand(connection, number, state=state.value, **decided)
        tell_demand(connection, act, demand, by, at, request=asked.id)
        return find(connection, number, now=at)


def _answerable(
    connection: Connection, number: int, by: str, at: datetime
) -> tuple[Demand, Approval]:
    demand = find(connection, number, now=at)
    if demand.state is not State.SUBMITTED or demand.approval is None:
        raise NotAuthorised(f"{demand.name} n'attend pas de réponse : elle n'est pas soumise")
    if same_person(demand.requested_by, by):
        raise NotAuthorised("qui demande ne décide pas : une seconde personne doit répondre")
    return demand, demand.approval
