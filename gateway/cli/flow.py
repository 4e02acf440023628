"""`passerelle flow`: look at what waits, make one round, list what came."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.app import open_house
from gateway.cli.calendar import calendar
from gateway.cli.checking import Checking, check
from gateway.cli.options import Config, Json
from gateway.cli.posts import (
    Seen,
    document,
    fate_of,
    look_closely,
    lost_sentence,
    silence_sentence,
    stuck_of,
    stuck_sentence,
    waiting_sentence,
)
from gateway.cli.records import records
from gateway.cli.replay import replay, sequence
from gateway.cli.speech import OUT, Exit, say_json, speaking
from gateway.doors.durable import Patience, given_up
from gateway.expected import check_expected
from gateway.rounds import go_round, running
from gateway.settings import config_path, load
from gateway.store.deliveries import all_deliveries

app = typer.Typer(
    help="Les flux : contrôler, relever, lister, attendre.",
    no_args_is_help=True,
    add_completion=False,
)

app.command("check", cls=Checking)(check)
app.command("calendar")(calendar)
app.command("replay")(replay)
app.command("sequence")(sequence)


@app.command()
def simulate(config: Config = None, as_json: Json = False) -> None:
    """Montre ce qui attend chez les partenaires, ce qui serait relevé et ce qui bloque ; ne change rien."""
    with speaking():
        seen = asyncio.run(_look(config))
        if as_json:
            say_json(document(seen))
            return
        if seen.sightings:
            OUT.print(_waiting(seen))
        _say_posts(seen)
        for post, number in seen.echoes.items():
            if number:
                OUT.print(f"  {post} : {number} message(s) sans fichier, retiré(s) à la relève")
        OUT.print(f"{len(seen.sightings)} fichier(s) en attente.")


@app.command()
def run(config: Config = None) -> None:
    """Fait une tournée : relève, croise, publie, puis rend la main."""
    with speaking():
        done, seen, failures, given_up = asyncio.run(_run(config))
        _say_posts(seen)
        OUT.print(f"{done} fichier(s) relevé(s), {len(seen.stuck)} bloqué(s).")
        for key, why in failures.items():
            OUT.print(f"[red]en échec[/] {key} : {escape(why)}", soft_wrap=True)
        for key, why in given_up.items():
            OUT.print(f"[red]abandonné[/] {key} : {escape(why)}", soft_wrap=True)
        if failures:
            raise typer.Exit(int(Exit.INCIDENT))


@app.command("list")
def list_deliveries(config: Config = None, as_json: Json = False) -> None:
    """Liste les dépôts reçus, leur verdict, leurs lignes, et si l'expéditeur en a l'accusé."""
    with speaking():
        with records(load(config_path(config))) as connection:
            rows = all_deliveries(connection)
        if as_json:
            say_json([dict(row._mapping) for row in rows])  # noqa: SLF001 - SQLAlchemy's public name
            return
        names = ("Dépôt", "Partenaire", "Fichier", "Verdict", "Code", "Lues", "Rejetées", "Accusé")
        table = Table(*names, box=None)
        for row in rows:
            table.add_row(
                row.id,
                row.partner,
                row.name,
                f"{row.verdict} (REJEU)" if row.replay_of else row.verdict,
                row.code or "",
                str(row.rows_read),
                str(row.rows_rejected),
                "remis" if row.acknowledged_at else "à remettre",
            )
        OUT.print(table)


async def _look(config: Path | None) -> Seen:
    async with open_house(load(config_path(config))) as house:
        return await look_closely(house)


async def _run(config: Path | None) -> tuple[int, Seen, Mapping[str, str], Mapping[str, str]]:
    settings = load(config_path(config))
    received = 0

    def tell(phase: str, started: int) -> None:
        nonlocal received
        received += started if phase == "réception" else 0
        OUT.print(f"{phase} : {started}")

    async with running(settings, Patience()) as (house, durable):
        done = await go_round(house, durable, tell)
        await asyncio.to_thread(check_expected, house.engine, settings.partners)
        seen = Seen(done.sightings, done.silences, stuck_of(house), done.waiting)
        failures = await durable.failures()
    return received, seen, failures, await asyncio.to_thread(given_up, settings.durable_url)


def _waiting(seen: Seen) -> Table:
    names = ("Lieu", "Flux", "Fichier", "Type", "Octets", "Depuis", "À la prochaine relève")
    table = Table(*(Column(name, overflow="fold") for name in names), box=None)
    for sighting in seen.sightings:
        arrival = sighting.arrival
        told = [fate_of(sighting, seen), lost_sentence(arrival.lost_on)]
        table.add_row(
            sighting.post.name,
            sighting.passport.flow,
            sighting.passport.name,
            escape(arrival.kind),
            "" if arrival.size is None else str(arrival.size),
            f"{arrival.seen_at:%d/%m/%Y %H:%M}" if arrival.seen_at else "",
            " ; ".join(part for part in told if part),
        )
    return table


def _say_posts(seen: Seen) -> None:
    for post, stuck in seen.stuck:
        OUT.print(f"  [yellow]{escape(stuck_sentence(post, stuck))}[/]", soft_wrap=True)
    for waiting in seen.waiting:
        OUT.print(f"  [yellow]{escape(waiting_sentence(waiting))}[/]", soft_wrap=True)
    for silence in seen.silences:
        OUT.print(f"  [red]{escape(silence_sentence(silence))}[/]", soft_wrap=True)
