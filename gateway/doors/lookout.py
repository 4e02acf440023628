"""The lookout: what waits at the partners' doors, and under which flow it enters.

1. A place that says what a file is (HubEE attachment type) is believed; elsewhere the name decides,
   by the pattern of the flow's contract, with or without an encryption suffix.
2. A name that follows no pattern enters under the partner's first flow, to be refused and answered;
   the name itself is written nowhere: it could hold anything.
3. Looking changes nothing. A place that does not answer hides no other.
"""

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connectors.contract import Arrival, Source
from connectors.errors import ConnectorError
from gateway.store.deliveries import Passport
from schemas.contract import Contract

log = logging.getLogger(__name__)

ENVELOPE = re.compile(r"\.(gpg|pgp|asc)$")
HIDDEN_NAME = "(nom non affiché)"
# A name is shown only if it cannot hold an identifier: plain characters, and no run of seven digits
# or more that is not a date (AAAAMMJJ) or what the agreed pattern calls for.
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,100}")
DATE = re.compile(r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)")
LONG_NUMBER = re.compile(r"\d{7}")


@dataclass(frozen=True, slots=True)
class Entrance:
    """One flow a partner may send, for one département."""

    flow: str
    departement: str
    contract: Contract


@dataclass(frozen=True, slots=True)
class Post:
    """One partner's place, and the flows that may come through it."""

    partner: str
    source: Source
    entrances: tuple[Entrance, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """An arrival with its passport, ready to be received."""

    key: str
    passport: Passport
    post: Post
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Silence:
    """A place that did not answer, and why (the kind of error only)."""

    partner: str
    why: str


async def look(posts: Sequence[Post]) -> tuple[list[Sighting], list[Silence]]:
    """What waits everywhere, oldest first per place, and the places that did not answer."""
    seen: list[Sighting] = []
    silent: list[Silence] = []
    for post in posts:
        try:
            waiting = await post.source.arrivals()
        except ConnectorError as error:
            log.warning("place of %s did not answer: %s", post.partner, type(error).__name__)
            silent.append(Silence(post.partner, type(error).__name__))
            continue
        seen += [
            Sighting(arrival.key, passport(post, arrival), post, arrival) for arrival in waiting
        ]
    return seen, silent


def passport(post: Post, arrival: Arrival) -> Passport:
    """Who sends what, read from the place and the name; the bytes are not opened yet."""
    bare = ENVELOPE.sub("", arrival.name)
    entrance, stated = _entrance(post, bare)
    stamp = "\x1f".join((post.partner, entrance.flow, arrival.key))
    return Passport(
        delivery=f"{entrance.flow}-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}",
        flow=entrance.flow,
        partner=post.partner,
        departement=entrance.departement,
        name=bare if stated or _is_harmless(bare) else HIDDEN_NAME,
        reference_date=_reference(stated or {}, arrival.seen_at),
        stated_departement=(stated or {}).get("departement", ""),
        is_well_named=stated is not None and _is_dated(stated),
        sent_at=arrival.seen_at,
    )


def _entrance(post: Post, name: str) -> tuple[Entrance, Mapping[str, str] | None]:
    """The flow a name belongs to, and what it states ({} where no pattern is agreed)."""
    for entrance in post.entrances:
        stated = entrance.contract.parse_name(name)
        if stated is not None:
            return entrance, stated
    return post.entrances[0], None


def _is_harmless(name: str) -> bool:
    return PLAIN.fullmatch(name) is not None and not LONG_NUMBER.search(DATE.sub("", name))


def _is_dated(stated: Mapping[str, str]) -> bool:
    return "date_reference" not in stated or _reference(stated, None) is not None


def _reference(named: Mapping[str, str], seen_at: datetime | None) -> date | None:
    text = named.get("date_reference")
    if text is not None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    return seen_at.date() if seen_at else None
