"""Sending what is due: each webhook in its own turn, all at once, one post after the other.

1. At least once, in no promised order: killed between the answer and its mark, a post is sent again, with
   the same id. Only 200, 201, 202 and 204 say that it was heard.
2. After a failure the other posts of that webhook are left for later: one that is down is not hammered.
3. The log says ids and statuses; no address, no body, no secret.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from gateway.store.registrations import SecretOf, say_stopped
from gateway.store.webhooks import Post, due, mark_failed, mark_heard, take
from gateway.webhooks.signing import signature
from gateway.webhooks.wire import HEARD, open_session, post

if TYPE_CHECKING:
    from aiohttp import ClientSession

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round did."""

    heard: int = 0
    failed: int = 0
    stopped: int = 0


async def post_due(
    engine: Engine, secret_of: SecretOf, *, to_private: bool = False, only: str | None = None
) -> Sent:
    """One round, or one post; nothing is opened when nothing is due. Raises `Misconfigured` without a key."""
    if only is None and not await asyncio.to_thread(_is_due, engine):
        return Sent()
    async with open_session(to_private=to_private) as session:
        return await send_due(engine, secret_of, session, only=only)


async def send_due(
    engine: Engine,
    secret_of: SecretOf,
    session: "ClientSession",
    *,
    now: datetime | None = None,
    only: str | None = None,
) -> Sent:
    """Send what is due at `now`. Raises `Misconfigured` without a key."""
    waiting: defaultdict[str, list[Post]] = defaultdict(list)
    for one in await asyncio.to_thread(partial(take, only=only), engine, now or datetime.now(UTC)):
        waiting[one.webhook].append(one)
    turns = [_Turn(engine, secret_of, session, now) for _ in waiting]
    done = await asyncio.gather(
        *(turn.through(posts) for turn, posts in zip(turns, waiting.values(), strict=True))
    )
    stopped = sum(one.stopped for one in done)
    if stopped:
        await asyncio.to_thread(say_stopped, engine, now=now)
    return Sent(sum(one.heard for one in done), sum(one.failed for one in done), stopped)


def _is_due(engine: Engine) -> bool:
    with engine.begin() as connection:
        return bool(due(connection, datetime.now(UTC)))


@dataclass(frozen=True, slots=True)
class _Turn:
    """The posts of one webhook."""

    engine: Engine
    secret_of: SecretOf
    session: "ClientSession"
    now: datetime | None

    async def through(self, posts: Sequence[Post]) -> Sent:
        heard = 0
        for one in posts:
            body = one.body.encode()
            status = await post(self.session, one.url, body, dict(self._headers(one, body)))
            at = self.now or datetime.now(UTC)
            if status not in HEARD:
                stops = await asyncio.to_thread(mark_failed, self.engine, one, status, at)
                log.warning("webhook %s: post %s not heard (%s)", one.webhook, one.id, status)
                return Sent(heard, 1, int(stops))
            await asyncio.to_thread(mark_heard, self.engine, one, status or 0, at)
            heard += 1
        return Sent(heard)

    def _headers(self, one: Post, body: bytes) -> Mapping[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "passerelle-webhooks/1",
            "Passerelle-Event": one.event,
            "Passerelle-Delivery": one.id,
            "X-Hub-Signature-256": signature(self.secret_of(one.webhook), body),
        }
