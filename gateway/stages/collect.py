"""arrival → Collected: bytes into the vault at once, sealed, before anything is understood of them.

1. Stream to a private file, stopping at the flow's limit.
2. Seal into the vault under the SHA-256 of what was received. From here on nothing is lost.
3. The source is told nothing yet: acknowledging starts HubEE's purge clock.

A transfer that cannot be completed as announced is the sender's to repair (`Refusal`); a place that
does not answer is time's (`Unavailable`). A broken access is left as it is: it is ours to mend, and
retrying it locks accounts.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from connectors.contract import Arrival, Source
from connectors.errors import Corrupt, Missing, TooLarge, Unreachable
from gateway.delivery import Collected, Refusal
from gateway.errors import Unavailable
from gateway.vault import Vault
from gateway.workroom import workroom
from schemas.codes import Code


async def find(source: Source, key: str) -> Arrival | None:
    """The waiting arrival of that key; None once settled. Remote names are never written down."""
    try:
        waiting: Sequence[Arrival] = await source.arrivals()
    except Unreachable as error:
        raise Unavailable("le partenaire ne répond pas") from error
    return next((arrival for arrival in waiting if arrival.key == key), None)


async def collect(
    delivery: str,
    arrival: Arrival | None,
    source: Source,
    *,
    vault: Vault,
    limit: int,
    base: Path | None,
) -> Collected | Refusal:
    """Fetch and seal one arrival. Raises `Unavailable`; gives a `Refusal` when the sender must act."""
    started = time.monotonic()
    if arrival is None:
        raise Unavailable("le dépôt n'est plus listé par le partenaire")
    with workroom(base) as room:
        received = room / "received"
        try:
            with received.open("wb") as into:
                await source.fetch(arrival, into, limit=limit)
        except TooLarge:
            return Refusal(delivery, Code.TOO_LARGE, "collect")
        except Corrupt:
            return Refusal(delivery, Code.INCOMPLETE_TRANSFER, "collect")
        except (Unreachable, Missing) as error:
            raise Unavailable("transfert interrompu") from error
        sealed = await asyncio.to_thread(vault.put, received)
    return Collected(delivery, sealed.digest, sealed.size, time.monotonic() - started)
