"""The `Source` of one démarche at HubEE, in neutral words: no version of the hub is known here.

1. Listing changes nothing. An arrival is one file of a wanted type; its key is ``case/attachment``,
   ``case/event/attachment`` for a deposit. One that the hub will never give is offered as withheld.
2. One delivery that cannot be read or offered whole is parked, shown by `stuck`, and hides no other.
   One whose answer the hub refuses is shown too, and stays offered: its answer is still owed.
3. Words are said per delivery, once every file that waits on it was acknowledged: see `statuses`.
4. An item leaves the queue last, as its last file is settled once the final word was said: whoever
   acknowledged has had the time to write it down. Until then all is in memory only: after a restart a
   file already acknowledged is listed, and acknowledged, again.
5. `tidy` clears the items that bring no file.
"""

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType

from connectors.contract import Arrival, Notice, Sink, Snag, Stuck
from connectors.errors import ConnectorError, Denied, Missing, Unreachable, Withheld
from connectors.hubee.answers import NotOurs, Rejected
from connectors.hubee.download import download
from connectors.hubee.echoes import TOLD, not_understood, settle_words
from connectors.hubee.exchange import Exchange
from connectors.hubee.hub import Batch, HubConsumer, HubDelivery, HubFile, Item, Saying
from connectors.hubee.patience import abreast
from connectors.hubee.reports import Reports
from connectors.hubee.settings import HubeeSettings
from connectors.hubee.statuses import snag_of
from connectors.hubee.versions import consumer
from connectors.hubee.waiting import (
    LONG_AGO,
    WITHHELD,
    arrival_of,
    brought,
    by_delivery,
    deposits_of,
    file_of,
    items_of,
    key_of,
    lost_on,
)

log = logging.getLogger(__name__)

FAILURES = 3
QUEUE = "notifications"


class HubeeSource:
    """One active source per credential: two would see, and tell, the same things."""

    def __init__(self, settings: HubeeSettings, hub: HubConsumer | None = None) -> None:
        self._settings = settings
        self._hub = hub or consumer(settings)
        self._reports = Reports(self._hub, settings)
        self._one_at_a_time = asyncio.Lock()
        self._exchanges: dict[str, Exchange] = {}
        self._listed: dict[str, Stuck] = {}
        self._told: dict[str, Stuck] = {}
        self._refused: dict[str, Stuck] = {}
        self._words = 0

    def __repr__(self) -> str:
        return f"HubeeSource({self._settings.alias!r})"

    async def __aenter__(self) -> "HubeeSource":
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The source may be used again: it opens new ones."""
        await self._hub.close()

    @property
    def account(self) -> str:
        """See `Exclusive`."""
        return self._settings.account

    def stuck(self) -> Sequence[Stuck]:
        """See `Watchful`."""
        parked = {**self._told, **self._listed, **self._refused}
        return sorted(parked.values(), key=lambda s: (s.since or LONG_AGO, s.what))

    def echoes(self) -> int:
        """How many items that bring no file the last look found."""
        return self._words

    async def arrivals(self) -> Sequence[Arrival]:
        """What is waiting, oldest first."""
        batch = await self._hub.poll()
        self._words = sum(item.saying in TOLD for item in batch.items)
        waiting = by_delivery(batch.items)
        answers = await abreast(self._load, list(waiting.values()))
        found: list[Arrival] = []
        parked = self._not_understood(batch)
        for (delivery, items), answer in zip(waiting.items(), answers, strict=True):
            if isinstance(answer, HubDelivery):
                listed = self._offered(answer, items)
            else:
                listed = _parked(delivery, items, answer)
            if isinstance(listed, Stuck):
                parked.append(listed)
            else:
                found += listed
        self._keep(waiting, parked)
        _check_some_answered(answers)
        return found

    async def _load(self, items: Sequence[Item]) -> HubDelivery:
        return await self._hub.load(items[0].delivery, deposits_of(items))

    def _not_understood(self, batch: Batch) -> list[Stuck]:
        if batch.foreign:
            log.warning("%s: items of another démarche are left alone", self._settings.alias)
        unreadable = [Stuck(QUEUE, Snag.UNREADABLE)] if batch.unreadable else []
        return unreadable + not_understood(batch.items)

    def _offered(self, delivery: HubDelivery, items: tuple[Item, ...]) -> list[Arrival] | Stuck:
        known = self._exchanges.get(delivery.id)
        exchange = known.waits_with(items) if known else Exchange(delivery.id, items)
        self._exchanges[delivery.id] = exchange
        files = brought(delivery, items, self._settings)
        if isinstance(files, Snag):
            lost = (day for f in delivery.files if (day := lost_on(f, self._settings)))
            return Stuck(delivery.id, files, items[0].at, min(lost, default=None))
        left = [file for file in files if file.key not in exchange.settled]
        # All answered, settled and still in the queue: our last word or gesture failed, and is owed.
        offered = left or (files if exchange.is_answered(files) else [])
        return [arrival_of(delivery, file, items, self._settings) for file in offered]

    def _keep(self, waiting: dict[str, tuple[Item, ...]], parked: Sequence[Stuck]) -> None:
        for stuck in parked:
            if stuck.what not in self._listed:
                log.warning("%s: %s is parked: %s", self._settings.alias, stuck.what, stuck.snag)
        self._listed = {stuck.what: stuck for stuck in parked}
        self._exchanges = {d: e for d, e in self._exchanges.items() if d in waiting}
        self._refused = {d: s for d, s in self._refused.items() if d in waiting}

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        """Copy the bytes, verified."""
        delivery, file = arrival.reference["case"], file_of(arrival)
        if arrival.withheld:
            raise Withheld(f"{self._settings.alias}: the hub keeps this file", arrival.withheld)
        try:
            await download(self._hub, self._settings, delivery, file, into=into, limit=limit)
        except Missing:
            await self._check_not_withheld(delivery, file)
            raise

    async def _check_not_withheld(self, delivery: str, file: HubFile) -> None:
        now = await self._hub.load(delivery, [file.event] if file.event else [])
        for seen in now.files:
            if seen.key == file.key and seen.state in WITHHELD:
                why = WITHHELD[seen.state]
                raise Withheld(f"{self._settings.alias}: the hub keeps this file", why)

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        """Tell the sender, once the whole delivery can be told of: then every file of it is told."""
        async with self._one_at_a_time:
            exchange = self._exchange(arrival)
            exchange.hear(file_of(arrival).key, notices)
            try:
                delivery = await self._reports.tell(exchange)
            except Missing:
                raise Denied(f"{self._settings.alias}: the case to answer is gone") from None
            except (NotOurs, Rejected):
                stuck = Stuck(exchange.delivery, Snag.REFUSED, arrival.seen_at, arrival.lost_on)
                self._refused[exchange.delivery] = stuck
                raise
            self._refused.pop(exchange.delivery, None)
            files = self._reports.waiting(exchange, delivery)
            if isinstance(files, Snag) or not exchange.over:
                return []
            return [key_of(delivery, file) for file in files]

    async def settle(self, arrival: Arrival) -> None:
        """We hold this file; with the last one of its delivery, once told, its items are deleted."""
        async with self._one_at_a_time:
            exchange = self._exchange(arrival)
            try:
                delivery = await self._reports.look(exchange)
            except Missing:
                return
            exchange.settled.add(file_of(arrival).key)
            await self._finish(exchange, delivery)

    def _exchange(self, arrival: Arrival) -> Exchange:
        delivery = arrival.reference["case"]
        fresh = Exchange(delivery, items_of(arrival))
        return self._exchanges.setdefault(delivery, fresh)

    async def _finish(self, exchange: Exchange, delivery: HubDelivery) -> None:
        files = self._reports.waiting(exchange, delivery)
        if isinstance(files, Snag) or not exchange.over:
            return
        if any(file.key not in exchange.settled for file in files):
            return
        for event in {*deposits_of(exchange.items), *delivery.unread}:
            await self._hub.read(Item("", Saying.DEPOSIT, delivery.id, event))
        for item in exchange.items:
            await self._hub.clear(item.id)
        self._exchanges.pop(exchange.delivery, None)

    async def tidy(self) -> int:
        """Clear the items that bring no file, and say how many were."""
        batch = await self._hub.poll()
        cleared, stuck = await settle_words(self._hub, batch.items)
        self._told = {s.what: s for s in stuck}
        return cleared


def _parked(delivery: str, items: Sequence[Item], error: ConnectorError) -> Stuck:
    snag = snag_of(error)
    if snag is None:
        raise error
    return Stuck(delivery, snag, items[0].at)


def _check_some_answered(answers: Sequence[HubDelivery | ConnectorError]) -> None:
    """A hub that fails on everything is down, whatever it says of its queue."""
    failures = [a for a in answers if isinstance(a, Unreachable) and snag_of(a) is Snag.SILENT]
    if len(failures) >= FAILURES and len(failures) == len(answers):
        raise failures[0]
