"""One version of one flow as it is published: its contract, its bytes, its date, its neighbours."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.contract import Contract
from schemas.pages.markup import HOME
from schemas.registry import Registry

_ENTRY = re.compile(r"^## ([0-9.]+) \((.+)\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Edition:
    """`versions`: those held of the flow, newest last. `since`: the day of this one, in French."""

    contract: Contract
    text: str
    versions: tuple[str, ...]
    since: str
    contact: str

    @property
    def home(self) -> str:
        """The path of its flow."""
        return f"{HOME}/{self.contract.flow}"


def editions(registry: Registry, flow: str) -> tuple[Edition, ...]:
    """Every version of a flow, newest last."""
    days = _days(registry.changelog(flow))
    return tuple(
        Edition(
            contract=registry.contract(flow, version),
            text=registry.published(flow, version),
            versions=registry.held[flow],
            since=days[version],
            contact=json.loads(registry.published(flow, version))["contact"],
        )
        for version in registry.held[flow]
    )


def _days(changelog: str) -> Mapping[str, str]:
    return dict(_ENTRY.findall(changelog))
