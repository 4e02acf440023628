"""What a recipient answers to a delivery where places hold files: `NAME.ART.json`, `.ARL.json`, `.ARA.json`.

`NAME` is that of the first piece delivered. The same three levels as ours (received whole, readable,
integrated), of which only the level and the result are read; anything else is no answer, and is left
where it lies.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from connectors.contract import Milestone
from connectors.depot import is_component

ANSWER_LIMIT: Final = 64 << 10
LEVELS: Final = ("ART", "ARL", "ARA")
_MEANINGS: Final[Mapping[tuple[str, str], Milestone]] = {
    ("ART", ""): Milestone.RECEIVED,
    ("ART", "POSITIF"): Milestone.RECEIVED,
    ("ARL", "POSITIF"): Milestone.READABLE,
    ("ARL", "NEGATIF"): Milestone.UNREADABLE,
    ("ARA", "POSITIF"): Milestone.INTEGRATED,
    ("ARA", "DOUBLON"): Milestone.INTEGRATED,
    ("ARA", "NEGATIF"): Milestone.REFUSED,
}
_Short = Annotated[str, Meta(max_length=16)]


class _Said(msgspec.Struct, frozen=True):
    niveau: _Short
    resultat: _Short = ""


def answer_names(expected: Sequence[str]) -> Mapping[bytes, tuple[str, str]]:
    """Names under which these deliveries may be answered: each with its delivery and its level."""
    return {
        f"{prepared}.{level}.json".encode(): (prepared, level)
        for prepared in expected
        if is_component(prepared.encode())
        for level in LEVELS
    }


def meaning_of(content: bytes, level: str) -> Milestone | None:
    """What an answer of this level says; None when it is no answer."""
    if len(content) > ANSWER_LIMIT:
        return None
    try:
        said = msgspec.json.decode(content, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return _MEANINGS.get((said.niveau, said.resultat)) if said.niveau == level else None


def said_at(at: datetime | None, level: str) -> datetime | None:
    """When it was said. Places date by the second: within one, the level tells which came later."""
    return None if at is None else at + timedelta(microseconds=LEVELS.index(level))
