"""Rounds before a real hub: a case of two files, a restart in its middle, a virus, an unknown type."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.sandbox.hubee import ALWAYS, Fault, Terms
from connectors.sandbox.hubee.uploads import EICAR
from gateway.app import House
from gateway.cli.speech import Exit
from gateway.doors.durable import Durable, Patience
from gateway.rounds import Round, go_round, running
from gateway.settings import load
from gateway.store.deliveries import all_deliveries
from schemas.codes import Code
from tests.world.furnished import document, run
from tests.world.gateways import KIND, PROCESS, US, Hub, hub_of_cases

AFTER_ONE = Terms(times=ALWAYS, skip=1)
NUMBER = "CNAF-ALLOC-9000000000001"


@asynccontextmanager
async def house_of(config: Path) -> AsyncIterator[tuple[House, Durable]]:
    async with running(load(config), Patience(tries=1, first_wait=0.01)) as opened:
        yield opened


async def one_round(house: House, durable: Durable) -> Round:
    return await go_round(house, durable, lambda _phase, _started: None)


def publish(hub: Hub, *files: tuple[str, str, bytes]) -> str:
    sent = [(name, kind, "text/plain", body) for name, kind, body in files]
    hub.cases.append(hub.sandbox.publish(PROCESS, US, sent, NUMBER))
    return hub.cases[-1]


async def test_a_case_half_received_before_a_restart_ends_told_once(tmp_path: Path) -> None:
    """The source forgets at a restart what it settled: the record tells it again."""
    async with hub_of_cases(tmp_path, 2) as hub:
        config = hub.furnish(tmp_path / "g")
        case = publish(hub, *((f"{n}.txt", KIND, body) for n, body in enumerate(hub.bodies)))
        # The first request for bytes is served, the others are not.
        async with house_of(config) as (house, durable):
            hub.sandbox.faults.order("case.download", Fault.ERROR_BEFORE, terms=AFTER_ONE)
            await one_round(house, durable)
            assert await durable.failures() != {}
            assert hub.done == 0
            hub.sandbox.faults.clear()
        async with house_of(config) as (house, durable):
            again = await one_round(house, durable)
            assert (len(again.sightings), again.started) == (2, 1)
            assert await durable.failures() == {}
            with house.engine.begin() as connection:
                rows = all_deliveries(connection)
            assert [row.verdict for row in rows] == ["accepted"] * 2
            last = await one_round(house, durable)
        assert hub.done == 1
        assert hub.said(case) == ["IN_PROGRESS", "DONE"]
        assert last.sightings == ()
        assert hub.sandbox.state().waiting_for_recipients() == 0


async def test_a_file_set_aside_by_the_antivirus_is_announced_then_refused(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, 1) as hub:
        config = hub.furnish(tmp_path / "g")
        case = publish(hub, ("coordonnees-allocataire.txt", KIND, EICAR))
        simulated = await asyncio.to_thread(run, "flow", "simulate", "--config", config, "--json")
        (line,) = document(simulated)["en_attente"]
        assert Code.VIRUS_AT_PLACE.value in line["suite"]
        async with house_of(config) as (house, durable):
            await one_round(house, durable)
            assert await durable.failures() == {}
            with house.engine.begin() as connection:
                (row,) = all_deliveries(connection)
        assert (row.verdict, row.code, row.size) == ("refused", Code.VIRUS_AT_PLACE, 0)
        assert hub.said(case) == ["SI_INTG_ERROR"]


async def test_a_type_nobody_declared_blocks_its_case_and_says_what_to_do(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, 1) as hub:
        config = hub.furnish(tmp_path / "g")
        paper = config.parent / "partners" / "cnaf.toml"
        paper.write_text(paper.read_text().replace("coordonnees-allocataire =", "autre ="))
        case = publish(hub, ("coordonnees-allocataire.txt", KIND, hub.bodies[0]))
        result = await asyncio.to_thread(run, "doctor", "--config", config, "--json")
        assert result.exit_code == Exit.DONE
        warning, _antivirus_off = document(result)["a_surveiller"]
        assert case in warning
        assert "ignored_types" in warning
        done = await asyncio.to_thread(run, "flow", "run", "--config", config)
        assert done.exit_code == Exit.DONE
        assert "0 fichier(s) relevé(s), 1 bloqué(s)." in done.stdout
        assert hub.said(case) == []
