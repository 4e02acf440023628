"""A file left by the API: shown where the reception looks, and its entry, together or not at all."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from gateway.ledger.entry import Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer


class _There(Exception):
    """The file was shown before: nothing is to be written."""


def keep_upload(
    engine: Engine, entry: Entry, *, show: Callable[[], bool], hide: Callable[[], object]
) -> bool:
    """Write the entry and show the file; False, and nothing written, when `show` says it was there.

    Whoever leaves the same file at the same moment waits. What cannot be written is hidden again.
    """
    shown = _Shown(show)
    try:
        with one_writer(engine) as connection:
            append(connection, entry)
            shown.once()
    except _There:
        return False
    except BaseException:
        if shown.is_shown:
            hide()
        raise
    return True


@dataclass(slots=True)
class _Shown:
    """Whether the file is seen by now."""

    show: Callable[[], bool]
    is_shown: bool = False

    def once(self) -> None:
        """Show it. Raises `_There`: what was written for it is undone."""
        self.is_shown = self.show()
        if not self.is_shown:
            raise _There
