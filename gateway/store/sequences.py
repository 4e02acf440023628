"""The numbers a sender gives the files of one flow: which came, which are missing, which never will.

1. The order is that of accepted files. The first one accepted opens it: what came before us is not ours
   to ask for.
2. A number that came and was refused for another reason, or as a duplicate, is not missing, and stays
   free: its sender may send it corrected.
3. A number over the last one is accepted; those it leaps over are missing. A missing one is accepted
   when it comes, until an operator says it never will (`abandon`).
4. A replay is outside the order: it takes a number and never moves the first nor the last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final

from sqlalchemy import Connection, Engine, insert, select

from gateway.delivery import Verdict
from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.alerts import Alert, close_alert, open_alerts, raise_alert
from gateway.store.database import one_writer
from gateway.store.tables import ABANDONED, DELIVERY
from schemas.codes import Code

# Refused under these codes, a file says nothing of its number: it should not have borne it.
NOT_ITS_NUMBER: Final = frozenset(
    {
        Code.SAME_NAME, Code.SAME_SEQUENCE, Code.OLD_SEQUENCE,
        Code.OTHER_DEPARTEMENT, Code.OTHER_ENVIRONMENT,
    }
)  # fmt: skip
GAP_ALERT: Final = "sequence-gap"
MOST_SHOWN: Final = 10

Span = tuple[int, int]  # from the first number to the last, both included


class Rank(Enum):
    """Where a number stands among those that came."""

    NEXT = auto()  # over the last one, or the very first
    LATE = auto()  # one that was missing
    SAME = auto()  # taken by an accepted file
    OLD = auto()  # before the last one, and not missing


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one sender for one flow. `first` and `last` are None before the first file."""

    taken: frozenset[int] = frozenset()
    heard: frozenset[int] = frozenset()
    abandoned: tuple[Span, ...] = ()
    first: int | None = None
    last: int | None = None

    def rank(self, number: int) -> Rank:
        """Where this number stands."""
        if number in self.taken:
            return Rank.SAME
        if self.last is None or number > self.last:
            return Rank.NEXT
        if number in self.heard or any(low <= number <= high for low, high in self.missing()):
            return Rank.LATE
        return Rank.OLD

    def missing(self) -> Sequence[Span]:
        """The numbers that were leapt over and have not come."""
        if self.first is None or self.last is None:
            return []
        return list(self._holes(self.first, self.last))

    def leapt_over(self, number: int) -> int:
        """How many numbers would be missing from the last one to this one."""
        if self.last is None:
            return 0
        return sum(high - low + 1 for low, high in self._holes(self.last + 1, number - 1))

    def _holes(self, first: int, last: int) -> Iterator[Span]:
        came = [(number, number) for number in self.taken | self.heard]
        expected = first
        for low, high in sorted([*came, *self.abandoned]):
            if low > last:
                break
            if low > expected:
                yield expected, low - 1
            expected = max(expected, high + 1)
        if expected <= last:
            yield expected, last


def numbers_of(connection: Connection, partner: str, flow: str) -> Numbers:
    """What came so far of this flow, from this sender."""
    rows = connection.execute(
        select(DELIVERY.c.sequence, DELIVERY.c.verdict, DELIVERY.c.code, DELIVERY.c.replay_of)
        .where(DELIVERY.c.partner == partner, DELIVERY.c.flow == flow)
        .where(DELIVERY.c.sequence.is_not(None), DELIVERY.c.is_test.is_(False))
    ).all()
    accepted = [row for row in rows if row.verdict == Verdict.ACCEPTED]
    ordered = [row.sequence for row in accepted if row.replay_of is None]
    heard = {
        row.sequence
        for row in rows
        if row.verdict != Verdict.ACCEPTED and row.code not in NOT_ITS_NUMBER
    }
    given_up = connection.execute(
        select(ABANDONED.c.first, ABANDONED.c.last).where(
            ABANDONED.c.partner == partner, ABANDONED.c.flow == flow
        )
    )
    return Numbers(
        taken=frozenset(row.sequence for row in accepted),
        heard=frozenset(heard),
        abandoned=tuple((row.first, row.last) for row in given_up),
        first=min(ordered, default=None),
        last=max(ordered, default=None),
    )


def abandon(
    engine: Engine,
    partner: str,
    flow: str,
    span: Span,
    *,
    by: str,
    motive: str,
    now: datetime | None = None,
) -> Sequence[Span]:
    """These missing numbers will never come; give what is still missing. Raises `NotAuthorised`."""
    at, (first, last) = now or datetime.now(UTC), span
    with one_writer(engine) as connection:
        missing = numbers_of(connection, partner, flow).missing()
        if not any(low <= first <= last <= high for low, high in missing):
            raise NotAuthorised(
                f"{spelled([span])} : ces numéros ne manquent pas tous "
                f"(manquent : {spelled(missing) or 'aucun'})"
            )
        row = {"partner": partner, "flow": flow, "first": first, "last": last}
        connection.execute(insert(ABANDONED).values(**row, motive=motive, by=by, at=at))
        facts: dict[str, str | int] = {"flow": flow, "first": first, "last": last}
        append(connection, Entry(Act.SEQUENCE_ABANDONED, at, partner, actor=by, facts=facts))
        return numbers_of(connection, partner, flow).missing()


def watch_gaps(engine: Engine, numbered: Sequence[tuple[str, str]]) -> int:
    """Raise an alert for each (partner, flow) with missing numbers, close the others; say how many last.

    Drawn from what was received, so that a process killed after a reception loses no alert.
    """
    raised = set()
    for partner, flow in sorted(set(numbered)):
        with engine.begin() as connection:
            missing = numbers_of(connection, partner, flow).missing()
        if missing:
            alert = _alert(partner, flow, missing)
            raised.add(alert.key)
            raise_alert(engine, alert)
    with engine.begin() as connection:
        standing = [one.alert.key for one in open_alerts(connection, kind=GAP_ALERT)]
    for key in set(standing) - raised:
        close_alert(engine, key)
    return len(raised)


def spelled(spans: Sequence[Span]) -> str:
    """Numbers as people write them: `3 à 5, 9`."""
    words = [str(low) if low == high else f"{low} à {high}" for low, high in spans]
    more = ["…"] if len(words) > MOST_SHOWN else []
    return ", ".join([*words[:MOST_SHOWN], *more])


def _alert(partner: str, flow: str, missing: Sequence[Span]) -> Alert:
    low, high = missing[0]
    sentence = (
        f"{partner}, {flow} : numéros jamais reçus : {spelled(missing)}. Réclamez-les, ou dites "
        f"qu'ils n'existent pas : passerelle flow sequence {partner} {flow} "
        f'--abandon {low}..{high} --motif "…"'
    )
    return Alert(f"{GAP_ALERT}:{partner}:{flow}", GAP_ALERT, partner, sentence)
