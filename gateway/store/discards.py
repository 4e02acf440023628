"""Sealed objects that should go: noted with the decision, erased after it, never while a line names them.

1. Whoever stops naming an object notes it here, in the same unit of work.
2. `erase_discarded` comes after, as often as needed: what a killed process left is done by the next.
   Two frames alike are one object: it goes when no line at all names it.
3. A line that was given up (`GIVEN_UP`) names its bytes no more, though it still says what they were.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Select, delete, insert, select

from gateway.keyring import Drawer
from gateway.store.database import one_writer
from gateway.store.tables import (
    CROSSING,
    DELIVERY,
    DISCARD,
    GIVEN_UP,
    IDENTITY_INDEX,
    LINK_CHANGE,
    PARTITION,
    RELEASE,
    REPLAY,
)

# A column may be empty, or say in a word why nothing was sealed.
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# Removes an object of a drawer, twice is once.
Erase = Callable[[Drawer, str], None]
Thing = tuple[Drawer, str]


class Given(StrEnum):
    """What was given up of a line that stays; values are stable."""

    RECEIVED = "depot"  # the bytes of a delivery, as received
    REJECTS = "rejets"  # its rejected lines
    RELEASE = "publication"  # the sealed copy of a release
    UNMATCHED = (
        "non-rapproches"  # the people of a Pôle emploi file whom the département does not follow
    )


# The columns that name sealed frames. Whoever seals something more names it here.
FRAMES: Final[Mapping[Drawer, tuple[Column[str], ...]]] = {
    Drawer.JOURNEYS: (
        PARTITION.c.facts,
        CROSSING.c.signals,
        CROSSING.c.people,
        CROSSING.c.lives,
    ),
    Drawer.IDENTITY: (
        PARTITION.c.identities,
        IDENTITY_INDEX.c.digest,
        CROSSING.c.persons,
        LINK_CHANGE.c.moved,
    ),
}


def note(connection: Connection, things: Iterable[Thing], at: datetime) -> None:
    """Note what should go, in the caller's unit of work. Noting twice is noting once."""
    known = {(row.drawer, row.digest) for row in connection.execute(select(DISCARD))}
    fresh = {
        (drawer.value, digest) for drawer, digest in things if DIGEST.fullmatch(digest)
    } - known
    rows = [{"drawer": drawer, "digest": digest, "since": at} for drawer, digest in sorted(fresh)]
    if rows:
        connection.execute(insert(DISCARD), rows)


def give_up(connection: Connection, kind: Given, holders: Iterable[str], at: datetime) -> None:
    """These lines name their bytes no more."""
    query = select(GIVEN_UP.c.holder).where(GIVEN_UP.c.kind == kind.value)
    fresh = sorted(set(holders) - set(connection.scalars(query)))
    if fresh:
        rows = [{"kind": kind.value, "holder": holder, "at": at} for holder in fresh]
        connection.execute(insert(GIVEN_UP), rows)


def replace_index(
    connection: Connection, departement: str, version: int, digest: str, now: datetime
) -> None:
    """One version is left of an index; what stood on another is treated again."""
    place = IDENTITY_INDEX.c.departement == departement
    old = [
        (Drawer.IDENTITY, one)
        for one in connection.scalars(select(IDENTITY_INDEX.c.digest).where(place))
    ]
    connection.execute(delete(IDENTITY_INDEX).where(place))
    values = {"departement": departement, "version": version, "digest": digest}
    connection.execute(insert(IDENTITY_INDEX).values(**values))
    note(connection, old, now)


def gave_up(kind: Given) -> Select[Any]:
    """The holders of what was given up, as a subquery."""
    return select(GIVEN_UP.c.holder).where(GIVEN_UP.c.kind == kind.value)


def erase_discarded(engine: Engine, erase: Erase) -> int:
    """Erase what nobody names, and say how many. Raises what `erase` raises: the next call goes on."""
    with engine.begin() as connection:
        noted = [(Drawer(row.drawer), row.digest) for row in connection.execute(select(DISCARD))]
    erased = 0
    for drawer, digest in sorted(noted):
        with one_writer(engine) as connection:  # nobody names it meanwhile
            if not is_named(connection, drawer, digest):
                erase(drawer, digest)
                erased += 1
            elif _waits(connection, drawer, digest):
                continue
            connection.execute(
                delete(DISCARD).where(DISCARD.c.drawer == drawer.value, DISCARD.c.digest == digest)
            )
    return erased


def is_named(connection: Connection, drawer: Drawer, digest: str) -> bool:
    """Whether a line still wants this object."""
    queries = {Drawer.RECEPTION: _received, Drawer.RELEASES: _released}
    named = queries[drawer](digest) if drawer in queries else _framed(drawer, digest)
    return any(connection.scalar(query.limit(1)) is not None for query in named)


def _framed(drawer: Drawer, digest: str) -> Sequence[Select[Any]]:
    return [select(column).where(column == digest) for column in FRAMES[drawer]]


def _received(digest: str) -> Sequence[Select[Any]]:
    same = select(DELIVERY.c.id).where(DELIVERY.c.digest == digest)
    done = select(DELIVERY.c.id).where(DELIVERY.c.id == REPLAY.c.id).exists()
    return [
        same.where(DELIVERY.c.id.not_in(gave_up(Given.RECEIVED))),
        select(REPLAY.c.id).where(REPLAY.c.original.in_(same), ~done),
    ]


def _released(digest: str) -> Sequence[Select[Any]]:
    sealed = select(RELEASE.c.id).where(RELEASE.c.sealed == digest)
    rejects = select(DELIVERY.c.id).where(DELIVERY.c.rejects == digest)
    return [
        # what has not left yet is wanted, whatever was decided since
        sealed.where(RELEASE.c.delivered.is_(False)),
        sealed.where(RELEASE.c.id.not_in(gave_up(Given.RELEASE))),
        rejects.where(DELIVERY.c.id.not_in(gave_up(Given.REJECTS))),
    ]


def _waits(connection: Connection, drawer: Drawer, digest: str) -> bool:
    """Whether its time will come without anybody noting it again: a release given up and not yet gone."""
    if drawer is not Drawer.RELEASES:
        return False
    given = select(RELEASE.c.id).where(
        RELEASE.c.sealed == digest, RELEASE.c.id.in_(gave_up(Given.RELEASE))
    )
    return connection.scalar(given.limit(1)) is not None
