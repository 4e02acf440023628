"""Showing indicators inside a département, and publishing an edition of them.

1. Inside, the threshold is low and nothing is remembered: it is not made to leave (`show`).
2. An edition is written in the ledger, with what it published, before a file of it is (`publish`). The same
   inputs again are the same edition: its files are written again, its entry is not.
3. What was hidden is kept nowhere: what an edition showed is all that the next one has to know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.errors import Misconfigured, Unavailable
from gateway.indicators import Edition, Granularity, compile_edition
from gateway.indicators.edition import again, ever_published, spelled, written
from gateway.indicators.publishing import Table
from gateway.ledger.entry import Act, Entry
from gateway.steering.observing import observe
from gateway.store.indicators import Overtaken, PublishedEdition, editions_of, keep_edition

Published = dict[tuple[str, str], Table]


@dataclass(frozen=True, slots=True)
class Issue:
    """An edition of record, and whether it is of this time."""

    number: int
    edition: Edition
    is_new: bool


def show(
    engine: Engine, journeys: Archive, departement: str, granularity: Granularity, k: int
) -> Edition:
    """The indicators for those who pilot this département: nothing is published, nothing is kept."""
    return compile_edition(observe(engine, journeys, departement), granularity, k)


def publish(
    engine: Engine,
    journeys: Archive,
    departement: str,
    granularity: Granularity,
    k: int,
    *,
    actor: str,
) -> Issue:
    """Publish what is closed and was not published yet. Raises `Misconfigured`, `Unavailable`."""
    with engine.begin() as connection:
        editions = editions_of(connection, departement)
    if editions and editions[-1].granularity != granularity:
        raise Misconfigured(
            f"{departement} publie par {editions[-1].granularity} : deux découpages se soustrairaient ; "
            "remettez ce réglage [indicators] period"
        )
    published = ever_published(one.tables for one in editions)
    observed = observe(engine, journeys, departement)
    edition = compile_edition(observed, granularity, k, published)
    if not edition.fresh:
        return _last(editions, published)
    kept = PublishedEdition(
        departement,
        len(editions) + 1,
        edition.as_of,
        k,
        granularity.value,
        spelled([written(table) for table in edition.fresh]),
        edition.digest(),
    )
    try:
        keep_edition(engine, kept, lambda one: _entry(one, actor))
    except Overtaken:
        raise Unavailable("une autre édition vient d'être publiée") from None
    return Issue(kept.number, edition, is_new=True)


def _last(editions: Sequence[PublishedEdition], published: Published) -> Issue:
    if not editions:
        raise Unavailable("aucune période n'est close : rien à publier")
    last = editions[-1]
    granularity = Granularity(last.granularity)
    edition = again(last.departement, last.as_of, last.threshold, granularity, published.values())
    return Issue(last.number, edition, is_new=False)


def _entry(edition: PublishedEdition, actor: str) -> Entry:
    return Entry(
        act=Act.INDICATORS_PUBLISHED,
        at=datetime.now(UTC),
        subject=f"indicateurs-{edition.departement}-{edition.number}",
        actor=actor,
        facts={
            "departement": edition.departement,
            "number": edition.number,
            "as_of": edition.as_of.isoformat(),
            "threshold": edition.threshold,
            "period": edition.granularity,
            "tables_sha256": edition.digest,
        },
    )
