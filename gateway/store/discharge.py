"""Out of quarantine, by two people: one asks, the other approves exactly what both were shown.

1. What is released is treated again, by today's contract and keys: a release is a replay.
2. It sets aside the one check that refused it, where such a check may be (`quarantine.WAIVED`); else
   nothing is: a key approved since makes the difference, and only that.
3. Release, replay and their entries are written in the unit of work of the answer. A second release
   of the same is refused: nothing is held any more.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.approvals import Approval, Matter, ask, digest_of
from gateway.store.deliveries import find_delivery
from gateway.store.quarantine import WAIVED, Held, Standing, decide_held, waiting_held
from gateway.store.replays import order, original_of


def ask_discharge(
    engine: Engine, delivery: str, *, by: str, motive: str, now: datetime | None = None
) -> Approval:
    """Ask a second person to release held bytes. Raises `NotAuthorised` when nothing waits there."""
    at = now or datetime.now(UTC)
    with engine.begin() as connection:
        shown = shown_of(connection, waiting_held(connection, delivery, at))
    return ask(engine, Matter.QUARANTINE, delivery, shown, by=by, motive=motive, now=at)


def discharge(connection: Connection, given: Approval) -> None:
    """What the approval allows: these bytes, refused for this reason, are treated again. Once."""
    at = given.decided_at or datetime.now(UTC)
    held = waiting_held(connection, given.subject, at)
    if digest_of(Matter.QUARANTINE, held.delivery, shown_of(connection, held)) != given.digest:
        raise NotAuthorised(f"{held.delivery} n'est plus tel qu'il était montré : redemandez")
    waives = held.code.value if held.code in WAIVED else ""
    by, motive = given.requested_by, given.motive
    replay = order(
        connection,
        original_of(connection, held.delivery),
        waives=waives,
        by=by,
        motive=motive,
        at=at,
    )
    decide_held(
        connection,
        held.delivery,
        Standing.RELEASED,
        by=given.decided_by,
        motive=motive,
        at=at,
        approval=given.id,
    )
    facts = {"code": held.code.value, "waives": waives, "replay": replay.id, "request": given.id}
    entry = Entry(Act.QUARANTINE_RELEASED, at, held.delivery, actor=given.decided_by, facts=facts)
    append(connection, entry)


def shown_of(connection: Connection, held: Held) -> Mapping[str, str]:
    """What both people read: metadata, never a content. The name is the one that may be shown."""
    row = find_delivery(connection, held.delivery)
    if row is None:
        raise LookupError("a held delivery that is not there")
    effect = (
        f"traité de nouveau sans le contrôle {held.code.value}"
        if held.code in WAIVED
        else "traité de nouveau, aucun contrôle écarté"
    )
    return {
        "depot": held.delivery,
        "partenaire": row.partner,
        "flux": row.flow,
        "departement": row.departement,
        "nom": row.name,
        "octets": str(row.size),
        "sha256": row.digest,
        "recu_le": f"{held.held_at:%Y-%m-%dT%H:%M:%SZ}",
        "garde_jusqu_au": f"{held.expires_at:%Y-%m-%d}",
        "code": f"{held.code.value} {held.code.entry.label}",
        "effet": effect,
    }
