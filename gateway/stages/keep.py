"""Treated or refused → Kept: the verdict, what it rests on, and its ledger entry, in one unit of work.

Doing it twice is doing it once. When another delivery of the département changed the identity index
meanwhile, nothing is written and the passage treats again (`stale`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine

from gateway.delivery import Collected, Kept, Refusal, Treated, Verdict
from gateway.ledger.entry import Act, Entry
from gateway.store.deliveries import Passport, Stale, keep_refusal, keep_treated
from schemas.codes import Code


def keep(
    engine: Engine,
    passport: Passport,
    collected: Collected | None,
    outcome: Treated | Refusal,
) -> Kept:
    """Write one verdict. Raises nothing of its own."""
    if isinstance(outcome, Refusal):
        verdict = Verdict.DUPLICATE if outcome.code is Code.DUPLICATE else Verdict.REFUSED
        index = keep_refusal(
            engine, passport, collected, outcome, _entry(passport, collected, outcome)
        )
        return Kept(passport.delivery, verdict, outcome.code, index)
    try:
        index = keep_treated(
            engine, passport, collected, outcome, _entry(passport, collected, outcome)
        )
    except Stale:
        return Kept(passport.delivery, Verdict.ACCEPTED, None, -1, stale=True)
    return Kept(passport.delivery, Verdict.ACCEPTED, None, index)


def _entry(passport: Passport, collected: Collected | None, outcome: Treated | Refusal) -> Entry:
    facts: dict[str, str | int] = {
        "flow": passport.flow,
        "partner": passport.partner,
        "departement": passport.departement,
        **_counts(outcome),
    }
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
