"""Whatever the hub holds, and whatever fails meanwhile, it ends as it must."""

from collections.abc import Callable

import pytest

from tests.trials.situations import SITUATIONS, meetings, stage
from tests.trials.street import Street
from tests.trials.trial import live


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_ends_as_it_must_whatever_fails(
    name: str, here: Street, record_property: Callable[[str, object], None]
) -> None:
    wrong = here.run(_live(here, name))
    record_property("scenes", len(list(meetings(name))))
    assert not wrong, "\n".join(wrong)


async def _live(here: Street, name: str) -> list[str]:
    here.begin()
    return await live(here, await stage(here, name))


def test_each_situation_is_met_at_each_of_its_calls() -> None:
    for name, situation in SITUATIONS.items():
        assert sorted(met.call for met in meetings(name)) == sorted(situation.calls)
