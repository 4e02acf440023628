"""Two gateways of one state, as real processes: one works, the other waits, and takes over at its death."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.world.databases import KINDS, postgres_url
from tests.world.gateways import Hub, gateway, hub_of_cases, until
from tests.world.postgres import has_postgres, postgres

CASES, SOME = 10, 3


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not has_postgres():
        pytest.skip("PostgreSQL is not installed")
    with postgres() as url:
        yield url


@pytest.mark.parametrize("kind", KINDS)
async def test_one_works_the_other_waits_and_finishes_what_the_dead_one_left(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = durable = ""
    if kind == "postgresql":
        server = request.getfixturevalue("server")
        url, durable = postgres_url(server), postgres_url(server)
    settings = f'[database]\nurl = "{url}"\ndurable_url = "{durable}"\n'
    async with hub_of_cases(tmp_path, CASES) as hub:
        config = hub.furnish(tmp_path / "g", settings)
        async with gateway(config) as one:
            await until(lambda: len(one.told) > 0, "the first gateway made no round")
            async with gateway(config) as two:
                await until(lambda: len(two.told) > 0, "the second gateway made no round")
                hub.publish()
                await until(lambda: hub.done >= SOME, "nothing was received")
                await one.kill()
                assert hub.done < CASES, "killed too late to prove anything"
                check_waited_for(two.told, one.process.pid)
                await until(lambda: hub.done == CASES, "the second gateway did not take over")
                await until(
                    lambda: hub.sandbox.state().waiting_for_recipients() == 0, "not settled"
                )
                rounds = len(two.told)
                await until(lambda: len(two.told) > rounds + 1, "it made no other round")
    state = tmp_path / "g" / "etat"
    check_once(hub, url or f"sqlite:///{state / 'passerelle.sqlite'}")
    check_walked_once(durable or f"sqlite:///{state / 'travaux.sqlite'}")


async def test_two_gateways_of_different_states_do_not_share_a_credential(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, SOME) as hub:
        first, second = (hub.furnish(tmp_path / name) for name in ("a", "b"))
        async with gateway(first) as one:
            await until(lambda: len(one.told) > 0, "the first gateway made no round")
            async with gateway(second) as two:
                hub.publish()
                await until(lambda: hub.done == SOME, "nothing was received")
                await until(lambda: len(two.told) > 1, "the second gateway made no round")
                await asyncio.sleep(0.5)
                check_waited_for(two.told, one.process.pid)
    assert [hub.said(case) for case in hub.cases] == [["IN_PROGRESS", "DONE"]] * SOME


def check_waited_for(told: list[dict[str, object]], pid: int) -> None:
    assert all(line["vus"] == 0 for line in told)
    assert told[-1]["attend"] == {"cnaf/ContactsAllocataires-BRSA": pid}


def check_once(hub: Hub, url: str) -> None:
    """Each case was told once, kept once, acknowledged once."""
    assert [hub.said(case) for case in hub.cases] == [["IN_PROGRESS", "DONE"]] * CASES
    engine = create_engine(url)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT verdict, acknowledged_at FROM delivery")).all()
        bodies = connection.execute(text("SELECT body FROM ledger_entry")).scalars()
        acts = Counter(json.loads(bytes(body))["act"] for body in bodies)
    engine.dispose()
    assert [row.verdict for row in kept] == ["accepted"] * CASES
    assert all(row.acknowledged_at is not None for row in kept)
    assert acts["delivery.accepted"] == acts["delivery.acknowledged"] == CASES


def check_walked_once(url: str) -> None:
    """Each case was fetched, treated and kept once: no finished step was done again."""
    engine = create_engine(url)
    steps = "operation_outputs" if "sqlite" in url else "dbos.operation_outputs"
    with engine.connect() as connection:
        done = Counter(connection.execute(text(f"SELECT function_name FROM {steps}")).scalars())
    engine.dispose()
    assert [done[step] for step in ("collect", "treat", "acknowledge")] == [CASES] * 3
