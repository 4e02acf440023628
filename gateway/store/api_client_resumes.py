"""A suspended client opens again as it stands: one person asks, another agrees.

1. The request shows its revision, its whole content, and the last decision about it: who, when, why.
2. The answer counts only if that revision is still the last one, and still suspended.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, select

from gateway.errors import NotAuthorised
from gateway.store.api_clients import STATES, Client, State, find_client, set_state
from gateway.store.approvals import Approval, Matter, ask_within
from gateway.store.database import one_writer
from gateway.store.tables import API_CLIENT

DECISION: Final = "reprise"


def ask_resume(
    engine: Engine, client: str, *, by: str, motive: str, now: datetime | None = None
) -> Approval:
    """Ask a second person. Raises `NotAuthorised` when it is not suspended."""
    with one_writer(engine) as connection:
        told = _shown(connection, _suspended(connection, client))
        return ask_within(connection, Matter.CLIENT, client, told, by=by, motive=motive, now=now)


def is_resume(asked: Approval) -> bool:
    """Whether this request is one of these, not another revision."""
    return asked.shown.get("decision") == DECISION


def resume(connection: Connection, given: Approval) -> None:
    """What the approval allows. Raises `NotAuthorised`."""
    known = _suspended(connection, given.subject)
    if _shown(connection, known) != given.shown:
        raise NotAuthorised(
            f"le client {given.subject} a changé entre-temps : demandez de nouveau la reprise"
        )
    set_state(
        connection,
        known,
        State.ACTIVE,
        by=given.decided_by,
        motive=given.motive,
        at=given.decided_at,
        of=given.id,
    )


def _suspended(connection: Connection, client: str) -> Client:
    known = find_client(connection, client)
    if known is None:
        raise NotAuthorised(f"aucun client {client} : passerelle client list les donne")
    if known.state is not State.SUSPENDED:
        raise NotAuthorised(f"le client {client} est {STATES[known.state]}, pas suspendu")
    return known


def _shown(connection: Connection, known: Client) -> Mapping[str, str]:
    """What both people read."""
    column = API_CLIENT.c
    last = connection.execute(
        select(column.by, column.motive, column.since).where(
            column.id == known.id, column.revision == known.revision
        )
    ).one()
    return {
        "decision": DECISION,
        "client": f"{known.id}, {known.name}",
        "siret": known.siret,
        "revision": str(known.revision),
        "décidée par": last.by,
        "décidée le": last.since.isoformat(timespec="seconds"),
        "décidée pour": last.motive,
        "contenu": known.content,
    }
