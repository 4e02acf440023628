"""On which contracts a law is tried, and on how many files of each.

Few files and always the same ones by default, so that a push is not judged by a die; many, and others
each time, with `--hypothesis-profile=long` (`make laws`).
"""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from pytest import mark

from schemas.contract import Contract, Layout
from schemas.registry import contracts

SEEDS = st.integers(0, 2**32)
# A seed does not shrink: nothing is smaller about a smaller one.
_PHASES = [Phase.generate]
# What matches a pattern is drawn once, inside the first law that asks.
_ALLOWED = [HealthCheck.nested_given, HealthCheck.too_slow]


def _name(contract: Contract) -> str:
    return f"{contract.flow}@{contract.version}"


EVERY = mark.parametrize("contract", contracts(), ids=_name)
SHEETS, TREES = (
    mark.parametrize("contract", [one for one in contracts() if one.layout is layout], ids=_name)
    for layout in (Layout.CSV, Layout.XML)
)


def tried(times: int) -> settings:
    """Try a law on this many files of each contract in the daily run."""
    if settings.get_current_profile_name() == "long":
        return settings(deadline=None, phases=_PHASES, suppress_health_check=_ALLOWED)
    return settings(
        max_examples=times,
        derandomize=True,
        deadline=None,
        database=None,
        phases=_PHASES,
        suppress_health_check=_ALLOWED,
    )
