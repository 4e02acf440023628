"""The lookout: what waits at the partners' doors, and under which flow it enters.

1. What the place itself says of a file (HubEE's type) decides, where the settings map it to a flow:
   its name is then only a name.
2. Else the name decides, by the pattern of a flow's contract, with or without an encryption suffix; of
   several départements, the one it states. What follows no pattern enters by a flow that has none
   (Pôle emploi: the place lists only what was asked for), whatever its name.
3. Where every flow has a pattern, another name enters by the first, to be refused and answered.
4. A name outside a pattern could hold anything, a person's name first: it is written nowhere unless
   it is made of the words and dates that such names are made of.
5. A name that starts with TEST_ asks for an echo: read, checked, answered, and nothing more.
6. Looking changes nothing. A place that does not answer hides no other.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from connectors.contract import Arrival, Source
from connectors.errors import ConnectorError, HostKeyChanged, Unreachable
from gateway.delivery import ENVELOPE, TEST
from gateway.errors import Unavailable
from gateway.store.deliveries import Passport
from schemas.contract import Contract

log = logging.getLogger(__name__)

# Seconds a place may take to list what waits: one that hangs must not hold the others.
PATIENCE = 90.0

UNKNOWN_NAME = "(nom hors convention)"
UNSHOWN_NAME = "(nom non affiché)"
# Where no pattern is agreed, a name is shown if it is made of these, of one date and of few figures:
# neither a surname nor a file number is among them.
WORDS = {
    "cnaf", "caf", "msa", "alloc", "allocataire", "allocataires", "coordonnees", "contact", "contacts",
    "brsa", "rsa", "beneficiaire", "beneficiaires", "liste", "inscrits", "cessations", "radiations",
    "pe", "pecg", "cd", "parcours", "fichier", "mensuel", "test", "corrige", "complet", "defauts",
    "rsabem", "rsabei", "msabem", "msabei", "rsabai", "rsabam", "rsabax", "irsacg",
    "total", "faux", "bis", "vide", "altere", "tronque", "encodage", "doctype", "envoi", "reprise", "v", "xml", "csv", "txt", "zip",
}  # fmt: skip
DAY = "date_reference"  # what contracts call the day a name states
DATE, MOST_FIGURES, LONGEST_NAME = re.compile(r"20[0-9]{6}"), 4, 80


@dataclass(frozen=True, slots=True)
class Entrance:
    """One flow a partner may send, for one département."""

    flow: str
    departement: str
    contract: Contract


@dataclass(slots=True, eq=False)
class Memory:
    """The arrivals of one place as last listed. After a restart, one listing serves every walk."""

    arrivals: dict[str, Arrival] = field(default_factory=dict)
    listings: int = 0
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def renew(self, arrivals: Sequence[Arrival]) -> None:
        """Remember a listing instead of the last one."""
        self.arrivals = {arrival.key: arrival for arrival in arrivals}
        self.listings += 1

    async def recall(self, source: Source, key: str) -> Arrival | None:
        """The arrival of that key, its place asked if need be; None when listed no more.

        Whoever waited while another asked is served by that answer. Raises `Unavailable`.
        """
        known, asked = self.arrivals.get(key), self.listings
        if known is not None:
            return known
        async with self._one:
            if self.listings == asked:
                try:
                    self.renew(await source.arrivals())
                except Unreachable as error:
                    raise Unavailable("le partenaire ne répond pas") from error
        return self.arrivals.get(key)


@dataclass(frozen=True, slots=True)
class Post:
    """One place of a partner, and the flows that may come through it.

    `alias` names it (`cnaf/<démarche>`; by default the partner). `kinds`: type of file → flow.
    `account`: the credential that one poller at a time may use, empty when any number may.
    `seen`: what was seen last, by key: in memory only, for remote names are written nowhere.
    """

    partner: str
    source: Source
    entrances: tuple[Entrance, ...]
    alias: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    poll_minutes: int | None = None
    seen: Memory = field(default_factory=Memory)

    @property
    def name(self) -> str:
        """What logs, passports and people call it."""
        return self.alias or self.partner


@runtime_checkable
class Echoing(Protocol):
    """An optional ability of a source: counting the messages that bring no file."""

    def echoes(self) -> int:
        """How many waited at the last look."""
        ...


@dataclass(frozen=True, slots=True)
class Sighting:
    """An arrival with its passport, ready to be received."""

    key: str
    passport: Passport
    post: Post
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Silence:
    """A place that did not answer, and why (the kind of error only).

    `fingerprint`: of the key that another server shows in its place, empty otherwise.
    """

    partner: str
    why: str
    post: str = ""
    fingerprint: str = ""


async def look(
    posts: Sequence[Post], *, patience: float = PATIENCE
) -> tuple[list[Sighting], list[Silence]]:
    """What waits everywhere, oldest first per place, and the places that did not answer in time."""
    answers = await asyncio.gather(*(_ask(post, patience) for post in posts))
    seen = [
        Sighting(arrival.key, passport(post, arrival), post, arrival)
        for post, answer in zip(posts, answers, strict=True)
        if not isinstance(answer, Silence)
        for arrival in answer
    ]
    return seen, [answer for answer in answers if isinstance(answer, Silence)]


async def _ask(post: Post, patience: float) -> Sequence[Arrival] | Silence:
    try:
        async with asyncio.timeout(patience):
            return await post.source.arrivals()
    except (ConnectorError, TimeoutError) as error:
        log.warning("place of %s did not answer: %s", post.name, type(error).__name__)
        shown = error.fingerprint if isinstance(error, HostKeyChanged) else ""
        return Silence(post.partner, type(error).__name__, post.name, shown)


def passport(post: Post, arrival: Arrival) -> Passport:
    """Who sends what, read from the place and the name; the bytes are not opened yet."""
    whole = ENVELOPE.sub("", arrival.name)
    bare = whole.removeprefix(TEST)
    entrance, stated = _entrance(post, arrival.kind, bare)
    stamp = "\x1f".join((post.partner, entrance.flow, arrival.key))
    return Passport(
        delivery=f"{entrance.flow}-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}",
        flow=entrance.flow,
        partner=post.partner,
        departement=entrance.departement,
        name=_shown(bare, stated),
        is_test=bare != whole,
        reference_date=_reference(stated or {}, arrival.seen_at),
        stated_departement=(stated or {}).get("departement", ""),
        is_well_named=stated is not None,
        sent_at=arrival.seen_at,
        post=post.name,
        arrival=arrival.key,
        sequence=int(stated["sequence"]) if stated and "sequence" in stated else None,
        environment=(stated or {}).get("environment", ""),
    )


def _entrance(post: Post, kind: str, name: str) -> tuple[Entrance, Mapping[str, str] | None]:
    """The flow a file enters by, and what its name states: {} without a pattern, None against all."""
    typed = [entrance for entrance in post.entrances if entrance.flow == post.kinds.get(kind)]
    if typed:
        read = [(entrance, _stated(entrance, name) or {}) for entrance in typed]
        return _chosen(read, typed[0])
    return _chosen([(one, _stated(one, name)) for one in post.entrances], post.entrances[0])


def _chosen(
    read: Sequence[tuple[Entrance, Mapping[str, str] | None]], default: Entrance
) -> tuple[Entrance, Mapping[str, str] | None]:
    agreed = [(entrance, stated) for entrance, stated in read if stated]
    at_home = [one for one in agreed if one[1].get("departement") == one[0].departement]
    free = [(entrance, stated) for entrance, stated in read if stated is not None]
    return next(iter([*at_home, *agreed, *free]), (default, None))


def _shown(name: str, stated: Mapping[str, str] | None) -> str:
    if stated is None:
        return UNKNOWN_NAME
    return name if stated or _is_harmless(name) else UNSHOWN_NAME


def _is_harmless(name: str) -> bool:
    if len(name) > LONGEST_NAME or re.fullmatch(r"[A-Za-z0-9._-]+", name) is None:
        return False
    words = re.findall(r"[a-z]+", name.lower())
    figures = re.findall(r"[0-9]", DATE.sub("", name, count=1))
    return WORDS.issuperset(words) and len(figures) <= MOST_FIGURES


def _stated(entrance: Entrance, name: str) -> Mapping[str, str] | None:
    """What a name states under one contract; a day that does not exist is against its pattern."""
    stated = entrance.contract.parse_name(name)
    try:
        date.fromisoformat((stated or {}).get(DAY, "2000-01-01"))
    except ValueError:
        return None
    return stated


def _reference(stated: Mapping[str, str], seen_at: datetime | None) -> date | None:
    if DAY in stated:
        return date.fromisoformat(stated[DAY])
    return seen_at.date() if seen_at else None
