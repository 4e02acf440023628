"""A retention, whole: what is due by date, then the people no kept file gives a reason to know.

    due by date → people of Pôle emploi unknown here → subjects of the index → calls of the API
        → sealed objects erased

1. Each part is a unit of work with its own entry; objects are erased last. Killed anywhere, the next call
   does what is left, and nothing twice.
2. When nothing is due, nothing is written.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.retention.keeper import Keeper
from gateway.retention.trimming import trim_indexes, trim_unmatched
from gateway.store.call_retention import forget_calls
from gateway.store.discards import erase_discarded
from gateway.store.retention import Terms, give_up_due

OBJECTS = "objets_scelles"


def keep_no_longer(keeper: Keeper, terms: Terms, now: datetime | None = None) -> Mapping[str, int]:
    """Give up what is due; say how many of what, and how many objects were erased (`OBJECTS`)."""
    at = now or datetime.now(UTC)
    done = Counter(give_up_due(keeper.engine, terms, at))
    done.update(trim_unmatched(keeper, terms, at))
    done.update(trim_indexes(keeper, at))
    done.update(forget_calls(keeper.engine, at))
    erased = erase_discarded(keeper.engine, keeper.erase)
    return dict(sorted(done.items())) | ({OBJECTS: erased} if erased else {})
