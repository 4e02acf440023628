"""`passerelle serve` and `passerelle doctor`: run for good, and say what is wrong before running."""

import asyncio
import logging
import shutil
import signal
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import typer
from rich.markup import escape

from gateway.app import open_house
from gateway.cli.options import Config, Json
from gateway.cli.speech import OUT, Exit, say_json, speaking
from gateway.doors import http
from gateway.doors.clock import Clock
from gateway.doors.durable import Patience
from gateway.doors.lookout import look
from gateway.errors import GatewayError, Misconfigured
from gateway.keyring import Drawer, Keyring, Use
from gateway.ledger.verify import verify
from gateway.rounds import go_round, running
from gateway.settings import Partner, Settings, config_path, load

log = logging.getLogger("passerelle")


serve_app = typer.Typer(add_completion=False)
doctor_app = typer.Typer(add_completion=False)


@serve_app.command("serve")
def serve(config: Config = None) -> None:
    """Sert pour de bon : une tournée à chaque tic de l'horloge, jusqu'à l'arrêt demandé."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with speaking():
        asyncio.run(_serve(load(config_path(config))))


async def _serve(settings: Settings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with running(settings, Patience()) as (house, durable):
        web = await http.serve(
            http.application(house.ledger_folder), settings.main.http.host, settings.main.http.port
        )

        async def tick() -> None:
            done = await go_round(house, durable, _tell)
            for silence in done.silences:
                log.warning("%s ne répond pas (%s)", silence.partner, silence.why)

        clock = Clock()
        clock.every(settings.main.clock.poll_minutes, settings.main.clock.jitter_seconds, tick)
        clock.start()
        await _first_of(tick(), stopping.wait())
        await stopping.wait()
        clock.stop()
        await web.cleanup()


async def _first_of(tick: Coroutine[Any, Any, None], stop: Coroutine[Any, Any, object]) -> None:
    """Make the first round, unless we are asked to stop before its end: it resumes at the next start."""
    tasks = (asyncio.create_task(tick), asyncio.create_task(stop))
    done, unfinished = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
    for task in done:
        task.result()


def _tell(phase: str, started: int) -> None:
    if started:
        log.info("%s : %d", phase, started)


@doctor_app.command("doctor")
def doctor(config: Config = None, as_json: Json = False) -> None:
    """Vérifie outils, clés, base, journal et partenaires. Code 3 s'il y a quelque chose à réparer."""
    with speaking():
        faults = asyncio.run(_examine(load(config_path(config))))
        if as_json:
            say_json({"a_reparer": faults})
        for fault in [] if as_json else faults:
            OUT.print(f"[red]à réparer[/] {escape(fault)}", soft_wrap=True)
        if faults:
            raise typer.Exit(int(Exit.CONFIGURATION))
        if not as_json:
            OUT.print("[green]Tout est en ordre.[/]")


async def _examine(settings: Settings) -> list[str]:
    faults = [] if shutil.which("gpg") else ["gpg introuvable : apt-get install gnupg"]
    faults += _missing_keys(settings)
    try:
        async with open_house(settings) as house:
            _, silent = await look(house.posts)
            faults += [f"{s.partner} ne répond pas ({s.why})" for s in silent]
            if house.ledger_folder.exists():
                await asyncio.to_thread(verify, house.ledger_folder)
    except GatewayError as error:
        faults.append(str(error))
    return list(dict.fromkeys(faults))


def _missing_keys(settings: Settings) -> Iterator[str]:
    """Each key that will be asked for one day: better missed now than at the first file."""
    ring = Keyring(settings.path(settings.main.paths.keys))
    asked: list[Callable[[], object]] = [ring.check, ring.ledger_key, ring.pseudonym_master]
    asked += [partial(ring.age_recipient, drawer) for drawer in Drawer]
    asked += [partial(ring.age_identity, drawer) for drawer in Drawer]
    asked += [partial(ring.openpgp, use) for use in Use]
    asked += [partial(ring.openpgp_public, use) for use in Use]
    asked += [partial(ring.partner, p.key_name) for p in settings.partners if _writes_openpgp(p)]
    for ask in asked:
        try:
            ask()
        except Misconfigured as error:
            yield str(error)


def _writes_openpgp(partner: Partner) -> bool:
    """Whether we verify what it signs, or encrypt what it receives (who sends nothing receives)."""
    return not partner.flows or any(line.envelope == "openpgp" for line in partner.flows)
