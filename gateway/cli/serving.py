"""`passerelle serve` and `passerelle doctor`: run for good, and say what is wrong before running."""

import asyncio
import logging
import shutil
import signal
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import typer
from rich.markup import escape
from sqlalchemy import Engine

from connectors.errors import ConnectorError
from connectors.hubee.probe import probe
from gateway.app import open_house
from gateway.cli.counter import api_open
from gateway.cli.options import Config, Json
from gateway.cli.posts import look_closely, silence_sentence, watched
from gateway.cli.scanner import examined
from gateway.cli.snags import silence_of
from gateway.cli.speech import OUT, Exit, say_json, speaking
from gateway.cli.watch import Watch
from gateway.doors import http
from gateway.doors.durable import Patience, given_up
from gateway.enrolment import openpgp_keys
from gateway.errors import GatewayError, Misconfigured
from gateway.keyring import Drawer, Keyring, Use
from gateway.ledger.verify import verify
from gateway.masterkey import master_warnings, open_master
from gateway.places import hubee_accesses
from gateway.rekeying import count_left
from gateway.review.unheard import unheard
from gateway.rounds import running, served_departements
from gateway.rulebook import today
from gateway.settings import Partner, Settings, config_path, credentials_folder, load
from gateway.store.alerts import count_open, open_alerts

# Seconds our clock may differ from HubEE's before an administrator is told.
MOST_SKEW = 60.0

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
        door = http.application(
            house.ledger_folder,
            partial(count_open, house.engine),
            sheets=partial(today, house.engine, settings.departements),
        )
        web = await http.serve(door, settings.main.http.host, settings.main.http.port)

        async with api_open(house):
            watch = Watch(house, durable)
            watch.start()
            await _first_of(watch.follow(), stopping.wait())
            watch.stop()
        await web.cleanup()


async def _first_of(work: Coroutine[Any, Any, None], stop: Coroutine[Any, Any, object]) -> None:
    """Work until asked to stop, or until the work itself cannot go on: then it says why."""
    tasks = (asyncio.create_task(work), asyncio.create_task(stop))
    done, unfinished = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
    for task in done:
        task.result()


@doctor_app.command("doctor")
def doctor(config: Config = None, as_json: Json = False) -> None:
    """Vérifie outils, clés, base, journal et partenaires. Code 3 s'il y a quelque chose à réparer."""
    with speaking():
        found = asyncio.run(_examine(load(config_path(config))))
        if as_json:
            say_json({"a_reparer": found.faults, "a_surveiller": found.warnings})
        for fault in [] if as_json else found.faults:
            OUT.print(f"[red]à réparer[/] {escape(fault)}", soft_wrap=True)
        for warning in [] if as_json else found.warnings:
            OUT.print(f"[yellow]à surveiller[/] {escape(warning)}", soft_wrap=True)
        if found.faults:
            raise typer.Exit(int(Exit.CONFIGURATION))
        if not as_json:
            well = "Rien à réparer." if found.warnings else "Tout est en ordre."
            OUT.print(f"[green]{well}[/]")


@dataclass
class Examined:
    """What must be repaired, and what must be watched."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


async def _examine(settings: Settings) -> Examined:
    found = Examined([] if shutil.which("gpg") else ["gpg introuvable : apt-get install gnupg"])
    found.faults += _missing_keys(settings)
    found.warnings += master_warnings(settings)
    try:
        refused = await _probe_all(settings, found)
        async with open_house(settings) as house:
            found.faults += await asyncio.to_thread(_keys_to_approve, settings, house.engine)
            seen = await look_closely(house)
            found.faults += [silence_sentence(s) for s in seen.silences if s.post not in refused]
            found.warnings += watched(seen)
            scanning = await asyncio.to_thread(examined, house.antivirus)
            found.faults += scanning.faults
            found.warnings += scanning.warnings
            found.warnings += await asyncio.to_thread(_old_names, house.engine)
            with house.engine.begin() as connection:
                found.warnings += [one.alert.sentence for one in open_alerts(connection)]
                for departement in served_departements(settings):
                    found.warnings += unheard(connection, departement)
            if house.ledger_folder.exists():
                await asyncio.to_thread(verify, house.ledger_folder)
        left = await asyncio.to_thread(given_up, settings.durable_url)
        found.warnings += [
            f"{key} abandonné après trop d'échecs : {why}" for key, why in left.items()
        ]
    except GatewayError as error:
        found.faults.append(str(error))
    found.faults = list(dict.fromkeys(found.faults))
    return found


async def _probe_all(settings: Settings, found: Examined) -> set[str]:
    """Ask a token for each credential at HubEE; give the aliases of those that got none."""
    accesses = list(hubee_accesses(settings))
    answers = await asyncio.gather(*(probe(a) for a in accesses), return_exceptions=True)
    refused = set()
    for access, answer in zip(accesses, answers, strict=True):
        if isinstance(answer, ConnectorError):
            refused.add(access.alias)
            why = silence_of(type(answer).__name__)
            found.faults.append(f"{access.alias} : pas de jeton HubEE ({why})")
        elif isinstance(answer, BaseException):
            raise answer
        elif answer.ahead is not None and abs(answer.ahead) > MOST_SKEW:
            found.warnings.append(
                f"{access.alias} : l'horloge de cette machine et celle de HubEE diffèrent "
                f"de {abs(answer.ahead):.0f} secondes"
            )
    return refused


def _missing_keys(settings: Settings) -> Iterator[str]:
    """Each key that will be asked for one day: better missed now than at the first file."""
    ring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
    asked: list[Callable[[], object]] = [ring.check, ring.ledger_key]
    asked.append(partial(open_master, settings, ring))
    asked += [partial(ring.age_recipient, drawer) for drawer in Drawer]
    asked += [partial(ring.age_identity, drawer) for drawer in Drawer]
    asked += [partial(ring.openpgp, use) for use in Use]
    asked += [partial(ring.openpgp_public, use) for use in Use]
    if any(line.envelope == "cms" for p in settings.partners for line in p.flows):
        asked += [ring.cms_key, ring.cms_certificate]
    if settings.main.api.address:
        asked += [ring.api_key, partial(ring.webhook_secret, "doctor")]
    for ask in asked:
        try:
            ask()
        except Misconfigured as error:
            yield str(error)


def _old_names(engine: Engine) -> list[str]:
    """Frames of ours still under the names of an earlier epoch."""
    remaining = count_left(engine)
    again = "passerelle key epoch apply"
    return [f"{remaining} fichier(s) scellé(s) d'une époque passée : {again}"] if remaining else []


def _keys_to_approve(settings: Settings, engine: Engine) -> list[str]:
    """The partners whose files we could neither verify nor seal."""
    faults = []
    for partner in filter(_writes_openpgp, settings.partners):
        try:
            openpgp_keys(engine, partner.alias)
        except Misconfigured as error:
            faults.append(str(error))
    return faults


def _writes_openpgp(partner: Partner) -> bool:
    """Whether we verify what it signs, or encrypt what it receives (who sends nothing receives)."""
    if partner.rdv_insertion is not None:  # it takes people, and has no key
        return False
    return not partner.flows or any(line.envelope == "openpgp" for line in partner.flows)
