"""`passerelle demo`: one département's week, end to end, on this machine."""

import asyncio
import signal
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway.cli.speech import OUT, Exit, speaking
from gateway.demo.play import Again, Played, play
from gateway.demo.scenery import Scenery, prepare
from gateway.demo.screen import announce, conclude, introduce
from gateway.doors import http
from gateway.sandbox.week import Week, read_week
from schemas.generator.flows.monthly import write_week

PEOPLE, SEED, AS_OF = 200, 1, date(2022, 6, 15)
LEDGER_DOOR, TICK = ("127.0.0.1", 8765), 5.0


app = typer.Typer(add_completion=False)


@app.command("demo")
def demo(
    var: Annotated[Path, typer.Option(help="Dossier de la démonstration.")] = Path("var/demo"),
    samples: Annotated[
        Path | None,
        typer.Option(
            help="Dossier d'un département (cnaf/, pe/, cd/) ; sinon un département inventé."
        ),
    ] = None,
    departement: Annotated[str, typer.Option(help="Département inventé.")] = "08",
    keep: Annotated[bool, typer.Option(help="Reste en service à la fin, jusqu'à Ctrl-C.")] = False,
) -> None:
    """Joue la semaine d'un département : reçoit, contrôle, relie, croise, publie, prouve."""
    with speaking():
        source = samples or _invent(var, departement)
        week = read_week(source, whole=True)
        scenery, fresh = prepare(var, week)
        introduce(OUT, week, fresh=fresh)
        played = asyncio.run(_play(scenery, week, source, keep=keep))
        if played.failures:
            raise typer.Exit(int(Exit.INCIDENT))


def _invent(var: Path, departement: str) -> Path:
    into = var.parent / f"departement-{departement}"
    if not (into / ".complet").exists():
        OUT.print(f"Tirage d'un département inventé ({PEOPLE} personnes)…")
        write_week(into, departement=departement, people=PEOPLE, seed=SEED, as_of=AS_OF)
        (into / ".complet").touch()
    return into


async def _play(scenery: Scenery, week: Week, source: Path, *, keep: bool) -> Played:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=OUT, transient=True) as bar:
        task = bar.add_task("Les partenaires s'installent (clés, HubEE, SFTP)", total=None)

        def tell(phase: str, started: int) -> None:
            bar.update(task, description=f"{phase.capitalize()} : {started} en cours")

        async def stay(played: Played, again: Again) -> None:
            bar.stop()
            conclude(OUT, played, scenery, week)
            if keep:
                await _stay(scenery, again)

        return await play(scenery, week, source, tell, stay)


async def _stay(scenery: Scenery, again: Again) -> None:
    """Serve until asked to stop: rounds at every tick, and the ledger for whoever verifies it."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    door = http.application(scenery.root / "etat" / "journal", lambda: 0)
    web = await http.serve(door, *LEDGER_DOOR)
    sftp = scenery.sandbox / "sftp" / "partners"
    OUT.print(
        f"\n[bold]En service[/] : une tournée toutes les {TICK:.0f} secondes. Ctrl-C arrête.\n"
        f"  journal      http://{LEDGER_DOOR[0]}:{LEDGER_DOOR[1]}/journal/checkpoint\n"
        f"  partenaires  déposez dans {sftp}/<pe|cd>/depot : la réponse vient dans ack/",
        soft_wrap=True,
    )
    while not stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), TICK)
            break
        played = await again()
        if played.started:
            announce(OUT, played)
    await web.cleanup()
