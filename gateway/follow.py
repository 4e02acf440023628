"""What recipients answer to our releases, written down and then let go.

1. Written first, in one unit of work with its ledger entry; only then told to the place, which may
   forget it. Killed in between, the place gives it again and nothing is written twice.
2. Only answers to releases delivered from here are asked for: the rest of a place is not ours to touch.
3. A place that does not answer, or an answer it will not let go, hides no other: the next round asks
   again.
4. What stays unanswered past a partner's hours, or is refused, is an alert: the first is over when an
   answer comes, the second when a better one does, or when somebody closes it.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from connectors.contract import Answer, Answered, Milestone, Outlet
from connectors.errors import ConnectorError, Unreachable
from gateway.ledger.entry import Act, Entry
from gateway.store.alerts import (
    Alert,
    Level,
    close_alert,
    every_alert,
    open_alerts,
    raise_alert,
)
from gateway.store.answers import Delivered, Word, awaited, delivered_to, mark_answered

log = logging.getLogger(__name__)

LATE, NEGATIVE = "answer-late", "answer-negative"
REFUSING: Final = {Milestone.REFUSED.value: "refusée", Milestone.UNREADABLE.value: "illisible"}


async def follow(engine: Engine, outlets: Mapping[str, Outlet]) -> int:
    """Take what recipients said since the last time, by alias; say how many words were new."""
    told = 0
    for recipient, outlet in outlets.items():
        if isinstance(outlet, Answered):
            told += await _follow(engine, recipient, outlet)
    return told


async def alert_answers(
    engine: Engine,
    outlets: Mapping[str, Outlet],
    hours: Mapping[str, int],
    *,
    now: datetime | None = None,
) -> None:
    """Raise and close the alerts on what was delivered. `hours`: by alias, before silence is one."""
    at = now or datetime.now(UTC)
    for recipient, outlet in outlets.items():
        if isinstance(outlet, Answered):
            patience = timedelta(hours=hours[recipient])
            await asyncio.to_thread(_alert, engine, recipient, patience, at)


def _alert(engine: Engine, recipient: str, patience: timedelta, at: datetime) -> None:
    with engine.begin() as connection:
        delivered = delivered_to(connection, recipient)
        raised = {one.alert.key for one in every_alert(connection, kind=NEGATIVE)}
        lasting = {one.alert.key for one in open_alerts(connection)}
    for one in delivered:
        late, negative = f"answer:{one.release}", f"{NEGATIVE}:{one.release}"
        if not one.answer and at - one.delivered_at > patience:
            raise_alert(engine, _late(late, recipient, one), now=at)
        elif one.answer and late in lasting:
            close_alert(engine, late, now=at)
        if one.answer in REFUSING and negative not in raised:
            raise_alert(engine, _negative(negative, recipient, one), now=at)
        elif one.answer not in REFUSING and negative in lasting:
            close_alert(engine, negative, now=at)


def _late(key: str, recipient: str, one: Delivered) -> Alert:
    sentence = (
        f"{one.release} : remise à {recipient} le {one.delivered_at:%d/%m/%Y à %H:%M} (UTC), sans réponse ; "
        "demandez-lui s'il l'a reçue"
    )
    return Alert(key, LATE, recipient, sentence)


def _negative(key: str, recipient: str, one: Delivered) -> Alert:
    sentence = (
        f"{one.release} : {recipient} répond qu'elle est {REFUSING[one.answer]} ; "
        "demandez-lui pourquoi, puis corrigez et publiez de nouveau"
    )
    return Alert(key, NEGATIVE, recipient, sentence, Level.URGENT)


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
