"""What the accepted deliveries of a partner and flow hold already: a content, a name, a number, a day."""

from datetime import date

from sqlalchemy import ColumnElement, Connection, or_, select

from gateway.delivery import Verdict
from gateway.store.deliveries import Passport
from gateway.store.tables import DELIVERY


def already_accepted(connection: Connection, passport: Passport, plaintext: str) -> bool:
    """Whether this very content was already accepted from this partner for this flow."""
    return _is_taken(connection, passport, DELIVERY.c.plaintext == plaintext)


def is_name_taken(connection: Connection, passport: Passport) -> bool:
    """Whether another accepted delivery came under this name."""
    return _is_taken(connection, passport, DELIVERY.c.name == passport.name)


def is_number_taken(connection: Connection, passport: Passport) -> bool:
    """Whether another accepted delivery came under this number."""
    return _is_taken(connection, passport, DELIVERY.c.sequence == passport.sequence)


def is_period_taken(
    connection: Connection, passport: Passport, reference: date, kind: str = ""
) -> bool:
    """Whether another accepted delivery of this département, of the same kind, speaks of this day."""
    same_place = (DELIVERY.c.departement == passport.departement) & (DELIVERY.c.kind == kind)
    return _is_taken(connection, passport, same_place & (DELIVERY.c.reference_date == reference))


def _is_taken(connection: Connection, passport: Passport, claim: ColumnElement[bool]) -> bool:
    """Whether another accepted delivery of this partner and flow answers to this claim.

    Not itself, done again; for a replay, neither what it replays nor the other replays of it.
    """
    query = select(DELIVERY.c.id).where(
        DELIVERY.c.partner == passport.partner,
        DELIVERY.c.flow == passport.flow,
        DELIVERY.c.verdict == Verdict.ACCEPTED,
        DELIVERY.c.is_test.is_(False),
        DELIVERY.c.id != passport.delivery,
        claim,
    )
    if passport.replay_of:
        others = or_(DELIVERY.c.replay_of.is_(None), DELIVERY.c.replay_of != passport.replay_of)
        query = query.where(DELIVERY.c.id != passport.replay_of, others)
    return connection.scalar(query.limit(1)) is not None
