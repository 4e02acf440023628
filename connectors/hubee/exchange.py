"""What is under way on one delivery, in memory only: after a restart it is told to us again.

States and deletions are per delivery and our gateway works per file: here its words are gathered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.contract import Milestone, Notice
from connectors.hubee.hub import HubFile, Item, State
from connectors.hubee.statuses import verdict


@dataclass(slots=True)
class Exchange:
    """`heard` and `settled` are per file (`HubFile.key`); `said` is what we posted and the hub took."""

    delivery: str
    items: tuple[Item, ...]
    heard: dict[str, dict[Milestone, Notice]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    said: set[State] = field(default_factory=set)
    over: bool = False

    def hear(self, file: str, notices: Sequence[Notice]) -> None:
        """Keep what the gateway says of one file: the whole of it, each time."""
        self.heard[file] = {notice.milestone: notice for notice in notices}
        self.over = False

    def is_answered(self, files: Sequence[HubFile]) -> bool:
        """Whether the gateway gave its final word on each of these files."""
        return all(verdict(self.heard.get(file.key, {})) for file in files)

    def waits_with(self, items: tuple[Item, ...]) -> "Exchange":
        """This exchange as the queue shows it now.

        With more items the files are all offered again: what was said may have to be said anew. With
        none in common it is another exchange on the same delivery.
        """
        before, now = {item.id for item in self.items}, {item.id for item in items}
        if not before & now:
            return Exchange(self.delivery, items)
        if now - before:
            self.settled.clear()
            self.said.clear()
            self.over = False
        self.items = items
        return self
