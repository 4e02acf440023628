"""Files expected and not received: one alert per window, closed when the file comes.

1. A window is looked at once it has ended, grace included; only an accepted file answers it. Refused
   ones are said: "reçu, mais refusé".
2. Nothing is expected before the gateway's first entry in the ledger, before `since`, nor before the
   partner last changed state (a pause): no alert about the past, at the first run nor at a return.
3. A window raises one alert ever, however many gateways look: answered late, or closed by somebody, it
   is closed for good. It becomes urgent after `urgent_hours`.
4. Windows due more than `BACK` ago are left as they stand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from gateway.calendar import PARIS, Window, due, unanswered
from gateway.delivery import Verdict
from gateway.ledger.log import opened_at
from gateway.settings import Expected, FlowLine, Partner
from gateway.store.alerts import Alert, Level, close_alert, open_alerts, raise_alert
from gateway.store.partner_states import State, standing_of
from gateway.store.received import Received, received

KIND: Final = "file-missing"
BACK: Final = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A flow of a partner that is expected, and what its windows are."""

    partner: str
    line: FlowLine
    expected: Expected

    def windows(self, first: date, last: date) -> Sequence[Window]:
        """The windows due in [first, last]."""
        return due(self.expected.expectation(self.line.departement), first, last)

    def key(self, window: Window) -> str:
        """What names the alert of a window."""
        return f"{self.prefix}{window.day.isoformat()}"

    @property
    def prefix(self) -> str:
        """What the keys of all its windows begin with."""
        return f"{KIND}:{self.line.flow}:{self.partner}:{self.line.departement}:"


def awaited(partners: Sequence[Partner]) -> Iterator[Awaited]:
    """Every flow that some partner's settings say when to expect."""
    for partner in partners:
        for line in partner.flows:
            if line.expected is not None:
                yield Awaited(partner.alias, line, line.expected)


def check_expected(
    engine: Engine, partners: Sequence[Partner], *, now: datetime | None = None
) -> None:
    """Raise what is missing, close what came. Doing it twice, or on ten gateways, is doing it once."""
    at = now or datetime.now(UTC)
    for flow in awaited(partners):
        with engine.begin() as connection:
            missing = _missing(connection, flow, at)
            standing = [a.alert.key for a in open_alerts(connection, kind=KIND)]
        if missing is None:
            continue
        alerts = {alert.key: alert for alert in missing}
        for alert in alerts.values():
            raise_alert(engine, alert, once=True, now=at)
        for key in standing:
            if key.startswith(flow.prefix) and key not in alerts and _is_recent(key, at):
                close_alert(engine, key, now=at)


def _missing(connection: Connection, flow: Awaited, at: datetime) -> list[Alert] | None:
    """The alerts of the windows that ended unanswered; None when nothing is expected of this partner."""
    start, standing = opened_at(connection), standing_of(connection, flow.partner)
    if start is None or standing.state != State.ACTIVE:
        return None
    start = max(start, standing.since or start)
    today = at.astimezone(PARIS).date()
    windows = [w for w in flow.windows(today - BACK, today) if w.begins >= start]
    if not windows:
        return []
    came = received(
        connection,
        flow=flow.line.flow,
        partner=flow.partner,
        departement=flow.line.departement,
        since=min(window.opens for window in windows),
    )
    accepted = [one.at for one in came if one.verdict is Verdict.ACCEPTED]
    open_windows = unanswered(windows, accepted)
    missing = [window for window in open_windows if window.limit < at]
    return [_alert(flow, window, _refused(window, windows, came), at) for window in missing]


def _refused(window: Window, windows: Sequence[Window], came: Sequence[Received]) -> str:
    """The code of the last file refused between this window's opening and the next one's."""
    later = [other.opens for other in windows if other.opens > window.limit]
    until = min(later, default=datetime.max.replace(tzinfo=UTC))
    there = [one for one in came if window.opens <= one.at < until]
    return next((one.code for one in reversed(there) if one.verdict is not Verdict.ACCEPTED), "")


def _alert(flow: Awaited, window: Window, refused: str, at: datetime) -> Alert:
    line, closes = flow.line, window.closes.astimezone(PARIS)
    if refused:
        why = f"reçu, mais refusé ({refused}) : demandez un fichier corrigé"
    else:
        why = "rien n'est venu : demandez-le à ce partenaire"
    urgent = at >= window.limit + timedelta(hours=flow.expected.urgent_hours)
    return Alert(
        key=flow.key(window),
        kind=KIND,
        partner=flow.partner,
        sentence=(
            f"fichier attendu non reçu : {line.flow} de {flow.partner} pour le département "
            f"{line.departement}, attendu le {closes:%d/%m/%Y avant %H:%M} ; {why}"
        ),
        level=Level.URGENT if urgent else Level.WARNING,
    )


def _is_recent(key: str, at: datetime) -> bool:
    day = date.fromisoformat(key.rpartition(":")[2])
    return day >= at.astimezone(PARIS).date() - BACK
