"""The watch for abuse: reads what was asked for, and tells the DPO what is unusual, once a day each.

1. Each client of the API, each person it names when it names several, each operator of the command line.
2. An alert and its entry are one unit of work. The entry counts; who at a client is in the alert alone.
3. A day whose alert is open teaches nothing: what is doubted does not become usual. Closed with a reason, it
   does.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row

from gateway.abuse.detectors import findings
from gateway.abuse.uses import (
    PARIS,
    PAST,
    PERSON,
    RECENT,
    Finding,
    Habit,
    Kind,
    Use,
    habit_of,
)
from gateway.ledger.entry import Act, Entry
from gateway.store.alerts import Alert, Level, open_alerts, raise_alert
from gateway.store.uses import active_clients, calls_of, shown_since

REFUSED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
OPERATOR: Final = "opérateur "
# An agent is what its client writes: shown with nothing that could pass for something else.
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9.@_-]")
KINDS: Final = tuple(kind.value for kind in Kind)


def watch_abuse(engine: Engine, aliases: Mapping[str, str], now: datetime | None = None) -> int:
    """Raise what is unusual now; say how many alerts are new. `aliases`: partner of each SIRET."""
    at = now or datetime.now(UTC)
    with engine.begin() as connection:
        found = list(_found(connection, aliases, at))
    return sum(_tell(engine, partner, finding, at) for partner, finding in found)


def _found(
    connection: Connection, aliases: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, Finding]]:
    doubted = _doubted(connection)
    for client in active_clients(connection, now - RECENT):
        rows = calls_of(connection, client, now - RECENT - PAST)
        partner = aliases.get(rows[-1].siret, "")
        for habit in _of_client(client, rows, now, doubted):
            yield from ((partner, finding) for finding in findings(habit))
    for habit in _of_operators(connection, now, doubted):
        yield from (("", finding) for finding in findings(habit))


def _of_client(
    client: str, rows: Sequence[Row[Any]], now: datetime, doubted: Mapping[str, frozenset[date]]
) -> Iterator[Habit]:
    who = f"client {client or 'inconnu'}"
    yield habit_of((_call(row, who) for row in rows), now, doubted=doubted.get(who, frozenset()))
    people: dict[str, list[Use]] = defaultdict(list)
    for row in rows:
        if row.agent:
            person = f"{who}, agent {_NOT_PLAIN.sub('_', row.agent)}"
            people[person].append(_call(row, person))
    for person, uses in sorted(people.items()) if len(people) > 1 else ():
        yield habit_of(uses, now, doubted=doubted.get(person, frozenset()))


def _of_operators(
    connection: Connection, now: datetime, doubted: Mapping[str, frozenset[date]]
) -> Iterator[Habit]:
    shown: dict[str, list[Use]] = defaultdict(list)
    for operator, entry in shown_since(connection, now - RECENT - PAST):
        shown[f"{OPERATOR}{operator}"].append(_shown(f"{OPERATOR}{operator}", entry))
    for who, uses in sorted(shown.items()):
        yield habit_of(uses, now, doubted=doubted.get(who, frozenset()), floors=PERSON)


def _call(row: Row[Any], who: str) -> Use:
    return Use(
        who=who,
        at=row.at,
        operation=row.operation,
        subject=row.subject,
        rows=row.rows,
        bytes=row.bytes,
        departement=row.departement,
        product=row.product or "",
        refused=row.status in REFUSED,
    )


def _shown(who: str, entry: Entry) -> Use:
    facts = entry.facts
    return Use(
        who=who,
        at=entry.at,
        operation=str(facts.get("what", "")),
        subject=str(facts.get("person", "")),
        rows=int(facts.get("people", 1)),
        departement=str(facts.get("departement", "")),
    )


def _doubted(connection: Connection) -> Mapping[str, frozenset[date]]:
    """Who → the days (Paris) on which an alert about it is open."""
    found: dict[str, set[date]] = defaultdict(set)
    for one in open_alerts(connection):
        if one.alert.kind in KINDS:
            _, day, who = one.alert.key.split("|", 2)
            found[who].add(date.fromisoformat(day))
    return {who: frozenset(days) for who, days in found.items()}


def _tell(engine: Engine, partner: str, finding: Finding, now: datetime) -> bool:
    day = now.astimezone(PARIS).date().isoformat()
    level = Level.URGENT if finding.urgent else Level.WARNING
    sentence = (
        f"à l'attention de la personne déléguée à la protection des données : {finding.who} : {finding.told}. "
        "Demandez-en la raison à son organisme ; en doute, suspendez son habilitation ou son client"
    )
    key = f"{finding.kind.value}|{day}|{finding.who}"
    entry = Entry(
        Act.ABUSE_SEEN,
        now,
        finding.who.partition(",")[0],
        facts={
            "kind": finding.kind.value,
            "day": day,
            "counted": finding.counted,
            "usual": finding.usual,
        },
    )
    alert = Alert(key, finding.kind.value, partner, sentence, level)
    return raise_alert(engine, alert, once=True, now=now, entry=entry)
