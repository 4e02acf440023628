"""Telling the sender: look at the delivery, say what is owed, and look again before anything else.

1. Every word is posted after a fresh look, and once: a word that failed may have been taken, so the
   hub is read again before it is said again. After a timeout the hub may still be at work: nothing
   more is said in this call.
2. Nothing is said while a file that waits on this delivery was not acknowledged: see `statuses`.
"""

from collections.abc import Sequence

from connectors.contract import Snag
from connectors.errors import Unreachable
from connectors.hubee.answers import TimedOut
from connectors.hubee.exchange import Exchange
from connectors.hubee.hub import HubConsumer, HubDelivery, HubFile, State
from connectors.hubee.patience import asks_too_long, pause
from connectors.hubee.settings import Generation, HubeeSettings
from connectors.hubee.statuses import FINAL, mark_of, owed, taken_back, wanted
from connectors.hubee.waiting import brought, deposits_of

_OVER = frozenset(FINAL.values())


class Reports:
    """Says what exchanges have to say."""

    def __init__(self, hub: HubConsumer, settings: HubeeSettings) -> None:
        self._hub, self._settings = hub, settings
        self._by_patch = settings.status_generation is Generation.PATCH_AND_EVENT

    async def look(self, exchange: Exchange) -> HubDelivery:
        """The delivery as it stands now."""
        return await self._hub.load(exchange.delivery, deposits_of(exchange.items))

    def waiting(self, exchange: Exchange, delivery: HubDelivery) -> Sequence[HubFile] | Snag:
        """The files this exchange is about."""
        return brought(delivery, exchange.items, self._settings)

    async def tell(self, exchange: Exchange) -> HubDelivery:
        """Say what is owed; the exchange is over when the final state was said, then or before."""
        failures, posted = list[Unreachable](), set[State]()
        while True:
            delivery = await self.look(exchange)
            exchange.said -= taken_back(delivery)
            following = self._next(exchange, delivery)
            if following is None or following[0] in posted:
                return delivery
            if self._gives_up(failures):
                raise failures[-1]
            state, message = following
            mark = mark_of(delivery.id, exchange.items[0], state)
            try:
                await self._hub.report(delivery, state, message, mark)
            except TimedOut:
                raise
            except Unreachable as error:
                failures.append(error)
                if not self._gives_up(failures):
                    await pause(self._settings.first_wait, len(failures) - 1, error)
            else:
                exchange.said.add(state)
                posted.add(state)

    def _gives_up(self, failures: Sequence[Unreachable]) -> bool:
        if not failures:
            return False
        return len(failures) >= self._settings.attempts or asks_too_long(failures[-1])

    def _next(self, exchange: Exchange, delivery: HubDelivery) -> tuple[State, str] | None:
        files = self.waiting(exchange, delivery)
        if isinstance(files, Snag):
            return None
        saying = list(wanted(files, exchange.heard))
        left = owed(delivery, exchange.items, saying, by_patch=self._by_patch)
        for state, message in left:
            if state not in exchange.said:
                return state, message
        exchange.over = bool(saying) and saying[-1][0] in _OVER
        return None
