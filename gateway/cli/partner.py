"""`passerelle partner`: from the first phone call to the last day of a partner."""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from gateway.checklist import Step, checklist
from gateway.cli.operator import By, Motive, operator
from gateway.cli.options import Config, Json
from gateway.cli.partner_echo import echo
from gateway.cli.partner_line import host_key, legacy
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, Exit, say_json, speaking
from gateway.errors import Misconfigured, NotAuthorised
from gateway.papers import NewPartner, SftpAccount, write
from gateway.settings import Settings, config_path, load
from gateway.store.database import one_writer
from gateway.store.habilitations import every_current
from gateway.store.partner_keys import Standing as KeyStanding
from gateway.store.partner_keys import keys_of, retire_in
from gateway.store.partner_states import STATES, State, change, standing_of
from gateway.store.partner_states import write as write_state

app = typer.Typer(
    help="Les partenaires : ajouter, essayer, mettre en service, suspendre, quitter.",
    no_args_is_help=True,
    add_completion=False,
)
Alias = Annotated[str, typer.Argument(metavar="PARTENAIRE", help="Son nom court.")]
Flow = Annotated[
    list[str] | None,
    typer.Option("--flux", help="Ce qu'il enverra : FLUX:DÉPARTEMENT, autant de fois qu'il faut."),
]


@app.command()
def add(
    alias: Alias,
    name: Annotated[str, typer.Option("--nom", prompt="Nom complet", help="Son nom complet.")],
    siret: Annotated[
        str, typer.Option("--siret", prompt="SIRET", help="Son SIRET, de 14 chiffres.")
    ],
    sftp: Annotated[
        str | None, typer.Option("--sftp", help="Son serveur : compte@machine[:port].")
    ] = None,
    client_key: Annotated[
        str | None, typer.Option("--cle-client", help="Notre clé SSH privée pour lui.")
    ] = None,
    folder: Annotated[
        str | None, typer.Option("--dossier", help="Un dossier local, au lieu d'un serveur SFTP.")
    ] = None,
    flows: Flow = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Déclare un partenaire, en recette : rien n'est croisé avant sa mise en service."""
    with speaking():
        path = config_path(config)
        who = operator(load(path), by)
        place = None if sftp is None else _account(sftp, client_key)
        if (place is None) == (folder is None):
            raise Misconfigured("dites où il dépose : --sftp compte@machine, ou --dossier CHEMIN")
        new = NewPartner(alias, name, siret, place, folder, [_flow(text) for text in flows or ()])
        settings = _declared(path, new)
        with engine_of(settings) as engine:
            change(engine, alias, State.TEST, by=who, motive="déclaré, en recette")
        _show(settings, alias, as_json=as_json)


@app.command("list")
def list_partners(config: Config = None, as_json: Json = False) -> None:
    """Liste les partenaires et où ils en sont."""
    with speaking():
        settings = load(config_path(config))
        with records(settings) as connection:
            lines = [
                {
                    "partenaire": partner.alias,
                    "nom": partner.name,
                    "etat": standing_of(connection, partner.alias).state.value,
                    "reste": sum(
                        not s.is_done for s in _steps(settings, connection, partner.alias)
                    ),
                }
                for partner in settings.partners
            ]
        if as_json:
            say_json(lines)
            return
        table = Table("Partenaire", "Nom", "État", "Reste à faire", box=None)
        for line in lines:
            state = STATES[State(str(line["etat"]))]
            table.add_row(
                str(line["partenaire"]), escape(str(line["nom"])), state, str(line["reste"])
            )
        OUT.print(table)


@app.command()
def show(alias: Alias, config: Config = None, as_json: Json = False) -> None:
    """Montre où en est un partenaire : ce qui est fait, ce qui manque et quoi taper."""
    with speaking():
        _show(load(config_path(config)), alias, as_json=as_json)


@app.command("open")
def open_partner(
    alias: Alias, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Met un partenaire en service, une fois tout fait."""
    with speaking():
        settings = load(config_path(config))
        who = operator(settings, by)
        with records(settings) as connection:
            left = [s.name for s in _steps(settings, connection, alias) if not s.is_done]
        if left:
            raise NotAuthorised(f"{alias} n'est pas prêt : il manque {', '.join(left)}")
        _change(settings, alias, State.ACTIVE, who, motive, as_json=as_json)


@app.command()
def pause(
    alias: Alias, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Suspend un partenaire : ses lieux ne sont plus relevés, rien ne lui est remis. Rien n'est perdu."""
    with speaking():
        settings = load(config_path(config))
        with records(settings) as connection:
            state = standing_of(connection, settings.partner(alias).alias).state
        if state is State.PAUSED:
            raise NotAuthorised(f"{alias} est déjà en pause")
        _change(settings, alias, State.PAUSED, operator(settings, by), motive, as_json=as_json)


@app.command()
def resume(
    alias: Alias, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Remet un partenaire suspendu où il en était ; ce qui l'attendait repart à la prochaine tournée."""
    with speaking():
        settings = load(config_path(config))
        with records(settings) as connection:
            standing = standing_of(connection, settings.partner(alias).alias)
        if standing.state is not State.PAUSED:
            raise NotAuthorised(f"{alias} n'est pas en pause : {STATES[standing.state]}")
        _change(settings, alias, standing.was, operator(settings, by), motive, as_json=as_json)


@app.command()
def offboard(
    alias: Alias, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Fait partir un partenaire, pour toujours : ses clés sont retirées, son fichier reste à effacer."""
    with speaking():
        settings = load(config_path(config))
        who, known = operator(settings, by), settings.partner(alias).alias
        with engine_of(settings) as engine, one_writer(engine) as connection:
            held = [k for k in keys_of(connection, known) if k.standing in HELD]
            for key in held:
                retire_in(connection, key, by=who)
            write_state(connection, known, State.OFFBOARDED, by=who, motive=motive)
        if as_json:
            say_json({"partenaire": known, "etat": "offboarded", "cles_retirees": len(held)})
            return
        OUT.print(f"{known} est parti ; clés retirées : {len(held)}.")
        OUT.print(f"Reste à faire : effacer partners/{known}.toml, révoquer ses habilitations,")
        OUT.print(
            "demander la fermeture de notre compte chez lui, et la suppression de ce qu'il garde."
        )


@app.command()
def test(
    alias: Alias,
    wait: Annotated[
        int, typer.Option("--attendre", min=0, help="Minutes à attendre sa réponse.")
    ] = 0,
    another: Annotated[
        bool, typer.Option("--nouveau", help="Un autre essai, même si le dernier attend.")
    ] = False,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Lui remet un fichier d'essai qui ne parle de personne, et lit sa réponse."""
    with speaking():
        settings = load(config_path(config))
        who = operator(settings, by)
        found = asyncio.run(echo(settings, alias, by=who, minutes=wait, another=another))
        if as_json:
            say_json(found)
        else:
            answer = found["reponse"] or "pas encore de réponse ; relancez cette commande plus tard"
            OUT.print(f"Essai remis : {found['fichier']} ({answer})", soft_wrap=True)
        if found["reponse"] in {"refused", "unreadable"}:
            raise typer.Exit(int(Exit.AGAINST))


app.command("host-key")(host_key)
app.command()(legacy)

HELD = (KeyStanding.IN_FORCE, KeyStanding.PROPOSED)


def _change(
    settings: Settings, alias: str, state: State, by: str, motive: str, *, as_json: bool
) -> None:
    known = settings.partner(alias).alias
    with engine_of(settings) as engine:
        change(engine, known, state, by=by, motive=motive)
    if as_json:
        say_json({"partenaire": known, "etat": state.value})
    else:
        OUT.print(f"{known} : {STATES[state]}.")


def _declared(path: Path, new: NewPartner) -> Settings:
    """Write its file, and take it back if the settings as a whole are then refused."""
    target = path.parent / "partners" / f"{new.alias}.toml"
    if target.exists() or "/" in new.alias or new.alias.startswith("."):
        raise Misconfigured(f"{new.alias} est déjà déclaré, ou n'est pas un nom court")
    with tempfile.NamedTemporaryFile("w", dir=target.parent, suffix=".new", delete=False) as aside:
        aside.write(write(new))
    try:
        os.link(aside.name, target)
    except FileExistsError:
        raise Misconfigured(f"{new.alias} est déjà déclaré") from None
    finally:
        Path(aside.name).unlink()
    try:
        return load(path)
    except Misconfigured:
        target.unlink()
        raise


def _account(text: str, client_key: str | None) -> SftpAccount:
    username, at, place = text.rpartition("@")
    host, colon, port = place.partition(":")
    if not (username and at and host) or (colon and not port.isdecimal()) or not client_key:
        raise Misconfigured("--sftp compte@machine[:port] et --cle-client FICHIER vont ensemble")
    return SftpAccount(host, int(port) if colon else 22, username, client_key)


def _flow(text: str) -> tuple[str, str]:
    flow, colon, departement = text.partition(":")
    if not (flow and colon and departement):
        raise Misconfigured("--flux FLUX:DÉPARTEMENT, par exemple --flux cd-parcours:08")
    return flow, departement


def _steps(settings: Settings, connection: Connection, alias: str) -> Sequence[Step]:
    habilitations = every_current(connection, datetime.now(UTC).date())
    return checklist(connection, settings.partner(alias), habilitations)


def _show(settings: Settings, alias: str, *, as_json: bool) -> None:
    with records(settings) as connection:
        steps = _steps(settings, connection, alias)
        standing = standing_of(connection, alias)
    if as_json:
        done = [{"etape": s.name, "fait": s.is_done, "a_faire": s.todo} for s in steps]
        say_json({"partenaire": alias, "etat": standing.state.value, "etapes": done})
        return
    OUT.print(f"{alias} : {STATES[standing.state]}")
    for step in steps:
        mark = "[green]fait[/]   " if step.is_done else "[yellow]à faire[/]"
        OUT.print(f"  {mark} {step.name}" + (f" : {escape(step.todo)}" if step.todo else ""))
    if all(step.is_done for step in steps) and standing.state is State.TEST:
        OUT.print(f"Tout est prêt : passerelle partner open {alias} --motif …")
