"""Habilitations that will end: one alert each, told again at each threshold, closed when renewed or over.

1. In force: from 90 days before its last day. The same line goes on, nearer and more urgent.
2. Expired: for as long as its organisation is a partner in service, since nothing leaves for it any more.
3. Renewed without a hole, suspended, revoked, or its partner gone: nothing is left to say, the alert closes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Engine

from gateway.calendar.nearing import URGENT, threshold
from gateway.habilitation import Habilitation, Status
from gateway.store.alerts import Alert, Level, close_alert, open_alerts, raise_alert
from gateway.store.habilitations import covered_until, every_current
from gateway.store.partner_states import Standing, State, standings

KIND: Final = "habilitation-expiry"


def survey_habilitations(
    engine: Engine, partners: Mapping[str, str], *, now: datetime | None = None
) -> int:
    """Raise what is due, close what is over; say how many alerts are new. `partners`: SIRET by short name."""
    at = now or datetime.now(UTC)
    with engine.begin() as connection:
        today = at.date()
        found = [
            (one, covered_until(connection, one.id, today) or one.ends)
            for one in every_current(connection, today)
        ]
        states = standings(connection)
        standing = {one.alert.key for one in open_alerts(connection, kind=KIND)}
    serving = {
        siret: alias
        for alias, siret in partners.items()
        if states.get(alias, Standing()).state in {State.ACTIVE, State.TEST}
    }
    due = {alert.key: alert for alert in _alerts(found, serving, at.date())}
    for key in standing - due.keys():
        close_alert(engine, key, now=at)
    return sum(raise_alert(engine, alert, now=at) for alert in due.values())


def _alerts(
    habilitations: Sequence[tuple[Habilitation, date]], serving: Mapping[str, str], today: date
) -> Iterator[Alert]:
    for one, ends in habilitations:
        partner = serving.get(one.organisation.siret)
        passed = threshold((ends - today).days)
        is_near = one.status is Status.ACTIVE and passed is not None
        is_over = one.status is Status.EXPIRED and partner is not None
        if is_near or is_over:
            level = Level.URGENT if passed is not None and passed <= URGENT else Level.WARNING
            sentence = _sentence(one, ends, today)
            yield Alert(f"{KIND}:{one.id}", KIND, partner or "", sentence, level)


def _sentence(one: Habilitation, ends: date, today: date) -> str:
    left = (ends - today).days
    if left < 0:
        return (
            f"habilitation {one.id} : elle a pris fin le {ends:%d/%m/%Y}, rien ne sort plus pour elle ; "
            "demandez la suivante (passerelle habilitation request) ou révoquez-la"
        )
    when = f"prend fin dans {left} jour(s)" if left else "prend fin aujourd'hui"
    return (
        f"habilitation {one.id} : elle {when}, le {ends:%d/%m/%Y} ; "
        "demandez la suivante avant : passerelle habilitation request"
    )
