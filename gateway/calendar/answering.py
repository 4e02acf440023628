"""Which windows were answered: one file answers one window.

1. A file answers the first window it falls in, opening to limit, that no file answered yet.
2. Outside any such window it is late: it answers the one that has waited longest.
3. A file that nobody waited for answers nothing.

So as many windows stay open as files are missing, whichever of them a late file was meant for.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.calendar.windows import Window


def unanswered(windows: Sequence[Window], received: Sequence[datetime]) -> Sequence[Window]:
    """The windows that these moments (of accepted files) leave unanswered, first due first."""
    left = sorted(windows)
    for at in sorted(received):
        waiting = [window for window in left if window.opens <= at]
        running = [window for window in waiting if at <= window.limit]
        if waiting:
            left.remove((running or waiting)[0])
    return left
