"""Kept → Acknowledged: the sender learns the verdict, and only then is the arrival settled.

Never before the verdict and its ledger entry are durable. Three levels, in files where the place
carries files and as statuses where it does not: ART (received whole), ARL (readable), ARA
(integrated: rows read, accepted, rejected, ignored, and the reject report). None carries a value.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from connectors.contract import Arrival, Milestone, Notice, Source
from connectors.errors import Missing, Unreachable
from gateway.delivery import Acknowledged, Collected, Kept, Refusal, Treated, Verdict
from gateway.errors import Unavailable
from gateway.ledger.entry import Act, Entry
from gateway.store.deliveries import Passport, mark_acknowledged

FORMAT = "passerelle/accuse/1"


async def acknowledge(
    engine: Engine,
    passport: Passport,
    kept: Kept,
    source: Source,
    arrival: Arrival | None,
    *,
    collected: Collected | None,
    outcome: Treated | Refusal,
) -> Acknowledged:
    """Tell the sender, settle, and write that it was told. Raises `Unavailable`."""
    if arrival is not None:
        try:
            await source.acknowledge(arrival, notices(kept, collected, outcome))
            await source.settle(arrival)
        except Missing:
            pass  # settled by an earlier try, which had acknowledged first
        except Unreachable as error:
            raise Unavailable("accusé non remis, le partenaire ne répond pas") from error
    mark_acknowledged(engine, passport.delivery, _entry(passport, kept))
    return Acknowledged(passport.delivery, kept.verdict, kept.ledger_index)


def notices(
    kept: Kept, collected: Collected | None, outcome: Treated | Refusal
) -> Sequence[Notice]:
    """The acknowledgements of one verdict, in the order they may be said."""
    base = {"format": FORMAT, "depot": kept.delivery, "ecriture_journal": kept.ledger_index}
    told: list[Notice] = []
    if collected is not None:
        whole = {"niveau": "ART", "sha256": collected.digest, "octets": collected.size, **base}
        told.append(
            Notice(Milestone.RECEIVED, "Fichier reçu en entier.", files=_file("ART", whole))
        )
    if isinstance(outcome, Refusal) and kept.verdict is Verdict.REFUSED:
        return [*told, _refused(base, outcome)]
    told.append(
        Notice(
            Milestone.READABLE,
            "Fichier lisible.",
            files=_file("ARL", {"niveau": "ARL", "resultat": "POSITIF", **base}),
        )
    )
    return [*told, _integrated(base, outcome)]


def _refused(base: Mapping[str, object], refusal: Refusal) -> Notice:
    entry = refusal.code.entry
    level = "ARA" if refusal.counts.read else "ARL"
    body = {
        "niveau": level,
        "resultat": "NEGATIF",
        "code": refusal.code.value,
        "libelle": entry.label,
        "action": entry.action,
        "lignes": _rows(refusal),
        **base,
    }
    files = _file(level, body) | _rejects(refusal)
    milestone = Milestone.REFUSED if refusal.counts.read else Milestone.UNREADABLE
    message = f"{refusal.code.value} {entry.label}. {entry.action}"
    return Notice(milestone, message, refusal.code.value, files)


def _integrated(base: Mapping[str, object], outcome: Treated | Refusal) -> Notice:
    duplicate = isinstance(outcome, Refusal)
    counts = outcome.counts
    message = (
        "DOUBLON : contenu déjà intégré, sans effet."
        if duplicate
        else f"Intégré : {counts.read} lignes lues, {counts.accepted} acceptées, "
        f"{counts.rejected} rejetées, {counts.ignored} ignorées."
    )
    result = "DOUBLON" if duplicate else "POSITIF"
    body = {"niveau": "ARA", "resultat": result, "lignes": _rows(outcome), **base}
    return Notice(Milestone.INTEGRATED, message, files=_file("ARA", body) | _rejects(outcome))


def _rows(outcome: Treated | Refusal) -> Mapping[str, int]:
    counts = outcome.counts
    return {
        "lues": counts.read,
        "acceptees": counts.accepted,
        "rejetees": counts.rejected,
        "ignorees": counts.ignored,
    }


def _rejects(outcome: Treated | Refusal) -> dict[str, bytes]:
    return {"ARA.csv": outcome.report.encode()} if outcome.report else {}


def _file(level: str, body: Mapping[str, object]) -> dict[str, bytes]:
    text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)
    return {f"{level}.json": text.encode()}


def _entry(passport: Passport, kept: Kept) -> Entry:
    return Entry(
        act=Act.DELIVERY_ACKNOWLEDGED,
        at=datetime.now(UTC),
        actor="passerelle",
        subject=passport.delivery,
        facts={"verdict": kept.verdict.value, "about": kept.ledger_index},
    )
