"""What was delivered and not collected is taken back, once its habilitation does not stand any more.

1. Begun in the database, removed at the place, then ended with its entry. Killed in between, the next look
   does the rest and ends the same; it then says that an earlier one was cut, and never that what is gone
   was collected.
2. Only what stands there as we left it is removed: what is gone, its recipient collected.
3. HubEE hands over what it was told: there nothing can be taken back, and an urgent alert says so once.
4. A place that does not answer is asked again at each look, and holds up no other.
5. A look is cheap while nothing was decided, approved or delivered since the last.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from connectors.contract import Outlet, Retractable
from connectors.errors import ConnectorError
from gateway.errors import NotAuthorised, Unavailable
from gateway.ledger.entry import GATEWAY, Act, Entry
from gateway.passage.stopping import DPO, pieces_left
from gateway.store.alerts import Alert, Level, close_alert, raise_alert
from gateway.store.withdrawals import (
    Left,
    begin_withdrawal,
    mark_withdrawn,
    standing_mark,
    to_take_back,
)

log = logging.getLogger(__name__)

HANDED_OVER = "release-handed-over"


@dataclass(slots=True)
class Withdrawing:
    """Takes back what must be, at the places of `outlets` (by alias of partner)."""

    engine: Engine
    outlets: Mapping[str, Outlet]
    _mark: tuple[object, ...] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> int:
        """Take back what closed since the last look; say how many ended. Nothing changed: nothing is done."""
        async with self._turn:
            today = datetime.now(UTC).date()
            mark = await asyncio.to_thread(self._marked, today)
            if mark == self._mark:
                return 0
            waiting = await asyncio.to_thread(self._waiting, today)
            ended = [await self._kindly(left) for left in waiting]
            # What did not end is for the next look: a place may have been silent.
            self._mark = mark if all(ended) else None
            return sum(ended)

    async def _kindly(self, left: Left) -> bool:
        outlet = self.outlets.get(left.recipient)
        if outlet is None or not isinstance(outlet, Retractable):
            await asyncio.to_thread(raise_alert, self.engine, _handed_over(left), once=True)
            return True
        try:
            await withdraw(self.engine, outlet, left)
        except ConnectorError as error:
            log.warning("%s: %s cannot be taken back yet", left.recipient, type(error).__name__)
            return False
        except NotAuthorised:  # collected or answered meanwhile
            return True
        return True

    def _marked(self, on: date) -> tuple[object, ...]:
        with self.engine.begin() as connection:
            return standing_mark(connection, on)

    def _waiting(self, on: date) -> Sequence[Left]:
        with self.engine.begin() as connection:
            return to_take_back(connection, on)


async def withdraw_one(
    engine: Engine, outlet: Outlet, left: Left, *, by: str, motive: str
) -> Sequence[str]:
    """Take one back by decision; give the files removed. Raises `NotAuthorised`, `Unavailable`."""
    if not isinstance(outlet, Retractable):
        raise NotAuthorised(
            f"{left.id} a été remise par HubEE, qui l'a déjà donnée : demandez à {left.recipient} de l'effacer"
        )
    try:
        return await withdraw(engine, outlet, left, by=by, motive=motive)
    except ConnectorError:
        raise Unavailable(
            f"le lieu de {left.recipient} ne répond pas : la reprise est commencée, serve la finira"
        ) from None


async def withdraw(
    engine: Engine, outlet: Retractable, left: Left, *, by: str = GATEWAY, motive: str = ""
) -> Sequence[str]:
    """Begin, remove, end; give the files removed. Raises `NotAuthorised`, and what a connector raises."""
    first = await asyncio.to_thread(begin_withdrawal, engine, left.id, motive=motive)
    pieces = pieces_left(left.name, left.sealed, left.sealed_size, left.manifest)
    removed = await outlet.retract(pieces)
    facts: dict[str, str | int] = {
        "recipient": left.recipient,
        "habilitation": left.habilitation,
        "why": left.why,
        "removed": len(removed),
        "gone": len(pieces) - len(removed),
        "file": "removed" if pieces[0].name in removed else "gone",
        "attempts_cut": int(not first),
    }
    entry = Entry(Act.RELEASE_WITHDRAWN, datetime.now(UTC), left.id, actor=by, facts=facts)
    collected = first and pieces[0].name not in removed
    await asyncio.to_thread(mark_withdrawn, engine, left.id, entry, collected=collected)
    await asyncio.to_thread(close_alert, engine, f"answer:{left.id}")
    return removed


def _handed_over(left: Left) -> Alert:
    sentence = (
        f"{DPO} : l'habilitation {left.habilitation} ne vaut plus et {left.id} avait été remise à {left.recipient} par "
        "un lieu où rien ne se reprend (HubEE, ou partenaire retiré des réglages) : demandez-lui de l'effacer et de vous l'écrire"
    )
    return Alert(f"{HANDED_OVER}:{left.id}", HANDED_OVER, left.recipient, sentence, Level.URGENT)
