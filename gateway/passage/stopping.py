"""When a release may not leave any more: what was brought is taken back, and what is said of it.

1. What was prepared is cancelled where a place can; what stands under its final name, half of a delivery
   cut in its middle, is removed where a place can.
2. A place that does not answer then leaves something behind: an urgent alert says which, for a person.
3. A daily ceiling that was reached is said once a day for each habilitation, in the words of a DPO.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from connectors.contract import LeftFile, Outlet, Retractable, Withdrawable
from connectors.errors import ConnectorError
from gateway.errors import CeilingReached, NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.store.alerts import Alert, Level, raise_alert
from gateway.store.releases import Extracted, find_prepared, forget_prepared

log = logging.getLogger(__name__)

CEILING, LEFT_BEHIND = "ceiling-reached", "release-left-behind"
DPO: Final = "à l'attention de la personne déléguée à la protection des données"


def pieces_left(name: str, sealed: str, sealed_size: int, manifest: str) -> Sequence[LeftFile]:
    """What a delivered release left at its recipient's place: the people first."""
    said = manifest.encode()
    return (
        LeftFile(f"{name}.gpg", sealed, sealed_size),
        LeftFile(f"{name}.manifeste.json", hashlib.sha256(said).hexdigest(), len(said)),
    )


async def take_back(
    engine: Engine, outlet: Outlet, extracted: Extracted, manifest: str
) -> int | None:
    """Take back what was brought, say how many files; None when its recipient was told already."""
    removed = 0
    prepared = await asyncio.to_thread(find_prepared, engine, extracted.id)
    try:
        if isinstance(outlet, Retractable):
            left = (extracted.name, extracted.sealed, extracted.sealed_size, manifest)
            removed = len(await outlet.retract(pieces_left(*left)))
        if prepared and isinstance(outlet, Withdrawable):
            if not await outlet.withdraw(prepared):
                return None
            await asyncio.to_thread(forget_prepared, engine, extracted.id)
    except ConnectorError as error:
        kind = type(error).__name__
        log.warning("what was brought for %s could not be taken back: %s", extracted.id, kind)
        await asyncio.to_thread(raise_alert, engine, _left_behind(extracted))
    return removed


def stop_entry(extracted: Extracted, refused: NotAuthorised, taken: int) -> Entry:
    """What the ledger keeps of a stop: why, and how many files were taken back."""
    facts: dict[str, str | int] = {
        "why": str(refused),
        "recipient": extracted.recipient,
        "habilitation": extracted.habilitation,
        "taken_back": taken,
    }
    return Entry(Act.RELEASE_STOPPED, datetime.now(UTC), extracted.id, facts=facts)


def say_ceiling(engine: Engine, extracted: Extracted, reached: CeilingReached) -> None:
    """Tell the DPO that a ceiling stopped a release; once a day for each habilitation."""
    day = datetime.now(UTC).date()
    sentence = (
        f"{DPO} : habilitation {extracted.habilitation}, destinataire {extracted.recipient} : {reached}. Rien n'est "
        "sorti ; demain (UTC) cette publication est reprise toute seule. Si ce volume est attendu, "
        "demandez une version de plafond plus élevé ; sinon suspendez-la par passerelle habilitation"
    )
    key = f"{CEILING}:{extracted.habilitation}:{day.isoformat()}"
    alert = Alert(key, CEILING, extracted.recipient, sentence, Level.URGENT)
    raise_alert(engine, alert, once=True)


def _left_behind(extracted: Extracted) -> Alert:
    sentence = (
        f"{DPO} : {extracted.id} a été arrêtée, et le lieu de {extracted.recipient} ne répond pas : un morceau "
        "chiffré y est peut-être resté ; faites-le effacer par ce destinataire"
    )
    key = f"{LEFT_BEHIND}:{extracted.id}"
    return Alert(key, LEFT_BEHIND, extracted.recipient, sentence, Level.URGENT)
