"""Asking whether a credential works: a token and a clock, nothing of the queue."""

from pathlib import Path

import pytest

from connectors.errors import Denied, Unreachable
from connectors.hubee.probe import probe
from connectors.secret import Secret
from tests.world.hubee import hubee_world


async def test_a_good_credential_gets_a_token_and_clocks_agree(tmp_path: Path) -> None:
    async with hubee_world(tmp_path) as world:
        probed = await probe(world.settings())
        assert probed.ahead is not None
        assert abs(probed.ahead) < 5


async def test_a_refused_credential_is_denied_and_never_repeated(tmp_path: Path) -> None:
    async with hubee_world(tmp_path) as world:
        with pytest.raises(Denied) as refused:
            await probe(world.settings(client_secret=Secret("sesame")))
        assert "sesame" not in str(refused.value)


async def test_a_hub_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    async with hubee_world(tmp_path) as world:
        settings = world.settings()
    with pytest.raises(Unreachable, match="did not answer"):
        await probe(settings)


async def test_probing_leaves_what_waits(tmp_path: Path) -> None:
    async with hubee_world(tmp_path) as world:
        case = world.publish()
        await probe(world.settings())
        assert world.said(case) == []
        assert world.sandbox.state().waiting_for_recipients() == 1
