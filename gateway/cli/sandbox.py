"""`passerelle sandbox`: partners that run on this machine, to integrate against."""

import asyncio
import json
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli import sandbox_hubee, sandbox_people
from gateway.cli.options import Json
from gateway.cli.speech import ERR, OUT, speaking
from gateway.pgp import generate_key
from gateway.sandbox.stand import Standing, stand
from gateway.sandbox.week import Week, read_week
from schemas.generator.flows.monthly import write_week

app = typer.Typer(add_completion=False)
app.add_typer(sandbox_hubee.app, name="hubee")
app.command("people")(sandbox_people.people)


@app.callback(invoke_without_command=True)
def sandbox(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--dir", help="Où le bac à sable garde son état.")] = Path(
        "var/bac-a-sable"
    ),
    samples: Annotated[
        Path | None, typer.Option("--from", help="Dossier d'un département (cnaf/, pe/, cd/).")
    ] = None,
    departement: Annotated[str, typer.Option(help="Sinon : département inventé.")] = "08",
    people: Annotated[int, typer.Option(help="Sinon : nombre de personnes inventées.")] = 200,
    seed: Annotated[int, typer.Option(help="Sinon : graine du tirage.")] = 1,
    gateway_key: Annotated[
        Path | None,
        typer.Option(
            help="Clé publique OpenPGP de la passerelle à qui les fichiers sont destinés."
        ),
    ] = None,
    until_closed: Annotated[
        bool, typer.Option(help="S'arrête quand l'entrée standard se ferme.", hidden=True)
    ] = False,
    as_json: Json = False,
) -> None:
    """Lance HubEE V1 et deux partenaires SFTP sur 127.0.0.1, remplis ; s'arrête avec Ctrl-C.

    La sous-commande hubee lance HubEE seul, et le commande ; people écrit tous les flux d'un
    département inventé.
    """
    if context.invoked_subcommand is not None:
        return
    with speaking():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        source = samples or _invent(folder / "departement", departement, people, seed)
        key = gateway_key.read_text("utf-8") if gateway_key else _own_gateway(folder)
        week = read_week(source, whole=True)
        asyncio.run(_stand(folder, week, key, as_json=as_json, until_closed=until_closed))


async def _stand(folder: Path, week: Week, key: str, *, as_json: bool, until_closed: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    if until_closed:
        loop.run_in_executor(None, _wait_for_the_end, loop, stopping)
    async with stand(folder, week, key) as standing:
        if as_json:
            typer.echo(json.dumps(describe(standing, week)))
            sys.stdout.flush()
        else:
            _show(standing, week)
        await stopping.wait()


def describe(standing: Standing, week: Week) -> dict[str, object]:
    """What an integrator needs, as JSON; the HubEE secret is a sandbox's, worth nothing elsewhere."""
    return {
        "departement": week.departement,
        "date": week.as_of.isoformat(),
        "hubee": {
            "token_url": standing.hubee.token_url,
            "api_url": standing.hubee.api_url,
            "client_id": standing.hubee.client_id,
            "client_secret": standing.hubee.client_secret.reveal(),
            "process_code": standing.hubee.process_code,
            "attachment_type": standing.hubee.attachment_type,
        },
        "sftp": {
            alias: {
                "host": access.host,
                "port": access.port,
                "username": access.username,
                "client_key": str(access.client_key_path.resolve()),
                "host_key": access.host_key,
            }
            for alias, access in standing.sftp.items()
        },
        "openpgp": str((standing.folder / "partenaires").resolve()),
    }


def _show(standing: Standing, week: Week) -> None:
    OUT.print(f"[bold]Bac à sable[/] du département {week.departement}, au {week.as_of:%d/%m/%Y}")
    table = Table("Partenaire", "Accès", box=None)
    table.add_row("HubEE", f"{standing.hubee.api_url}  (client {standing.hubee.client_id})")
    for alias, access in standing.sftp.items():
        table.add_row(f"SFTP {alias}", f"{access.username}@{access.host}:{access.port}")
    OUT.print(table)
    OUT.print(
        f"Clés et état : {standing.folder}. Secrets et accès complets : --json. Ctrl-C arrête.",
        soft_wrap=True,
    )


def _invent(into: Path, departement: str, people: int, seed: int) -> Path:
    done = into / ".complet"
    if not done.exists():
        ERR.print(f"Tirage de {people} personnes inventées pour le département {departement}…")
        write_week(into, departement=departement, people=people, seed=seed, as_of=date(2022, 6, 15))
        done.touch()
    return into


def _own_gateway(folder: Path) -> str:
    public, secret = folder / "passerelle.asc", folder / "passerelle.key"
    if not public.exists():
        pair = generate_key("Passerelle du bac à sable <passerelle@example.org>")
        secret.touch(mode=0o600)
        secret.write_text(pair.secret.reveal(), "utf-8")
        public.write_text(pair.public, "utf-8")
    return public.read_text("utf-8")


def _wait_for_the_end(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    while sys.stdin.buffer.read(1 << 16):
        pass
    loop.call_soon_threadsafe(stopping.set)
