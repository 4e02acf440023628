"""`passerelle crossing`: cross a département, explain one person, simulate other delays, see how rules fall."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from gateway.agenda import Due, crossings
from gateway.cli.calibrated import calibration
from gateway.cli.explained import explain
from gateway.cli.options import Config, Json
from gateway.cli.simulated import simulate
from gateway.cli.speech import OUT, Exit, say_json, speaking
from gateway.doors.durable import Patience
from gateway.errors import Unavailable
from gateway.rounds import running, served_departements
from gateway.settings import Settings, config_path, load
from gateway.store.releases import find_crossing

app = typer.Typer(
    help="Les croisements : faire, expliquer une personne, simuler, caler.",
    no_args_is_help=True,
    add_completion=False,
)

app.command("explain")(explain)
app.command("simulate")(simulate)
app.command("calibration")(calibration)

Line = dict[str, Any]


@app.command()
def run(
    departement: Annotated[
        list[str] | None,
        typer.Option("--departement", help="Un département, 08 ou 2A ; sinon tous. Répétable."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--le", formats=["%Y-%m-%d"], help="Date du croisement ; sinon celle du fichier du CD."
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Croise les derniers fichiers acceptés ; le même croisement demandé deux fois n'est fait qu'une fois."""
    day = as_of.date() if as_of else None
    if day and day > datetime.now(UTC).date():
        raise typer.BadParameter("la date d'un croisement n'est pas dans l'avenir (--le)")
    with speaking():
        settings = load(config_path(config))
        lines, failures = asyncio.run(_run(settings, departement or [], day, quiet=as_json))
        if as_json:
            say_json({"croisements": lines, "echecs": failures})
        else:
            _say(lines, failures)
        if failures:
            raise typer.Exit(int(Exit.INCIDENT))


async def _run(
    settings: Settings, asked: Sequence[str], day: date | None, *, quiet: bool
) -> tuple[list[Line], Mapping[str, str]]:
    """Start what is due under its key, as a round does, and wait for it."""
    where = asked or served_departements(settings)
    async with running(settings, Patience()) as (house, durable):
        await durable.adopt(house.accounts.may_walk)
        due = await asyncio.to_thread(lambda: list(crossings(house.crossing, where, day)))
        missing = sorted(set(asked) - {one.partition for one in due})
        if missing:
            raise Unavailable(
                f"{', '.join(missing)} : aucun parcours de CD accepté, rien à croiser"
            )
        started = set()
        for one in due:
            if await durable.start(one.walk, one.key, *one.arguments, partition=one.partition):
                started.add(one.key)
                if not quiet:
                    OUT.print(f"{one.partition} au {one.arguments[1]} : croisement en cours")
        await durable.drain(lambda partition: "/" not in partition)
        failures = await durable.failures()
        await asyncio.to_thread(house.notary.publish)
        lines = [_line(house.engine, one, done_now=one.key in started) for one in due]
    ours = {one.key for one in due}
    return lines, {key: why for key, why in failures.items() if key in ours}


def _line(engine: Any, due: Due, *, done_now: bool) -> Line:  # noqa: ANN401 - an engine
    with engine.begin() as connection:
        crossed = find_crossing(connection, due.key)
    departement, day, key = due.arguments
    return {
        "croisement": key,
        "departement": departement,
        "date": day,
        "fait": crossed is not None,
        "nouveau": done_now,
        "regles": crossed.version if crossed else None,
        "effectifs": crossed.counts if crossed else None,
    }


def _say(lines: Sequence[Line], failures: Mapping[str, str]) -> None:
    table = Table("Département", "Au", "Croisement", "Règles", "État", box=None)
    for line in lines:
        state = "fait" if line["nouveau"] else "déjà fait"
        table.add_row(
            line["departement"],
            line["date"],
            line["croisement"],
            line["regles"] or "",
            state if line["fait"] else "non fait",
        )
    OUT.print(table if lines else "Aucun parcours de CD accepté : rien à croiser.")
    for key, why in failures.items():
        OUT.print(f"[red]en échec[/] {key} : {escape(why)}", soft_wrap=True)
