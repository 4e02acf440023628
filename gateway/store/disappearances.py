"""Full sets from which many people disappeared (GW-707): an alert, until a later file no longer has it.

Drawn from the verdicts of record, so that a process killed after a reception loses no alert. What a
person closed for a reason is closed for good for that delivery. A sentence has numbers, and nobody.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from gateway.delivery import Verdict
from gateway.store.alerts import Alert, close_alert, open_alerts, raise_alert
from gateway.store.tables import DELIVERY
from schemas.codes import Code

DISAPPEARANCE_ALERT = "people-disappeared"


def watch_disappearances(engine: Engine) -> int:
    """Raise an alert for each flow whose last accepted file has it, close the others; say how many last."""
    with engine.begin() as connection:
        due = {alert.key: alert for row in _last(connection) for alert in _alerts(row)}
        standing = [one.alert.key for one in open_alerts(connection, kind=DISAPPEARANCE_ALERT)]
    for alert in due.values():
        raise_alert(engine, alert, once=True)
    for key in set(standing) - set(due):
        close_alert(engine, key)
    return len(due)


def _last(connection: Connection) -> list[Row[Any]]:
    """The last accepted delivery of each partner, flow and département."""
    last = (
        select(func.max(DELIVERY.c.ledger_index))
        .where(DELIVERY.c.verdict == Verdict.ACCEPTED, DELIVERY.c.is_test.is_(False))
        .group_by(DELIVERY.c.partner, DELIVERY.c.flow, DELIVERY.c.departement)
    )
    query = select(DELIVERY).where(DELIVERY.c.ledger_index.in_(last))
    return list(connection.execute(query.order_by(DELIVERY.c.ledger_index)))


def _alerts(row: Row[Any]) -> Iterator[Alert]:
    gone = json.loads(row.codes).get(Code.PEOPLE_DISAPPEARED.value)
    if gone is None:
        return
    sentence = (
        f"{row.partner}, {row.flow}, département {row.departement} : {gone} personne(s) du fichier "
        f"précédent ne sont plus dans le dernier accepté ({row.rows_accepted} lignes). Demandez au "
        f"partenaire si son extraction est entière ; sinon, qu'il renvoie le fichier complet."
    )
    key = f"{DISAPPEARANCE_ALERT}:{row.id}"
    yield Alert(key, DISAPPEARANCE_ALERT, row.partner, sentence)
