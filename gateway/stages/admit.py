"""Passport → admitted: whether a delivery has its place in what its sender sends, before it is understood.

1. By its name, before its bytes are opened: the convention of its flow, its environment, its département.
2. By its content: what was accepted already is a duplicate, without effect, whatever its name.
3. By its place in the order: a name or a number belongs to the first file accepted under it. A refused
   file takes neither: its sender corrects it and sends it again under the same.
4. By its period, once it is known: the name's is the content's where both state one; the later file of a
   period takes the place of the first, or is refused where the flow was agreed so.
5. A replay is an operator's decision: it has no place in the order, and replaces what it replays. What
   two people set aside (`Passport.waives`) is not looked at.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy import Connection

from gateway.errors import Refused
from gateway.store.claims import (
    already_accepted,
    is_name_taken,
    is_number_taken,
    is_period_taken,
)
from gateway.store.deliveries import Passport, accepted_so_far
from gateway.store.sequences import Rank, numbers_of
from schemas.codes import Code
from schemas.contract import Contract
from schemas.whole import DAY, day_agrees

# What a name states that it states once: such a name never comes back with another content.
STATED_ONCE: Final = frozenset({DAY, "sequence"})
LETTERS: Final = {"P": "production", "T": "test"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed of one flow with one partner, and which environment this gateway serves."""

    contract: Contract
    sequence: Literal["strict", "lenient", "none"] = "strict"
    same_period: Literal["replace", "refuse"] = "replace"
    environment: Literal["production", "test"] = "production"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a delivery: how many were accepted before it, how many numbers it leaps over."""

    history: int
    leapt_over: int


@contextmanager
def set_aside(passport: Passport) -> Iterator[None]:
    """Go on past a refusal that two people set aside for these bytes, and past no other."""
    try:
        yield
    except Refused as refused:
        if refused.code not in passport.waives:
            raise


def admit_name(passport: Passport, terms: Terms) -> None:
    """Judge what the name says. Raises `Refused`."""
    with set_aside(passport):
        if not passport.is_well_named:
            raise Refused(Code.UNKNOWN_NAME)
    if LETTERS.get(passport.environment, terms.environment) != terms.environment:
        raise Refused(Code.OTHER_ENVIRONMENT)
    if passport.stated_departement not in {"", passport.departement}:
        raise Refused(Code.OTHER_DEPARTEMENT)


def admit_content(
    connection: Connection, passport: Passport, plaintext: str, terms: Terms
) -> Place:
    """Judge a content among those accepted, by its digest, its name and its number. Raises `Refused`."""
    if already_accepted(connection, passport, plaintext):
        raise Refused(Code.DUPLICATE)
    history = accepted_so_far(connection, passport.partner, passport.flow)
    with set_aside(passport):
        if _is_named_once(passport, terms.contract) and is_name_taken(connection, passport):
            raise Refused(Code.SAME_NAME)
    if passport.sequence is None or terms.sequence == "none":
        return Place(history, 0)
    with set_aside(passport):
        if is_number_taken(connection, passport):
            raise Refused(Code.SAME_SEQUENCE)
    if passport.replay_of:
        return Place(history, 0)
    numbers = numbers_of(connection, passport.partner, passport.flow)
    if numbers.rank(passport.sequence) is Rank.OLD and terms.sequence == "strict":
        raise Refused(Code.OLD_SEQUENCE)
    return Place(history, numbers.leapt_over(passport.sequence))


def admit_day(passport: Passport, stated: date | None, terms: Terms) -> None:
    """Judge the day a content states, if it does, by the one of its name. Raises `Refused`."""
    if not day_agrees(_stated(passport, terms.contract), stated):
        raise Refused(Code.INCOHERENT_DATES)


def admit_period(
    connection: Connection, passport: Passport, reference: date, terms: Terms, kind: str = ""
) -> None:
    """Judge the period a content speaks of, among the files of its kind. Raises `Refused`."""
    if terms.same_period == "replace" or passport.replay_of:
        return
    if is_period_taken(connection, passport, reference, kind):
        raise Refused(Code.PERIOD_ALREADY_ACCEPTED)


def _is_named_once(passport: Passport, contract: Contract) -> bool:
    return not STATED_ONCE.isdisjoint(_stated(passport, contract))


def _stated(passport: Passport, contract: Contract) -> Mapping[str, str]:
    return (contract.parse_name(passport.name) if passport.is_well_named else None) or {}
