"""What a crossing stands on: the latest accepted full sets of a département, up to a day, and their name.

1. A file that speaks of a day after the crossing was not there yet: the one before it is read.
2. Of the beneficiaries only the monthly file is a full set; a daily one tells what changed. The CAF and the
   MSA each send theirs: the last of a month and those beside it are read together.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from sqlalchemy import Connection, Engine

from gateway.archive import Archive
from gateway.identity.scoring import default
from gateway.passage.returned import answering
from gateway.pseudonym import Master
from gateway.rulebook import configuration_of
from gateway.rules import Thresholds
from gateway.rules.crossing import in_use
from gateway.rules.rule import Flow
from gateway.store.deliveries import (
    Partition,
    index_digest,
    latest_partition,
    partitions_between,
)
from gateway.store.links import decisions_digest

CONTACTS, MONTHLY = "cnaf-contacts", "M"
_KIND = {Flow.CNAF: MONTHLY}


@dataclass(frozen=True, slots=True)
class Crossing:
    """What the path needs of the house. `thresholds` None: those each département decided for the day."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Master
    thresholds: Thresholds | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a crossing stands on: `digest` names it all, links decided and weights of the scorer included.

    `beside`: the other monthly files of the month of `cnaf`, the last one first; `before`: the file before
    the last of a flow, where a rule in use needs it. `contacts` says nothing of a journey: it links.
    `returns`: the answers that may still silence, each file adding to the others.
    """

    cd: Partition
    pe: Partition | None
    cnaf: Partition | None
    contacts: Partition | None
    index: str
    thresholds: Thresholds
    digest: str
    beside: tuple[Partition, ...] = ()
    before: Mapping[Flow, Partition] = field(default_factory=lambda: MappingProxyType({}))
    returns: tuple[Partition, ...] = ()


def inputs(house: Crossing, departement: str, as_of: date | None = None) -> Inputs | None:
    """The latest accepted full sets of a département; None while its own journeys are unknown.

    `as_of` None: the day its own last file speaks of. Raises `Misconfigured` on rules tampered with.
    """
    with house.engine.begin() as connection:
        cd = latest_partition(connection, departement, Flow.CD, until=as_of)
        index = index_digest(connection, departement)
        if cd is None or index is None:
            return None
        day = as_of or cd.reference_date
        pe, cnaf = (_latest(connection, departement, flow, day) for flow in (Flow.PE, Flow.CNAF))
        contacts = latest_partition(connection, departement, CONTACTS)
        beside = _beside(connection, departement, cnaf, day)
        thresholds = house.thresholds or configuration_of(connection, departement, day)
        before = _before(connection, departement, (pe, cnaf), thresholds)
        returns = answering(connection, departement, day, thresholds.dismissal)
        decided = decisions_digest(connection, departement)
    files = (cd, pe, cnaf, contacts, *beside, *before.values(), *returns)
    how = (thresholds.version, decided, default().digest)
    stands_on = "\n".join([*map(_stamp, files), *how])
    digest = hashlib.sha256(stands_on.encode()).hexdigest()[:16]
    return Inputs(cd, pe, cnaf, contacts, index, thresholds, digest, beside, before, returns)


def _stamp(part: Partition | None) -> str:
    """Name a file and what it says.

    A corrected birth date changes the persons and no digest of its facts; somebody erased from it changes
    its facts and not its delivery.
    """
    return f"{part.delivery} {part.facts}" if part else ""


def _latest(connection: Connection, departement: str, flow: Flow, day: date) -> Partition | None:
    return latest_partition(connection, departement, flow, kind=_KIND.get(flow), until=day)


def _beside(
    connection: Connection, departement: str, last: Partition | None, day: date
) -> tuple[Partition, ...]:
    if last is None:
        return ()
    month = last.reference_date.replace(day=1)
    told = partitions_between(
        connection, departement, Flow.CNAF, kind=MONTHLY, since=month, until=day
    )
    return tuple(part for part in told if part.delivery != last.delivery)


def _before(
    connection: Connection,
    departement: str,
    last: tuple[Partition | None, ...],
    thresholds: Thresholds,
) -> Mapping[Flow, Partition]:
    wanted = {flow for rule in in_use(thresholds) for flow in rule.before}
    found: dict[Flow, Partition] = {}
    for part in last:
        if part is None or part.flow not in wanted:
            continue
        flow = Flow(part.flow)
        earlier = latest_partition(
            connection,
            departement,
            flow,
            kind=_KIND.get(flow),
            before=part.reference_date,
        )
        if earlier is not None:
            found[flow] = earlier
    return found
