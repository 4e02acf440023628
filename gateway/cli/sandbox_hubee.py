"""`passerelle sandbox hubee`: HubEE V1 alone on this machine, for any client of HubEE.

Everything is kept in one folder: a restart finds the same cases, the same credentials, the same
administration token. The commands that act on a sandbox already running are in `sandbox_desk.py`.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from connectors.sandbox.hubee import HubeeSandbox
from connectors.sandbox.hubee.admin import (
    ALIASES,
    CNAF_FLOWS,
    PREFIX,
    Desk,
    admin_application,
    introduce,
    kept_token,
    publish_folder,
    unknown_folders,
    write_access,
)
from gateway.cli import sandbox_faults
from gateway.cli.options import Json
from gateway.cli.sandbox_asking import HUBEE_FOLDER
from gateway.cli.sandbox_desk import COMMANDS
from gateway.cli.speech import ERR, OUT, speaking
from gateway.errors import Misconfigured, Unavailable

SIRET, BRANCH = "22000000000015", "00000"  # invented

app = typer.Typer(add_completion=False)
app.add_typer(sandbox_faults.app, name="fault")
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    folder: Path
    home: tuple[str, str]
    demarches: Sequence[str]
    source: Path | None
    as_json: bool


State = Annotated[Path, typer.Option("--dir", help="Où le bac à sable garde son état.")]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Port d'écoute ; 0 : le premier port libre.")
]
Seed = Annotated[int, typer.Option(help="Graine des identifiants et des secrets.")]
Siret = Annotated[str, typer.Option(help="SIRET de l'organisation qui reçoit.")]
Branch = Annotated[str, typer.Option(help="Code de la branche de cette organisation.")]
Demarches = Annotated[
    list[str] | None,
    typer.Option(
        "--demarche", help="Code d'une démarche (répétable) ; sinon toutes celles de la CNAF."
    ),
]
Life = Annotated[float, typer.Option(min=0.0, help="Durée de vie des jetons, en secondes.")]
Most = Annotated[int | None, typer.Option(min=0, help="Nombre maximal d'événements par dossier.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse les changements de statut hors du tableau.")
]
Source = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="Fichiers à publier : <démarche>/<fichier>, ou <démarche>/<dossier>/<fichiers>.",
    ),
]


@app.callback(invoke_without_command=True)
def hubee(
    context: typer.Context,
    folder: State = HUBEE_FOLDER,
    port: Port = 0,
    seed: Seed = 1,
    siret: Siret = SIRET,
    branch: Branch = BRANCH,
    demarches: Demarches = None,
    token_life: Life = 3600.0,
    most_events: Most = None,
    strict: Strict = False,
    source: Source = None,
    as_json: Json = False,
) -> None:
    """Lance HubEE V1 seul sur 127.0.0.1 ; s'arrête avec Ctrl-C. Les sous-commandes le commandent."""
    if context.invoked_subcommand is not None:
        return
    with speaking():
        wanted = Wanted(
            folder, (siret, branch), demarches or [*CNAF_FLOWS, *ALIASES], source, as_json
        )
        with _opening(folder):
            sandbox = HubeeSandbox(
                folder,
                seed,
                port=port,
                token_life=timedelta(seconds=token_life),
                most_events=most_events,
                strict=strict,
                catalogue=True,
            )
        asyncio.run(_stand(sandbox, wanted))


@contextmanager
def _opening(folder: Path) -> Iterator[None]:
    try:
        yield
    except ValueError:
        raise Misconfigured(
            f"{folder} : état d'un autre bac à sable, ou d'une autre graine ; choisissez --dir ou --seed"
        ) from None
    except OSError as error:
        raise Misconfigured(f"{folder} : dossier inutilisable ({error.strerror})") from None


async def _stand(sandbox: HubeeSandbox, wanted: Wanted) -> None:
    desk = Desk(sandbox, kept_token(wanted.folder), wanted.home)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, desk.stopping.set)
    for code in wanted.demarches:
        sandbox.subscribe(*wanted.home, code)
    try:
        base = await sandbox.start([(PREFIX, admin_application(desk))])
    except OSError as error:
        raise Unavailable(f"le port n'a pas pu être pris ({error.strerror})") from None
    try:
        write_access(wanted.folder, desk, base)
        await _publish(sandbox, wanted)
        _announce(introduce(desk, base), wanted)
        await desk.stopping.wait()
    finally:
        await sandbox.stop()


async def _publish(sandbox: HubeeSandbox, wanted: Wanted) -> None:
    if wanted.source is None:
        return
    if not wanted.source.is_dir():
        raise Misconfigured(f"{wanted.source} n'est pas un dossier")
    left = unknown_folders(wanted.source, wanted.demarches)
    if left:
        ERR.print(f"{len(left)} dossiers ne portent pas le nom d'une démarche : ignorés.")
    cases = await publish_folder(sandbox, wanted.source, wanted.home, wanted.demarches)
    ERR.print(f"{len(cases)} dossiers publiés ou déjà là.")


def _announce(found: dict[str, object], wanted: Wanted) -> None:
    if wanted.as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        sys.stdout.flush()
        return
    OUT.print("[bold]Bac à sable HubEE[/]")
    table = Table("Quoi", "Où", box=None)
    for name, says in (
        ("token_url", "Jetons"),
        ("api_url", "Télédossiers"),
        ("referential_url", "Référentiel"),
        ("admin_url", "Administration"),
    ):
        table.add_row(says, str(found[name]))
    OUT.print(table)
    table = Table("Portée", "Démarche", "Client", "Secret", box=None)
    credentials = found["credentials"]
    for one in credentials if isinstance(credentials, list) else []:
        table.add_row(
            one["scope"], one["process_code"] or "—", one["client_id"], one["client_secret"]
        )
    OUT.print(table)
    OUT.print(
        f"Jeton d'administration : {wanted.folder / 'acces.json'}. Ctrl-C arrête.", soft_wrap=True
    )
