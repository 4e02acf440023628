"""Our own frames under the epoch in force: after a rotation, every sealed name of ours is rewritten.

1. Frame by frame: read, renamed from the identity index (subject → old name, new name), sealed anew, then
   exchanged for the old one in one unit of work. Killed anywhere, it goes on from the frames left; done
   twice, it finds nothing to do. Readers meanwhile carry what they read over (`pseudonym.carrying`).
2. A name that is nobody's in the index is left out and counted: its subject was erased.
3. What was replaced is erased once `GRACE` has passed, by this call or a later one: somebody may have read
   its digest before it was exchanged.
4. A frame is rewritten by the same bytes each time: what a killed call sealed is found again, not doubled.

The key of an old epoch is derived from the master, and goes with it; backups of old frames are the
operator's to destroy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.errors import Misconfigured
from gateway.identity.index import SUBJECT
from gateway.pseudonym import JOURNEYS, Domain, Master, carried_over, epoch_of
from gateway.pseudonym.carrying import PERSON
from gateway.store.epochs import in_force
from gateway.store.named_frames import Exchange, Left, exchange, left, mark_erased, replaced, see

GRACE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Files:
    """What the work needs of the house."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Master


@dataclass(slots=True)
class Done:
    """What one call did. `nobodys`: rows left out; `waiting`: replaced frames not erased yet."""

    epoch: str
    seen: int = 0
    rewritten: int = 0
    nobodys: int = 0
    erased: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Work:
    files: Files
    domain: Domain
    done: Done


def rekey(
    files: Files,
    *,
    grace: timedelta = GRACE,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> Done:
    """Rewrite every frame of ours that is of another epoch. `tell`: how many are done, of how many."""
    domain = in_force(files.engine, JOURNEYS)
    work = _Work(files, domain, Done(domain.epoch))
    while todo := _left(files, domain):  # what a walk kept meanwhile under the old one comes next
        whole = work.done.seen + sum(len(one.digests) for one in todo)
        for one in todo:
            subjects = _subjects(files, one)
            for digest in one.digests:
                _rename(work, one.departement, digest, subjects)
                work.done.seen += 1
                tell(work.done.seen, whole)
    _erase(files, grace, work.done)
    return work.done


def count_left(engine: Engine) -> int:
    """How many frames were not seen in the epoch in force; 0 where it was never changed."""
    domain = in_force(engine, JOURNEYS)
    if domain == JOURNEYS:
        return 0
    with engine.begin() as connection:
        return sum(len(one.digests) for one in left(connection, domain.epoch))


def _left(files: Files, domain: Domain) -> list[Left]:
    with files.engine.begin() as connection:
        return list(left(connection, domain.epoch))


def _subjects(files: Files, one: Left) -> pl.Series:
    if one.index is None:
        raise Misconfigured(f"{one.departement} : des faits, et pas d'index des identités")
    return files.identities.read(one.index).get_column(SUBJECT)


def _rename(work: _Work, departement: str, digest: str, subjects: pl.Series) -> None:
    files, epoch = work.files, work.domain.epoch
    frame = files.journeys.read(digest)
    was = epoch_of(frame.get_column(PERSON)) if PERSON in frame.columns else None
    if was in {None, epoch}:
        see(files.engine, digest, epoch)
        return
    renamed = carried_over(frame, subjects, files.master, work.domain)
    dropped = frame.height - renamed.height
    made = Exchange(
        departement=departement,
        old=digest,
        was=str(was),
        new=files.journeys.write(renamed),
        epoch=epoch,
        rows=renamed.height,
        dropped=dropped,
        at=datetime.now(UTC),
    )
    exchange(files.engine, made)
    work.done.rewritten += 1
    work.done.nobodys += dropped


def _erase(files: Files, grace: timedelta, done: Done) -> None:
    now = datetime.now(UTC)
    with files.engine.begin() as connection:
        due, standing = replaced(connection, now - grace), replaced(connection, now)
    for digest in due:
        files.journeys.vault.delete(digest)
        mark_erased(files.engine, digest, now)
    done.erased, done.waiting = len(due), len(standing) - len(due)
