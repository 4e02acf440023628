"""Clients of the API with webhooks: enrolled by hand, as `client add` leaves them."""

from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select

from gateway.ledger.entry import Entry
from gateway.ledger.tables import ENTRY
from gateway.secret import Secret
from gateway.store.database import one_writer
from gateway.store.registrations import Registered, register
from gateway.store.tables import API_CLIENT
from gateway.store.webhooks import Event, announce
from tests.world.receiver import CLIENT, SIRET

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERYTHING = tuple(Event)


def secret_of(webhook: str) -> Secret[str]:
    return Secret(f"secret-of-{webhook}")


def enrol(
    engine: Engine,
    client: str = CLIENT,
    *,
    siret: str = SIRET,
    revision: int = 1,
    state: str = "ACTIVE",
) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(API_CLIENT).values(
                id=client,
                revision=revision,
                siret=siret,
                name="Un logiciel",
                keys="[]",
                networks="[]",
                scopes="[]",
                state=state,
                by="alice",
                motive="essai",
                since=NOON,
                ledger_index=0,
            )
        )


def hook(
    engine: Engine, url: str, *, client: str = CLIENT, events: tuple[str, ...] = EVERYTHING
) -> Registered:
    return register(engine, secret_of, client=client, url=url, events=events, by="alice", now=NOON)


def happen(
    engine: Engine,
    subject: str = "release-1",
    event: Event = Event.RELEASE_AVAILABLE,
    at: datetime = NOON,
) -> int:
    with one_writer(engine) as connection:
        return announce(connection, SIRET, event, subject, at)


def ledger(engine: Engine) -> list[Entry]:
    with engine.begin() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    return [Entry.decode(bytes(body)) for body in bodies]
