"""arrival → Collected: bytes into the vault at once, sealed, before anything is understood of them.

1. What its place will never give (virus, rejected, purged) is refused without a byte being asked for.
2. Stream from the place into the vault, sealed as they pass, stopping at the flow's limit: no clear
   copy is written anywhere.
3. Keep under the SHA-256 of what was received, on the disk. From here on nothing is lost.
4. The source is told nothing yet: acknowledging starts HubEE's purge clock.

What cannot come as announced is the sender's to repair (`Refusal`); a place that does not answer is
time's (`Unavailable`). A broken access is left as it is: it is ours to mend, and retrying it locks
accounts.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final

from connectors.contract import Arrival, Source, Withholding
from connectors.errors import Corrupt, Missing, TooLarge, Unreachable, Withheld
from gateway.delivery import Collected, Refusal
from gateway.errors import Unavailable
from gateway.vault import Sealed, Vault
from schemas.codes import Code

WITHHELD: Final[Mapping[Withholding, Code]] = {
    Withholding.VIRUS: Code.VIRUS_AT_PLACE,
    Withholding.REJECTED: Code.REJECTED_AT_PLACE,
    Withholding.PURGED: Code.PURGED_AT_PLACE,
    Withholding.MISDESCRIBED: Code.MANIFEST_DIFFERS,
}


async def find(source: Source, key: str) -> Arrival | None:
    """The waiting arrival of that key; None once settled. Remote names are never written down."""
    try:
        waiting: Sequence[Arrival] = await source.arrivals()
    except Unreachable as error:
        raise Unavailable("le partenaire ne répond pas") from error
    return next((arrival for arrival in waiting if arrival.key == key), None)


async def collect(
    delivery: str, arrival: Arrival | None, source: Source, *, vault: Vault, limit: int
) -> Collected | Refusal:
    """Fetch and seal one arrival. Raises `Unavailable`; gives a `Refusal` when the sender must act."""
    started = time.monotonic()
    if arrival is None:
        raise Unavailable("le dépôt n'est plus listé par le partenaire")
    try:
        if arrival.withheld is not None:
            return Refusal(delivery, WITHHELD[arrival.withheld], "collect")
        sealed = await _received(arrival, source, vault, limit)
    except TooLarge:
        return Refusal(delivery, Code.TOO_LARGE, "collect")
    except Corrupt:
        return Refusal(delivery, Code.INCOMPLETE_TRANSFER, "collect")
    except Withheld as withheld:
        return Refusal(delivery, WITHHELD[withheld.why], "collect")
    except (Unreachable, Missing) as error:
        raise Unavailable("transfert interrompu") from error
    return Collected(delivery, sealed.digest, sealed.size, time.monotonic() - started)


def held_already(delivery: str, digest: str, size: int) -> Collected:
    """Bytes that an earlier delivery left in the vault: a replay transfers nothing."""
    return Collected(delivery, digest, size, 0.0)


async def _received(arrival: Arrival, source: Source, vault: Vault, limit: int) -> Sealed:
    async with vault.receiving() as sink:
        await source.fetch(arrival, sink, limit=limit)
        return await sink.keep()
