"""How near an end is: the thresholds at which it is told, the same for keys and habilitations."""

from typing import Final

THRESHOLDS: Final = (90, 60, 30, 14, 7, 1)  # days
URGENT: Final = 7


def threshold(left: float) -> int | None:
    """The threshold that so many days left have passed, 0 once over; None above the first."""
    if left <= 0:
        return 0
    passed = [days for days in THRESHOLDS if left <= days]
    return min(passed, default=None)
