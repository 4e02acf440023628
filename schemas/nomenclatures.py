"""Lists of codes with their French labels, one JSON file each, shared by the contracts that name them.

`nomenclatures/<name>.json`: `title`, `source`, `closed` (a code outside a closed list refuses its row;
an open list only gives labels) and `codes`, each a label. A code may carry more than a label: `groups`
names sets of codes that rules and derivations use (the exits that are no break, for example).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from schemas.slips import ContractError, known

_WORDS = {"name", "title", "description", "source", "closed", "codes", "groups"}


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """One list of codes."""

    name: str
    title: str
    source: str
    is_closed: bool
    labels: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]


@cache
def nomenclature(name: str) -> Nomenclature:
    """Read the list of that name. Raises `ContractError`."""
    place = resources.files("schemas") / "nomenclatures" / f"{name}.json"
    try:
        held = known(json.loads(place.read_text(encoding="utf-8")), _WORDS)
        found = Nomenclature(
            name=held["name"],
            title=held["title"],
            source=held["source"],
            is_closed=held["closed"] is True,
            labels=held["codes"],
            groups={group: tuple(codes) for group, codes in held.get("groups", {}).items()},
        )
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise ContractError(f"no list of codes, or badly written: {name}") from error
    if found.name != name:
        raise ContractError(f"the list of codes {name} has another name inside")
    return found


def nomenclatures() -> tuple[Nomenclature, ...]:
    """Give every list held, by name."""
    folder = resources.files("schemas") / "nomenclatures"
    names = sorted(each.name.removesuffix(".json") for each in folder.iterdir())
    return tuple(nomenclature(name) for name in names if not name.startswith("__"))
