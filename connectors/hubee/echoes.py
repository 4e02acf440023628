"""Items that bring no file: our own words the other side read, and what the other side says.

1. An echo of ours is taken out of the queue.
2. A word of the other side is marked read, then taken out: in this order, or nobody would know.
3. What brings files is not touched here. What nobody understands is left: acknowledging what nobody
   read is losing it.
"""

from collections.abc import Iterable

from connectors.contract import Snag, Stuck
from connectors.errors import ConnectorError
from connectors.hubee.hub import HubConsumer, Item, Saying
from connectors.hubee.patience import abreast
from connectors.hubee.statuses import snag_of
from connectors.hubee.waiting import age

TOLD = frozenset({Saying.WORD, Saying.ECHO})


def not_understood(items: Iterable[Item]) -> list[Stuck]:
    """The items whose meaning nobody knows."""
    return [
        Stuck(item.id, item.snag or Snag.UNKNOWN_ACTION, item.at)
        for item in items
        if item.saying is Saying.UNKNOWN
    ]


async def settle_words(hub: HubConsumer, items: Iterable[Item]) -> tuple[int, list[Stuck]]:
    """Clear what was only told; say how much was, and what could not be."""

    async def settle(item: Item) -> None:
        if item.saying is Saying.WORD:
            await hub.read(item)
        await hub.clear(item.id)

    told = sorted((item for item in items if item.saying in TOLD), key=age)
    stuck: list[Stuck] = []
    for item, answer in zip(told, await abreast(settle, told), strict=True):
        if isinstance(answer, ConnectorError):
            snag = snag_of(answer)
            if snag is None:
                raise answer
            stuck.append(Stuck(item.id, snag, item.at))
    return len(told) - len(stuck), stuck
