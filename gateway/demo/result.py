"""The whole run as one document, `resultat.json`: deliveries, releases, signals, ledger.

It is the operator's view, on generated people: `signals` is keyed by the CD's own identifiers.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from gateway.app import House
from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.folder import read_checkpoint, read_key
from gateway.rules.codes import UNLINKED
from gateway.rules.rule import Result
from gateway.store.deliveries import all_deliveries
from gateway.store.releases import all_releases, last_crossing
from schemas.codes import Code

Document = dict[str, Any]
_TOLD = ("REGLE", "RESULTAT", "MOTIF", "EN_VALIDATION")


def collect_result(house: House, departement: str) -> Document:
    """Gather the document."""
    with house.engine.begin() as connection:
        deliveries = [_delivery(row) for row in all_deliveries(connection)]
        releases = [_release(row, house.ledger_folder) for row in all_releases(connection)]
    return {
        "deliveries": deliveries,
        "releases": releases,
        "signals": _signals(house, departement),
        "ledger": _ledger(house.ledger_folder),
    }


def write_result(path: Path, document: Document) -> None:
    """Write it whole."""
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
    aside.replace(path)


def _delivery(row: Any) -> Document:  # noqa: ANN401 - a SQLAlchemy row
    return {
        "id": row.id,
        "flow": row.flow,
        "partner": row.partner,
        "departement": row.departement,
        "file": row.name,
        "verdict": row.verdict,
        "code": row.code,
        "label": Code(row.code).entry.label if row.code else None,
        "action": Code(row.code).entry.action if row.code else None,
        "stage": row.stage,
        "rows_read": row.rows_read,
        "rows_accepted": row.rows_accepted,
        "rows_rejected": row.rows_rejected,
        "rows_ignored": row.rows_ignored,
        "received_sha256": row.digest,
        "ledger_index": row.ledger_index,
        "acknowledged": row.acknowledged_at is not None,
        "seconds": dict(_pair(item) for item in row.timings.split(";") if item),
    }


def _pair(item: str) -> tuple[str, float]:
    stage, seconds = item.split("=")
    return stage, float(seconds)


def _release(row: Any, folder: Path) -> Document:  # noqa: ANN401 - a SQLAlchemy row
    manifest = json.loads(row.manifest) if row.manifest else None
    return {
        "id": row.id,
        "product": row.product,
        "recipient": row.recipient,
        "departement": row.departement,
        "period": row.period.isoformat(),
        "file": row.name,
        "sha256": row.sha256,
        "rows": row.rows,
        "habilitation": f"{row.habilitation} v{row.habilitation_version}",
        "receipt": manifest["journal"]["recu"] if manifest else None,
        "ledger_index": row.authorised_index,
        "ledger": str(folder),
        "delivered": row.delivered,
        "location": row.location,
    }


def _signals(house: House, departement: str) -> Mapping[str, Document]:
    with house.engine.begin() as connection:
        crossed = last_crossing(connection, departement)
    if crossed is None:
        return {}
    signals = house.drawers.journeys.read(crossed.signals)
    told = signals.group_by("PERSONNE", maintain_order=True).agg(pl.struct(_TOLD).alias("DIT"))
    followed = house.larder.followed(crossed).join(told, on="PERSONNE", how="left")
    return {row["ID_CD"]: _person(row) for row in followed.iter_rows(named=True)}


def _person(row: Mapping[str, Any]) -> Document:
    verdicts = row["DIT"] or []

    def rules(result: Result) -> Sequence[str]:
        return [said["REGLE"] for said in verdicts if said["RESULTAT"] == result.value]

    unsure = Result.NOT_EVALUABLE
    return {
        "match": row["GRADE"],
        "population": row["POPULATION"],
        "triggered": rules(Result.TRIGGERED),
        "not_evaluable": rules(unsure),
        "reasons": {s["REGLE"]: s["MOTIF"] for s in verdicts if s["RESULTAT"] == unsure.value},
        "suppressed": row["SUPPRIME"],
        "suppressor": row["SUPPRESSEUR"],
        "a_surveiller": row["A_SURVEILLER"],
        "en_validation": [said["REGLE"] for said in verdicts if said["EN_VALIDATION"]],
        "grade": row["GRADE"] or UNLINKED,
    }


def _ledger(folder: Path) -> Document:
    raw = read_checkpoint(folder)
    key = read_key(folder)
    if raw is None:
        return {"folder": str(folder), "entries": 0, "checkpoint": None}
    head = open_checkpoint(raw, key).checkpoint
    return {
        "folder": str(folder),
        "entries": head.size,
        "checkpoint": raw.decode(),
        "key": str(key),
    }


def triggered_by_rule(document: Document) -> Mapping[str, int]:
    """How many people each rule speaks of."""
    rules = [rule for person in document["signals"].values() for rule in person["triggered"]]
    counted = pl.Series("rule", rules, dtype=pl.String).value_counts().sort("rule")
    return dict(counted.iter_rows())
