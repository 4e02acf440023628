"""A server that lies on the line itself: silence, nonsense, answers nobody asked for. And the list is closed."""

import ast
import asyncio
import io
import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Arrival
from connectors.errors import Unreachable
from connectors.sftp import SftpOutlet
from tests.connectors.place import NAME, attempt, fetched, only, sent
from tests.world.sftp_liar import Liar, liar
from tests.world.sftp_lies import Lie

BLOCK = 1024
BODY = os.urandom(3 * BLOCK)
VERBS = ["arrivals", "fetch", "acknowledge", "settle"]
QUICK = 0.15  # seconds


@pytest.fixture
async def partner(tmp_path: Path) -> AsyncIterator[Liar]:
    async with liar(tmp_path, block=BLOCK) as partner:
        partner.shelves.put(NAME, BODY)
        yield partner


@pytest.fixture
async def arrival(partner: Liar) -> Arrival:
    return await only(partner.place.source)


async def check_the_truth_mends_it(partner: Liar, arrival: Arrival) -> None:
    partner.tells()
    assert await only(partner.place.source) == arrival
    assert await fetched(partner.place.source, arrival) == BODY
    await sent(partner.place.outlet, io.BytesIO(BODY))
    assert partner.place.visible() == {NAME: BODY}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("lie", [Lie.MUTE, Lie.MUTE_AFTER_OPENING])
async def test_a_server_that_stops_answering_is_unreachable_in_time(
    partner: Liar, arrival: Arrival, lie: Lie, verb: str
) -> None:
    partner.tells(lie)
    source = partner.place.source_with(answer_seconds=QUICK)
    async with asyncio.timeout(4):
        with pytest.raises(Unreachable, match="no answer in time"):
            await attempt(source, arrival, verb)
    assert (partner.shelves.depot / NAME).read_bytes() == BODY
    assert list(partner.place.told()) == []


@pytest.mark.parametrize("lie", [Lie.MUTE, Lie.MUTE_AFTER_OPENING])
async def test_a_server_that_stops_answering_receives_nothing(
    partner: Liar, arrival: Arrival, lie: Lie
) -> None:
    partner.tells(lie)
    async with asyncio.timeout(4):
        with pytest.raises(Unreachable, match="no answer in time"):
            await sent(
                SftpOutlet(replace(partner.settings, answer_seconds=QUICK)), io.BytesIO(BODY)
            )
    assert partner.place.visible() == {}
    await check_the_truth_mends_it(partner, arrival)


async def test_answers_to_requests_never_made_are_no_answers(
    partner: Liar, arrival: Arrival
) -> None:
    partner.tells(Lie.UNASKED)
    with pytest.raises(Unreachable):
        await fetched(partner.place.source, arrival)
    with pytest.raises(Unreachable):
        await sent(partner.place.outlet, io.BytesIO(BODY))
    assert partner.place.visible() == {}
    await check_the_truth_mends_it(partner, arrival)


@pytest.mark.parametrize("verb", ["arrivals", "fetch", "settle"])
@pytest.mark.parametrize("lie", [Lie.MALFORMED, Lie.OTHER_KIND, Lie.OTHER_VERSION])
async def test_an_answer_that_says_nothing_is_unreachable_and_changes_nothing(
    partner: Liar, arrival: Arrival, lie: Lie, verb: str
) -> None:
    partner.tells(lie)
    if (lie, verb) == (Lie.OTHER_KIND, "arrivals"):  # no attributes are asked for in a listing
        assert await only(partner.place.source) == arrival
        return
    with pytest.raises(Unreachable):
        await attempt(partner.place.source, arrival, verb)
    await check_the_truth_mends_it(partner, arrival)


def test_every_lie_is_told_in_a_test_and_by_the_server() -> None:
    here = Path(__file__).parent
    world = here.parent / "world"
    tested = _told(here.glob("test_sftp_liar*.py"))
    served = _told([world / "sftp_liar.py", world / "sftp_wire.py"])
    assert tested == served == {lie.name for lie in Lie}


def _told(paths: Iterable[Path]) -> set[str]:
    return {
        node.attr
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Lie"
    }
