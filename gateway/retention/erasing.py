"""A person erased from everything that is kept: as if their lines had never been in the files.

    read every frame of the département → write those that speak of the person without them → one unit of
    work (lines name the new frames, the entry is written) → the old objects erased → a second look

1. In that one unit: frames, indexes and their older versions, decisions about their subjects, the bytes
   received that held them, the sealed copies of releases. Something new came while reading: read again.
2. Killed before it, nothing happened; after it, the objects noted are erased by the next call.
3. What another walk had under way (an index since replaced, a crossing not yet kept) is treated again, or
   found by the second look; frames that nothing names are opened too, and erased when they speak of them.
4. The ledger keeps counts and a commitment. What cannot be opened here is counted by `remaining`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from gateway.errors import Unavailable
from gateway.identity.changes import AFTER, BEFORE
from gateway.identity.index import SUBJECT
from gateway.identity.resolve import PERSON
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.retention.keeper import Keeper
from gateway.retention.whereabouts import whole
from gateway.store.database import one_writer
from gateway.store.discards import FRAMES, Thing, erase_discarded, is_named
from gateway.store.erasures import (
    SECOND_LOOK,
    Erasure,
    State,
    mark_done,
    mark_rewritten,
    unfinished,
)
from gateway.store.rewriting import Named, named, rewrite
from gateway.vault import NotHeld

MAX_TURNS: Final = 5
BY_SUBJECT: Final = (SUBJECT, PERSON, "LEFT", "RIGHT", BEFORE, AFTER)
BY_NAME: Final = ("PERSONNE",)


@dataclass(frozen=True, slots=True)
class Gone:
    """Whom to leave out: their subjects, and their names in the journeys."""

    subjects: frozenset[str]
    names: frozenset[str]

    def without(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame without its lines about them."""
        for columns, who in ((BY_SUBJECT, self.subjects), (BY_NAME, self.names)):
            for column in set(columns) & set(frame.columns):
                spoken = pl.col(column).is_in(sorted(who)).fill_null(value=False)
                frame = frame.filter(~spoken)
        return frame


def erase_ordered(keeper: Keeper, now: datetime | None = None) -> int:
    """Carry out what two people ordered, and end what was; say how many persons were erased now."""
    at = now or datetime.now(UTC)
    with keeper.engine.begin() as connection:
        waiting = unfinished(connection)
    for erasure in waiting:
        if erasure.state is State.ORDERED:
            _erase(keeper, erasure, at)
        elif erasure.erased_at is not None and at - erasure.erased_at >= SECOND_LOOK:
            _look_again(keeper, erasure, at)
    if waiting:
        erase_discarded(keeper.engine, keeper.erase)
    return sum(erasure.state is State.ORDERED for erasure in waiting)


def _erase(keeper: Keeper, erasure: Erasure, at: datetime) -> None:
    subjects = whole(keeper, erasure.departement, erasure.subjects[0]).subjects
    gone = _gone(keeper, subjects)
    for _ in range(MAX_TURNS):
        standing, replaced = _read(keeper, erasure.departement, gone)
        with one_writer(keeper.engine) as connection:
            if named(connection, erasure.departement) != standing:
                continue
            counts = rewrite(
                connection, erasure.departement, standing, replaced, subjects=subjects, at=at
            )
            index = append(connection, _entry(erasure, counts, at))
            mark_rewritten(connection, erasure, subjects, counts, at=at, ledger_index=index)
        _sweep(keeper, gone)
        return
    raise Unavailable("des fichiers arrivent sans cesse : l'effacement attend la prochaine tournée")


def _look_again(keeper: Keeper, erasure: Erasure, at: datetime) -> None:
    subjects = frozenset(erasure.subjects)
    gone = _gone(keeper, subjects)
    standing, replaced = _read(keeper, erasure.departement, gone)
    with one_writer(keeper.engine) as connection:
        if named(connection, erasure.departement) != standing:
            return  # the next call looks again
        if replaced:
            rewrite(connection, erasure.departement, standing, replaced, subjects=subjects, at=at)
    _sweep(keeper, gone)
    with one_writer(keeper.engine) as connection:
        mark_done(connection, erasure)


def _gone(keeper: Keeper, subjects: frozenset[str]) -> Gone:
    names = keeper.names(pl.Series(SUBJECT, sorted(subjects), pl.String))
    return Gone(subjects, frozenset(names))


def _read(keeper: Keeper, departement: str, gone: Gone) -> tuple[Named, Mapping[Thing, str]]:
    """Every frame the département names, and what replaces those that speak of the person."""
    with keeper.engine.begin() as connection:
        standing = named(connection, departement)
    replaced: dict[Thing, str] = {}
    for drawer, digest in sorted(standing.things):
        archive = keeper.archive(drawer)
        frame = archive.read(digest)
        left = gone.without(frame)
        if left.height < frame.height:
            replaced[drawer, digest] = archive.write(left)
    return standing, replaced


def _sweep(keeper: Keeper, gone: Gone) -> None:
    """Erase the frames that nothing names and that speak of the person: what an unfinished walk left."""
    for drawer, digest in _unnamed(keeper):
        archive = keeper.archive(drawer)
        try:
            frame = archive.read(digest)
        except NotHeld:
            continue  # somebody else erased it
        if gone.without(frame).height < frame.height:
            keeper.erase(drawer, digest)


def _unnamed(keeper: Keeper) -> Iterator[Thing]:
    for drawer in FRAMES:
        for digest in keeper.archive(drawer).vault.digests():
            with keeper.engine.begin() as connection:
                wanted = is_named(connection, drawer, digest)
            if not wanted:
                yield drawer, digest


def _entry(erasure: Erasure, counts: Mapping[str, int], at: datetime) -> Entry:
    facts: dict[str, str | int] = {
        "departement": erasure.departement,
        "commitment": erasure.commitment,
        **counts,
    }
    return Entry(Act.PERSON_ERASED, at, erasure.id, facts=facts)
