"""Kept → Acknowledged: the sender learns the verdict, and only then is the arrival settled.

1. Never before the verdict and its ledger entry are durable.
2. Three levels, in files where the place carries files and as statuses where it does not: ART
   (received whole), ARL (readable), ARA (integrated: rows read, accepted, rejected, ignored, and the
   reject report). None carries a value.
3. That the sender was told is written once it was, never before: where a place answers for several
   files together, the last one told writes it for all.
4. Told, then written, then settled: killed in between, the place lists it again.
5. A replay has no arrival to settle. It is told where the place carries files, under a name of its own;
   elsewhere nobody is told, and it is never written that somebody was.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row

from connectors.contract import Arrival, Milestone, Notice, Notifying, Source
from connectors.errors import Missing, Unreachable
from gateway.delivery import Acknowledged, Kept, Verdict
from gateway.errors import Unavailable
from gateway.ledger.entry import Act, Entry
from gateway.store.deliveries import Passport, mark_acknowledged
from schemas.codes import Code

log = logging.getLogger(__name__)

FORMAT = "passerelle/accuse/1"


async def acknowledge(
    engine: Engine, passport: Passport, kept: Kept, source: Source, arrival: Arrival | None
) -> Acknowledged:
    """Tell the sender, write that it was told, settle. Raises `Unavailable`.

    `arrival` is None when its place lists it no more: it was settled by an earlier try, which had
    acknowledged first.
    """
    told = True
    try:
        if arrival is None:
            await _mark(engine, passport)
        else:
            told = await tell(engine, passport, kept, source, arrival)
    except Missing:
        log.info("%s was already settled", passport.delivery)
        await _mark(engine, passport)
    except Unreachable as error:
        raise Unavailable("accusé non remis, le partenaire ne répond pas") from error
    return Acknowledged(passport.delivery, kept.verdict, kept.ledger_index, told)


async def acknowledge_replay(
    engine: Engine, passport: Passport, kept: Kept, source: Source, shown: str
) -> Acknowledged:
    """Tell the sender of a replay, under the name `shown`, and write it. Raises `Unavailable`."""
    told = isinstance(source, Notifying)
    if isinstance(source, Notifying):
        try:
            await source.notify(shown, notices(kept))
        except Unreachable as error:
            raise Unavailable("accusé non remis, le partenaire ne répond pas") from error
        await _mark(engine, passport)
    return Acknowledged(passport.delivery, kept.verdict, kept.ledger_index, told)


async def tell(
    engine: Engine, passport: Passport, kept: Kept, source: Source, arrival: Arrival
) -> bool:
    """Tell the sender a verdict of record, write it, settle; again is once. Say whether it knows by now.

    Also for what its place lists again after a restart: it may have forgotten what it was told.
    """
    keys = await source.acknowledge(arrival, notices(kept))
    if keys:
        await _mark(engine, passport, keys)
    await source.settle(arrival)
    return bool(keys)


def notices(kept: Kept) -> Sequence[Notice]:
    """The acknowledgements of one verdict of record, in the order they may be said."""
    base = {"format": FORMAT, "depot": kept.delivery, "ecriture_journal": kept.ledger_index}
    told: list[Notice] = []
    if kept.digest:
        whole = {"niveau": "ART", "sha256": kept.digest, "octets": kept.size, **base}
        told.append(
            Notice(Milestone.RECEIVED, "Fichier reçu en entier.", files=_file("ART", whole))
        )
    if kept.verdict is Verdict.REFUSED and kept.code is not None:
        return [*told, _refused(base, kept, kept.code)]
    readable = {"niveau": "ARL", "resultat": "POSITIF", **base}
    told.append(Notice(Milestone.READABLE, "Fichier lisible.", files=_file("ARL", readable)))
    return [*told, _integrated(base, kept)]


def _refused(base: Mapping[str, object], kept: Kept, code: Code) -> Notice:
    content = bool(kept.counts.read)  # it could be read: its content is what is refused
    level = "ARA" if content else "ARL"
    body = {
        "niveau": level,
        "resultat": "NEGATIF",
        "code": code.value,
        "libelle": code.entry.label,
        "action": code.entry.action,
        **_content(kept),
        **base,
    }
    milestone = Milestone.REFUSED if content else Milestone.UNREADABLE
    message = f"{code.value} {code.entry.label}. {code.entry.action}"
    return Notice(milestone, message, code.value, _file(level, body) | _rejects(kept))


def _integrated(base: Mapping[str, object], kept: Kept) -> Notice:
    counts = kept.counts
    if kept.verdict is Verdict.DUPLICATE:
        result, message = "DOUBLON", "DOUBLON : contenu déjà intégré, sans effet."
    else:
        result = "POSITIF"
        message = (
            f"Intégré : {counts.read} lignes lues, {counts.accepted} acceptées, "
            f"{counts.rejected} rejetées, {counts.ignored} ignorées."
        )
    body = {"niveau": "ARA", "resultat": result, **_content(kept), **base}
    return Notice(Milestone.INTEGRATED, message, files=_file("ARA", body) | _rejects(kept))


def _content(kept: Kept) -> Mapping[str, object]:
    counts = kept.counts
    rows = {
        "lues": counts.read,
        "acceptees": counts.accepted,
        "rejetees": counts.rejected,
        "ignorees": counts.ignored,
    }
    return {"lignes": rows, "codes": dict(kept.codes)}


def _rejects(kept: Kept) -> dict[str, bytes]:
    return {"ARA.csv": kept.report.encode()} if kept.report else {}


def _file(level: str, body: Mapping[str, object]) -> dict[str, bytes]:
    text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)
    return {f"{level}.json": text.encode()}


async def _mark(engine: Engine, passport: Passport, keys: Sequence[str] = ()) -> None:
    await asyncio.to_thread(mark_acknowledged, engine, passport, keys, _entry)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        act=Act.DELIVERY_ACKNOWLEDGED,
        at=datetime.now(UTC),
        actor="passerelle",
        subject=row.id,
        facts={"verdict": row.verdict, "about": row.ledger_index},
    )
