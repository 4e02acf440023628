"""An edition: the tables of the periods that are closed, those already published repeated as they were.

1. A period is published once, when it is closed: `closing` days after its end, by the files received. Later
   corrections change nothing of it: two editions would differ by a few people, who could be worked out.
   What was hidden stays hidden.
2. So the periods published by all editions together are those of one publication, and what one publication
   tells is what `secrecy` proves.
3. A département keeps one granularity: a quarter less two of its months would be the third.
4. Same inputs, same edition: nothing new to publish is no edition.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from gateway.indicators.catalogue import CATALOGUE, RULE, Indicator
from gateway.indicators.counting import Counted, count
from gateway.indicators.periods import Granularity, Period, last_periods
from gateway.indicators.publishing import Row, Table, table_of
from gateway.indicators.secrecy import Block, Line
from gateway.indicators.units import Told, units, waiting

# How many periods are shown, and how far back the first edition goes.
DEPTH = {Granularity.MONTH: 24, Granularity.QUARTER: 8}
# Days after its end when a life is forgotten, six months at the shortest (`rules.lives`, catalogue 6.2).
LIVES_KEPT = 181


@dataclass(frozen=True, slots=True)
class Observed:
    """What an edition looks at: journeys known until `as_of`, and the present signals by rule.

    `judged`: REGLE, EXAMINEES, SIGNALEES, NON_EVALUABLES, as of `crossed` ; None when nothing was crossed.
    """

    departement: str
    as_of: date
    told: Told
    judged: pl.DataFrame | None = None
    crossed: date | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """What is shown: `fresh` is what it adds to all that was published before."""

    departement: str
    as_of: date
    threshold: int
    granularity: Granularity
    tables: tuple[Table, ...]
    fresh: tuple[Table, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """As JSON; the same edition gives the same bytes."""
        return {
            "departement": self.departement,
            "connu_jusqu_au": self.as_of.isoformat(),
            "seuil": self.threshold,
            "periodes": self.granularity.value,
            "tableaux": [written(table) for table in self.tables],
        }

    def digest(self) -> str:
        """SHA-256 of the document."""
        return hashlib.sha256(spelled(self.document()).encode()).hexdigest()


def compile_edition(
    observed: Observed,
    granularity: Granularity,
    k: int,
    published: Mapping[tuple[str, str], Table] | None = None,
) -> Edition:
    """Make the edition that follows those published."""
    before = published or {}
    fresh = [table_of(one, k) for one in _closed(observed, granularity, k, before)]
    shown = {**{table.key: table for table in fresh}, **before}
    return Edition(
        observed.departement,
        observed.as_of,
        k,
        granularity,
        _shown(shown.values(), observed.as_of, granularity),
        tuple(fresh),
    )


def again(
    departement: str,
    as_of: date,
    threshold: int,
    granularity: Granularity,
    tables: Iterable[Table],
) -> Edition:
    """An edition already published, from the tables published until then."""
    shown = _shown(tables, as_of, granularity)
    return Edition(departement, as_of, threshold, granularity, shown)


def spelled(document: object) -> str:
    """Canonical JSON: keys sorted, nothing useless."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def written(table: Table) -> dict[str, Any]:
    """A table as JSON."""
    return asdict(table)


def ever_published(editions: Iterable[str]) -> dict[tuple[str, str], Table]:
    """The tables of editions as they are kept (JSON lists, the oldest first): the first time counts."""
    found: dict[tuple[str, str], Table] = {}
    for edition in editions:
        for one in json.loads(edition):
            table = read_back(one)
            found.setdefault(table.key, table)
    return found


def read_back(document: Mapping[str, Any]) -> Table:
    """The table that `written` wrote."""
    rows = tuple(
        Row(row["view"], row["label"], tuple(row["counts"]), row["total"], row["measures"])
        for row in document["rows"]
    )
    return Table(
        document["indicator"],
        document["period"],
        rows,
        document["pooled"],
        document["is_secret"],
    )


def _closed(
    observed: Observed,
    granularity: Granularity,
    k: int,
    before: Mapping[tuple[str, str], Table],
) -> Iterable[Counted]:
    """Count what is closed and was never published."""
    for indicator in CATALOGUE:
        if indicator.views == (RULE,):
            yield from _photograph(observed, granularity, indicator, before)
            continue
        by = Granularity.MONTH if indicator.follows_signals else granularity
        due = [
            period
            for period in _complete(observed, indicator, by)
            if (indicator.name, period.name) not in before
        ]
        if due:
            yield from _counted(observed.told, indicator, by, due, k)


def _complete(observed: Observed, indicator: Indicator, by: Granularity) -> Iterable[Period]:
    """The periods that are closed, and of which nothing is forgotten yet."""
    if not indicator.follows_signals:
        known, oldest = observed.as_of, date.min
    elif observed.crossed is None:
        return
    else:
        known = observed.crossed
        oldest = min(observed.since or known, known)
        oldest = max(oldest, known - timedelta(days=LIVES_KEPT))
    for period in last_periods(known, DEPTH[by], by):
        if period.horizon(indicator.closing) <= known and period.start >= oldest:
            yield period


def _counted(
    told: Told, indicator: Indicator, granularity: Granularity, due: Sequence[Period], k: int
) -> Sequence[Counted]:
    names = [period.name for period in due]
    if indicator.is_stock:
        return count(indicator, waiting(told, indicator.name, due), names, k)
    return count(indicator, units(told, indicator.name, granularity), names, k)


def _photograph(
    observed: Observed,
    granularity: Granularity,
    indicator: Indicator,
    before: Mapping[tuple[str, str], Table],
) -> Iterable[Counted]:
    """The last crossing, once a period."""
    if observed.judged is None or observed.crossed is None:
        return
    period = Period.holding(observed.crossed, granularity).name
    if (indicator.name, period) in before:
        return
    lines = tuple(
        Line(rule, (seen, flagged, unknown), (seen, flagged, unknown), 0, 0)
        for rule, seen, flagged, unknown in observed.judged.sort("REGLE").iter_rows()
    )
    nothing = (0,) * len(indicator.classes)
    block = Block(indicator.classes, Line("", nothing, nothing, 0, 0), {RULE: lines})
    yield Counted(indicator, period, block)


def _shown(tables: Iterable[Table], as_of: date, granularity: Granularity) -> tuple[Table, ...]:
    """The last periods, in the order of the catalogue."""
    rank = {indicator.name: place for place, indicator in enumerate(CATALOGUE)}
    names = {
        period.name
        for by in {granularity, Granularity.MONTH}
        for period in (*last_periods(as_of, DEPTH[by], by), Period.holding(as_of, by))
    }
    kept = [table for table in tables if table.period in names and table.indicator in rank]
    return tuple(sorted(kept, key=lambda table: (rank[table.indicator], table.period)))
