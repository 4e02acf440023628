"""What is told to the clients of the API by webhook: one line per thing to tell and per webhook, until heard.

1. A post is written in the same unit of work as what it tells: what happened is told, what did not is not.
2. Its body is fixed then, canonical JSON: what happened, to which reference, when. Never a person, never
   a figure. It bears the id of the post, the same each time it is sent: who hears it twice can see it.
3. A post is waiting, heard, or given up. One that failed waits longer and longer; meanwhile its webhook is
   left alone, so that a place that is down is asked once, not once per post.
4. What one gateway took to send, another leaves alone for some minutes; then it is anybody's again.
5. Five failures in a row stop the webhook: that is an entry in the ledger. What waits then waits on; what
   happens while it is stopped is not told, and is read by the API.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, select, update

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import API_CLIENT, HABILITATION_VERSION, RELEASE, WEBHOOK, WEBHOOK_POST

MOST_FAILURES: Final = 5  # in a row, then the webhook is stopped
WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (20, 40, 2 * 60, 5 * 60, 15 * 60, 60 * 60)
)
AT_ONCE: Final = 20  # posts of one webhook in one round
# How long one gateway has what it took: more than a whole round may last. Killed, it is sent again after.
LEASE: Final = timedelta(minutes=4)
KEPT: Final = timedelta(days=90)  # what is over is forgotten then
TEST: Final = "test"


class Event(StrEnum):
    """What may be told; values are stable."""

    RELEASE_AVAILABLE = "release.available"
    RELEASE_WITHDRAWN = "release.withdrawn"
    DELIVERY_JUDGED = "delivery.judged"
    HABILITATION_CHANGED = "habilitation.changed"


class HookState(StrEnum):
    """Where a webhook stands; values are stable."""

    ACTIVE = "ACTIVE"
    STOPPED = "STOPPED"  # after too many failures in a row
    REMOVED = "REMOVED"


class PostState(StrEnum):
    """Where a post stands; values are stable."""

    WAITING = "WAITING"
    HEARD = "HEARD"
    GIVEN_UP = "GIVEN_UP"


@dataclass(frozen=True, slots=True)
class Post:
    """One thing to tell one webhook. `answered`: the last HTTP status, None when nobody answered."""

    id: str
    webhook: str
    url: str
    event: str
    subject: str
    body: str
    made_at: datetime
    attempts: int
    state: PostState
    next_at: datetime | None
    answered: int | None
    ended_at: datetime | None


def announce(connection: Connection, siret: str, event: Event, subject: str, at: datetime) -> int:
    """Write a post for each webhook of this organisation that wants this event; give how many."""
    revision = select(func.max(API_CLIENT.c.revision)).where(API_CLIENT.c.id == WEBHOOK.c.client)
    theirs = and_(
        API_CLIENT.c.id == WEBHOOK.c.client,
        API_CLIENT.c.revision == revision.correlate(WEBHOOK).scalar_subquery(),
    )
    wanted = connection.execute(
        select(WEBHOOK.c.id, WEBHOOK.c.events)
        .join(API_CLIENT, theirs)
        .where(API_CLIENT.c.siret == siret, API_CLIENT.c.state == "ACTIVE")
        .where(WEBHOOK.c.state == HookState.ACTIVE)
        .order_by(WEBHOOK.c.id)
    ).all()
    told = [row.id for row in wanted if event.value in row.events.split()]
    for webhook in told:
        write_post(connection, webhook, event.value, subject, at)
    return len(told)


def announce_release(connection: Connection, release: str, event: Event, at: datetime) -> int:
    """Tell the recipient that the habilitation of a release names."""
    version = HABILITATION_VERSION.c
    content = connection.scalar(
        select(version.content)
        .join(RELEASE, RELEASE.c.habilitation == version.habilitation)
        .where(RELEASE.c.id == release, RELEASE.c.habilitation_version == version.number)
    )
    if content is None:  # authorised by an earlier version, from a file: it had no client
        return 0
    siret = msgspec.json.decode(content)["organisation"]["siret"]
    return announce(connection, siret, event, release, at)


def write_post(connection: Connection, webhook: str, event: str, subject: str, at: datetime) -> str:
    """Write one post, due at once; give its id."""
    post = f"post-{secrets.token_hex(12)}"
    said: dict[str, Any] = {
        "id": post,
        "event": event,
        "subject": subject,
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if event == TEST:
        said["test"] = True
    connection.execute(
        insert(WEBHOOK_POST).values(
            id=post,
            webhook=webhook,
            event=event,
            subject=subject,
            body=msgspec.json.encode(said, order="sorted").decode(),
            made_at=at,
            attempts=0,
            next_at=at,
            state=PostState.WAITING,
        )
    )
    return post


def due(connection: Connection, now: datetime) -> Sequence[Post]:
    """What may be sent now, oldest first, to webhooks in service that are not left alone."""
    resting = (
        select(WEBHOOK_POST.c.webhook)
        .join(WEBHOOK, WEBHOOK.c.id == WEBHOOK_POST.c.webhook)
        .where(WEBHOOK.c.failures > 0, WEBHOOK_POST.c.state == PostState.WAITING)
        .where(WEBHOOK_POST.c.attempts > 0, WEBHOOK_POST.c.next_at > now)
    )
    found = connection.execute(
        _posts()
        .where(WEBHOOK.c.state == HookState.ACTIVE, WEBHOOK_POST.c.state == PostState.WAITING)
        .where(WEBHOOK_POST.c.next_at <= now)
        .where(WEBHOOK.c.id.not_in(resting))
        .order_by(WEBHOOK_POST.c.next_at, WEBHOOK_POST.c.id)
    ).all()
    kept: dict[str, list[Post]] = {}
    for row in found:
        kept.setdefault(row.webhook, []).append(_post(row))
    return [post for posts in kept.values() for post in posts[:AT_ONCE]]


def take(engine: Engine, now: datetime, *, only: str | None = None) -> Sequence[Post]:
    """What is due, taken by this gateway for as long as a round may last; `only`: this post, due or not."""
    with one_writer(engine) as connection:
        taken = due(connection, now) if only is None else _waiting(connection, only)
        connection.execute(
            update(WEBHOOK_POST)
            .where(WEBHOOK_POST.c.id.in_([post.id for post in taken]))
            .values(next_at=now + LEASE)
        )
        return taken


def _waiting(connection: Connection, post: str) -> Sequence[Post]:
    rows = connection.execute(
        _posts().where(WEBHOOK_POST.c.id == post, WEBHOOK_POST.c.state == PostState.WAITING)
    )
    return [_post(row) for row in rows]


def mark_heard(engine: Engine, post: Post, status: int, now: datetime) -> None:
    """Its receiver has it. Twice is once."""
    with one_writer(engine) as connection:
        connection.execute(
            update(WEBHOOK_POST)
            .where(WEBHOOK_POST.c.id == post.id, WEBHOOK_POST.c.state == PostState.WAITING)
            .values(
                state=PostState.HEARD,
                attempts=WEBHOOK_POST.c.attempts + 1,
                answered=status,
                ended_at=now,
                next_at=None,
            )
        )
        connection.execute(update(WEBHOOK).where(WEBHOOK.c.id == post.webhook).values(failures=0))


def mark_failed(engine: Engine, post: Post, status: int | None, now: datetime) -> bool:
    """It was not heard: it waits, or is given up. True when that stopped its webhook."""
    with one_writer(engine) as connection:
        attempts = post.attempts + 1
        over = attempts > len(WAITS)
        connection.execute(
            update(WEBHOOK_POST)
            .where(WEBHOOK_POST.c.id == post.id, WEBHOOK_POST.c.state == PostState.WAITING)
            .values(
                state=PostState.GIVEN_UP if over else PostState.WAITING,
                attempts=attempts,
                answered=status,
                ended_at=now if over else None,
                next_at=None if over else now + WAITS[attempts - 1],
            )
        )
        row = connection.execute(select(WEBHOOK).where(WEBHOOK.c.id == post.webhook)).one()
        failures = row.failures + 1
        stops = bool(failures >= MOST_FAILURES and row.state == HookState.ACTIVE)
        values = {"state": HookState.STOPPED, "since": now} if stops else {}
        connection.execute(
            update(WEBHOOK).where(WEBHOOK.c.id == post.webhook).values(failures=failures, **values)
        )
        if stops:
            facts = {"client": row.client, "what": "stopped", "failures": failures}
            append(connection, Entry(Act.WEBHOOK_CHANGED, now, row.id, facts=facts))
        return stops


def replay(engine: Engine, post: str, now: datetime) -> Post:
    """Send one again, under its own id. Raises `NotAuthorised`."""
    with one_writer(engine) as connection:
        row = connection.execute(_posts().where(WEBHOOK_POST.c.id == post)).first()
        if row is None:
            raise NotAuthorised(f"aucun envoi {post} : passerelle webhook list --envois les donne")
        if (
            connection.scalar(select(WEBHOOK.c.state).where(WEBHOOK.c.id == row.webhook))
            != "ACTIVE"
        ):
            raise NotAuthorised(
                f"le webhook {row.webhook} n'est pas en service : passerelle webhook test {row.webhook}"
            )
        connection.execute(
            update(WEBHOOK_POST)
            .where(WEBHOOK_POST.c.id == post)
            .values(state=PostState.WAITING, attempts=0, next_at=now, ended_at=None)
        )
        return _post(connection.execute(_posts().where(WEBHOOK_POST.c.id == post)).one())


def posts_of(connection: Connection, webhook: str, *, most: int = 100) -> Sequence[Post]:
    """What was told to a webhook, the last first."""
    rows = connection.execute(
        _posts()
        .where(WEBHOOK_POST.c.webhook == webhook)
        .order_by(WEBHOOK_POST.c.made_at.desc(), WEBHOOK_POST.c.id)
        .limit(most)
    )
    return [_post(row) for row in rows]


def forget_posts(engine: Engine, now: datetime) -> int:
    """Forget what ended long ago; give how many."""
    with one_writer(engine) as connection:
        gone = connection.execute(delete(WEBHOOK_POST).where(WEBHOOK_POST.c.ended_at < now - KEPT))
        return gone.rowcount


def _posts() -> Any:  # noqa: ANN401 - a select of many columns
    return select(WEBHOOK_POST, WEBHOOK.c.url).join(WEBHOOK, WEBHOOK.c.id == WEBHOOK_POST.c.webhook)


def _post(row: Row[Any]) -> Post:
    return Post(
        id=row.id,
        webhook=row.webhook,
        url=row.url,
        event=row.event,
        subject=row.subject,
        body=row.body,
        made_at=row.made_at,
        attempts=row.attempts,
        state=PostState(row.state),
        next_at=row.next_at,
        answered=row.answered,
        ended_at=row.ended_at,
    )
