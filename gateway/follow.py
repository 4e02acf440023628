"""What recipients answer to our releases, written down and then let go.

1. Written first, in one unit of work with its ledger entry; only then told to the place, which may
   forget it. Killed in between, the place gives it again and nothing is written twice.
2. Only answers to releases delivered from here are asked for: the rest of a place is not ours to touch.
3. A place that does not answer, or an answer it will not let go, hides no other: the next round asks
   again.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine

from connectors.contract import Answer, Answered, Outlet
from connectors.errors import ConnectorError, Unreachable
from gateway.ledger.entry import Act, Entry
from gateway.store.answers import Word, awaited, mark_answered

log = logging.getLogger(__name__)


async def follow(engine: Engine, outlets: Mapping[str, Outlet]) -> int:
    """Take what recipients said since the last time, by alias; say how many words were new."""
    told = 0
    for recipient, outlet in outlets.items():
        if isinstance(outlet, Answered):
            told += await _follow(engine, recipient, outlet)
    return told


async def _follow(engine: Engine, recipient: str, outlet: Answered) -> int:
    releases = await asyncio.to_thread(_awaited, engine, recipient)
    told = 0
    try:
        for answer in await outlet.answers(list(releases)) if releases else ():
            release = releases[answer.prepared]
            told += await asyncio.to_thread(_written, engine, recipient, release, answer)
            await _let_go(recipient, outlet, answer)
    except ConnectorError as error:
        log.warning("%s tells no answer: %s", recipient, type(error).__name__)
    return told


async def _let_go(recipient: str, outlet: Answered, answer: Answer) -> None:
    try:
        await outlet.noted(answer)
    except Unreachable:
        raise
    except ConnectorError as error:
        log.warning("an answer of %s is not let go: %s", recipient, type(error).__name__)


def _awaited(engine: Engine, recipient: str) -> Mapping[str, str]:
    with engine.begin() as connection:
        return awaited(connection, recipient)


def _written(engine: Engine, recipient: str, release: str, answer: Answer) -> bool:
    facts = {"recipient": recipient, "answer": answer.milestone.value}
    if answer.said_at is not None:
        facts["said_at"] = answer.said_at.astimezone(UTC).isoformat(timespec="seconds")
    entry = Entry(Act.RELEASE_ANSWERED, datetime.now(UTC), release, facts=facts)
    return mark_answered(engine, release, Word(answer.milestone.value, answer.said_at), entry)
