"""Treated or refused → Kept: the verdict, what it rests on, and its ledger entry, in one unit of work.

Doing it twice is doing it once: what was kept first is what counts, whatever a later try found. When
another delivery changed the identity index of the département meanwhile, or the history of the flow,
nothing is written and the passage treats again (`stale`). Refused bytes that somebody may want yet are
held in quarantine with their refusal, and its entry says until when.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row

from gateway.delivery import Collected, Counts, Kept, Refusal, Treated, Verdict
from gateway.ledger.entry import Act, Entry
from gateway.store.deliveries import Passport, Stale, keep_refusal, keep_treated
from gateway.store.quarantine import DAYS, HELD, hold
from gateway.store.webhooks import Event, announce
from schemas.codes import Code


def keep(
    engine: Engine,
    passport: Passport,
    collected: Collected | None,
    outcome: Treated | Refusal,
    *,
    held_days: int = DAYS,
    siret: str = "",
) -> Kept:
    """Write one verdict, and what tells it to the sender of that SIRET. Raises nothing of its own."""
    entry = _entry(passport, collected, outcome)

    def tell(connection: Connection) -> None:
        announce(connection, siret, Event.DELIVERY_JUDGED, passport.delivery, entry.at)

    if isinstance(outcome, Refusal):
        holds = collected is not None and outcome.code in HELD
        until = entry.at + timedelta(days=held_days)
        if holds:
            facts = {**entry.facts, "held_until": f"{until:%Y-%m-%d}"}
            entry = replace(entry, facts=facts)

        def also(connection: Connection) -> None:
            if holds:
                hold(passport.delivery, outcome.code, entry.at, until, connection)
            tell(connection)

        return kept_of(keep_refusal(engine, passport, collected, outcome, entry, also=also))
    try:
        return kept_of(keep_treated(engine, passport, collected, outcome, entry, also=tell))
    except Stale:
        return Kept(passport.delivery, Verdict.ACCEPTED, None, -1, stale=True)


def kept_of(row: Row[Any]) -> Kept:
    """The verdict of record, from its row: what a sender is told, told again after a restart."""
    return Kept(
        delivery=row.id,
        verdict=Verdict(row.verdict),
        code=Code(row.code) if row.code else None,
        ledger_index=row.ledger_index,
        digest=row.digest,
        size=row.size,
        counts=Counts(row.rows_read, row.rows_accepted, row.rows_rejected, row.rows_ignored),
        codes=json.loads(row.codes),
        report=row.report,
        rejects=row.rejects,
        name=row.name,
        flow=row.flow,
        contract_version=row.contract_version,
        received_at=row.received_at,
        sequence=row.sequence,
        is_test=row.is_test,
        replay_of=row.replay_of or "",
    )


def _entry(passport: Passport, collected: Collected | None, outcome: Treated | Refusal) -> Entry:
    facts: dict[str, str | int] = {
        "flow": passport.flow,
        "partner": passport.partner,
        "departement": passport.departement,
        **_counts(outcome),
        **({"test": 1} if passport.is_test else {}),
    }
    if passport.replay_of:
        facts["replay_of"] = passport.replay_of
    if collected is not None:
        facts |= {"received_sha256": collected.digest, "received_bytes": collected.size}
    if isinstance(outcome, Refusal):
        act = Act.DELIVERY_DUPLICATE if outcome.code is Code.DUPLICATE else Act.DELIVERY_REFUSED
        facts |= {"code": outcome.code.value, "stage": outcome.stage}
    else:
        act = Act.DELIVERY_ACCEPTED
        facts |= {
            "plaintext_sha256": outcome.plaintext,
            "facts_sha256": outcome.facts,
            "contract": outcome.contract_version,
            "scanned": outcome.scanned,
        }
    return Entry(
        act=act, at=datetime.now(UTC), actor="passerelle", subject=passport.delivery, facts=facts
    )


def _counts(outcome: Treated | Refusal) -> Mapping[str, int]:
    counts = outcome.counts
    return {
        "rows_read": counts.read,
        "rows_accepted": counts.accepted,
        "rows_rejected": counts.rejected,
        "rows_ignored": counts.ignored,
    }
