"""A suspended habilitation opens again as it was: one person asks, another agrees.

1. The request shows the version, its whole content, and the very suspension it would end: who, when, why.
2. The answer counts only if that suspension still lasts: another one, another version or a revocation since
   needs another request.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from gateway.errors import NotAuthorised
from gateway.habilitation import Status
from gateway.ledger.entry import Act, Entry
from gateway.store.approvals import Approval, Matter, ask_within
from gateway.store.database import one_writer
from gateway.store.habilitations import STANDS, current, events, record_event

DECISION = "reprise"


def ask_resume(
    engine: Engine, habilitation: str, *, by: str, motive: str, now: datetime | None = None
) -> Approval:
    """Ask a second person. Raises `NotAuthorised` when it is not suspended."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        told = _shown(connection, habilitation, at)
        return ask_within(
            connection, Matter.HABILITATION, habilitation, told, by=by, motive=motive, now=at
        )


def is_resume(asked: Approval) -> bool:
    """Whether this request is one of these, not a new version."""
    return asked.shown.get("decision") == DECISION


def resume(connection: Connection, given: Approval) -> int:
    """What the approval allows; give the ledger's index. Raises `NotAuthorised`."""
    at = given.decided_at or datetime.now(UTC)
    if _shown(connection, given.subject, at) != given.shown:
        raise NotAuthorised(
            f"habilitation {given.subject} : ce n'est plus la même suspension, demandez de nouveau la reprise"
        )
    facts: dict[str, str | int] = {"version": int(given.shown["version"]), "request": given.id}
    entry = Entry(Act.HABILITATION_RESUMED, at, given.subject, actor=given.decided_by, facts=facts)
    return record_event(connection, entry, Status.ACTIVE, given.motive)


def _shown(connection: Connection, habilitation: str, at: datetime) -> Mapping[str, str]:
    """What both people read."""
    standing = current(connection, habilitation, at.date())
    if standing is None:
        raise NotAuthorised(f"aucune habilitation {habilitation}")
    if standing.status is not Status.SUSPENDED:
        raise NotAuthorised(
            f"habilitation {habilitation} : elle est {STANDS[standing.status]}, pas suspendue"
        )
    last = events(connection, habilitation)[-1]
    return {
        "decision": DECISION,
        "version": str(standing.version),
        "suspendue par": last.by,
        "suspendue le": last.at.isoformat(timespec="seconds"),
        "suspendue pour": last.motive,
        "écriture": str(last.ledger_index),
        "contenu": standing.canonical,
        "sha256": standing.digest(),
    }
