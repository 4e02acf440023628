"""A habilitation revoked after its release was left: the recipient finds it no more, the other finds its own."""

import asyncio
from pathlib import Path

import pytest

from gateway.habilitation import Status
from gateway.store.habilitations import decide_state
from gateway.store.releases import all_releases
from tests.story.conftest import Drawing
from tests.world.town import Town, town, week_of


@pytest.mark.parametrize("closed", ["rdv-insertion", "cd"])
def test_what_was_left_under_a_revoked_habilitation_is_taken_back(
    drawn: Drawing, tmp_path: Path, closed: str
) -> None:
    assert asyncio.run(live(tmp_path / "town", drawn("2B").folder, closed)) == []


async def live(folder: Path, samples: Path, closed: str) -> list[str]:
    async with town(folder, week_of(samples)) as here:
        await here.rounds()
        before = {row.recipient: row for row in here.releases()}
        first, (second,) = closed, before.keys() - {closed}
        assert [len(left(here, alias)) for alias in (first, second)] == [2, 2]
        revoke(here, before[first].habilitation)
        assert (await here.round()).started == 0
        assert left(here, first) == []
        assert len(left(here, second)) == 2
        page = here.page(before[first].id)
        assert [entry["act"] for entry in page][-1] == "release.withdrawn"
        assert page[-1]["facts"]["removed"] == 2
        await here.rounds()
        with here.house.engine.begin() as connection:
            assert len(all_releases(connection)) == len(before)
        assert len(here.page(before[first].id)) == len(page)
        assert await here.failures() == {}
        return left(here, first)


def revoke(here: Town, habilitation: str) -> None:
    decide_state(
        here.house.engine, habilitation, Status.REVOKED, by="camille", motive="fin de convention"
    )


def left(here: Town, alias: str) -> list[str]:
    """What a recipient finds: one in a folder, the other on an SFTP server."""
    by_sftp = here.standing.places.folder(alias, "retrait")
    folder = here.scenery.pickup if alias == "rdv-insertion" else by_sftp
    return sorted(path.name for path in folder.glob("*.*"))
