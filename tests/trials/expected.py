"""How a case must end: the word on each of its files, and what is said of the whole, in order."""

from dataclasses import dataclass

from connectors.contract import Snag

RECEIVED = ""


@dataclass(frozen=True)
class End:
    """`codes`: one per file in the order published, `RECEIVED` or its refusal; `said`: our statuses.

    `parked`: nothing is fetched nor said, it waits in the queue and is shown for that reason.
    """

    codes: tuple[str, ...] = (RECEIVED,)
    said: tuple[str, ...] = ("IN_PROGRESS", "DONE")
    parked: Snag | None = None


WELL, TWICE_WELL = End(), End((RECEIVED, RECEIVED))


def refused(code: str) -> End:
    """A case of one file that the hub will never give, or never whole."""
    return End((code,), ("SI_INTG_ERROR",))
