"""What the last crossing of a département could not stand on: said to operators, never left to silence."""

import json
from datetime import timedelta

from sqlalchemy import Connection

from gateway.rulebook import configuration_of
from gateway.rules.rule import Flow
from gateway.rules.sentence import french_date
from gateway.store.deliveries import latest_partition
from gateway.store.releases import last_crossing


def unheard(connection: Connection, departement: str) -> list[str]:
    """French sentences; none while nothing was crossed."""
    crossed = last_crossing(connection, departement)
    if crossed is None:
        return []
    day = french_date(crossed.as_of)
    members = json.loads(crossed.counts).get("population", {})
    told = []
    if members.get("inconnue") and not (members.get("oui") or members.get("non")):
        told.append(
            f"{departement} : au {day}, la CNAF ne connaît personne du fichier du département : aucun "
            "signal. Attendez ou demandez son fichier mensuel (cnaf-beneficiaires)."
        )
    freshness = configuration_of(connection, departement, crossed.as_of).freshness
    last = latest_partition(connection, departement, Flow.PE, until=crossed.as_of)
    if last is None or crossed.as_of - last.reference_date > timedelta(days=freshness):
        told.append(
            f"{departement} : au {day}, aucun fichier de Pôle emploi de moins de {freshness} jours : ses "
            "règles ne sont pas évaluables. Demandez-le (pe-parcours)."
        )
    return told
