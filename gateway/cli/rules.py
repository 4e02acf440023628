"""`passerelle rules`: what each département decided of its rules, what a change would do, how to decide it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.rulebook import Edition, ask_for, draft, edition_of, editions, ours
from gateway.rules.disclosure import Sheet, document, markdown
from gateway.rules.thresholds import DEFAULTS
from gateway.rules.written import DEPARTEMENT, differences, read, toml
from gateway.settings import Settings, config_path, load
from gateway.store.rule_versions import decided, departements

app = typer.Typer(
    help="Les règles de croisement : délais en vigueur, versions, changements à deux personnes.",
    no_args_is_help=True,
    add_completion=False,
)


def _departement(said: str | None) -> str | None:
    with speaking():
        if said is not None and DEPARTEMENT.fullmatch(said) is None:
            raise Misconfigured("département inconnu : écrivez 08, 2A ou 971")
    return said


Departement = Annotated[
    str,
    typer.Argument(metavar="DÉPARTEMENT", callback=_departement, help="08, 2A ou 971."),
]
Day = Annotated[
    datetime | None,
    typer.Option("--le", formats=["%Y-%m-%d"], help="Un jour, AAAA-MM-JJ ; sinon aujourd'hui."),
]


@app.command("list")
def list_versions(config: Config = None, as_json: Json = False) -> None:
    """Liste les versions décidées par chaque département, et celle en vigueur aujourd'hui."""
    with speaking():
        settings = load(config_path(config))
        with records(settings) as connection:
            found = [
                line
                for departement in _served(settings, connection)
                for line in _lines(connection, departement)
            ]
        if as_json:
            say_json(found)
            return
        if not found:
            OUT.print("Aucun département.")
            return
        table = Table(
            "Version", "Département", "À partir du", "Décidée par", "En vigueur", box=None
        )
        for line in found:
            people = line["decidee_par"] if isinstance(line["decidee_par"], list) else []
            table.add_row(
                str(line["version"]),
                str(line["departement"]),
                str(line["a_partir_du"] or ""),
                " et ".join(people) or "par défaut",
                "oui" if line["en_vigueur"] else "",
            )
        OUT.print(table)


@app.command()
def show(
    departement: Departement, day: Day = None, config: Config = None, as_json: Json = False
) -> None:
    """Écrit la configuration en vigueur, en TOML : à garder, à changer, à proposer."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = edition_of(connection, departement, _on(day))
        text = toml(found.thresholds, departement=departement)
        if as_json:
            since = found.since.isoformat() if found.since else None
            say_json(
                {
                    "departement": departement,
                    "version": found.version,
                    "a_partir_du": since,
                    "sha256": found.digest,
                    "contenu": text,
                }
            )
        else:
            typer.echo(text, nl=False)


@app.command()
def diff(
    departement: Departement,
    before: Annotated[
        str, typer.Argument(metavar="AVANT", help="Une version, ou un fichier TOML.")
    ],
    after: Annotated[str, typer.Argument(metavar="APRÈS", help="Une version, ou un fichier TOML.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Dit ce qui change d'une version (08-1, AVANT_2025-3) ou d'un fichier à l'autre."""
    with speaking():
        with records(load(config_path(config))) as connection:
            known = {each.version: each for each in editions(connection, departement)}
        held = {name: each.thresholds for name, each in known.items()}
        held |= {each.version: each for each in DEFAULTS.values()}
        old, new = (
            held[name] if name in held else read(_text(Path(name)), name, departement=departement)
            for name in (before, after)
        )
        changes = differences(old, new)
        if as_json:
            say_json(dict(changes))
        else:
            _print(changes)


@app.command()
def propose(
    departement: Departement,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Ce qui change, en TOML.")],
    effective: Annotated[
        datetime, typer.Option("--depuis", formats=["%Y-%m-%d"], help="À partir de quel jour.")
    ],
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Propose une version des règles ; une seconde personne l'approuve par passerelle approval."""
    with speaking():
        settings = load(config_path(config))
        who, why, text = operator(settings, by), motive_of(motive), _text(file)
        with engine_of(settings) as engine:
            with engine.begin() as connection:
                wanted = draft(connection, departement, text, effective=effective.date())
            asked = ask_for(engine, wanted, by=who, motive=why)
        if as_json:
            say_json({"demande": asked.id, "montre": dict(asked.shown), "empreinte": asked.digest})
            return
        _print(wanted.changes)
        OUT.print(f"Demande {asked.id} : version {asked.shown['version']} des règles.")
        OUT.print(f"Une seconde personne répond : passerelle approval approve {asked.id}")


@app.command()
def catalogue(
    departement: Annotated[
        str | None,
        typer.Option("--departement", callback=_departement, help="Un département ; sinon défaut."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Écrit la fiche publique de l'algorithme, en Markdown : docs/regles.md."""
    with speaking():
        sheet = _sheet(departement, config)
        if as_json:
            say_json(document(sheet))
        else:
            typer.echo(markdown(sheet), nl=False)


def _sheet(departement: str | None, config: Config) -> Sheet:
    if departement is None:
        found = ours()
    else:
        with records(load(config_path(config))) as connection:
            found = edition_of(connection, departement, _on(None))
    return Sheet(departement, found.thresholds, found.digest, found.since)


def _served(settings: Settings, connection: Connection) -> list[str]:
    return sorted({*settings.departements, *departements(connection)})


def _lines(connection: Connection, departement: str) -> list[dict[str, object]]:
    present = edition_of(connection, departement, datetime.now(UTC).date())
    people = {
        each.version: [each.proposed_by, each.approved_by]
        for each in decided(connection, departement)
    }
    every = editions(connection, departement)
    shown = every if present in every else (present, *every)
    return [_line(departement, each, present, people.get(each.version, [])) for each in shown]


def _line(
    departement: str, each: Edition, present: Edition, people: list[str]
) -> dict[str, object]:
    return {
        "departement": departement,
        "version": each.version,
        "a_partir_du": each.since.isoformat() if each.since else None,
        "decidee_par": people,
        "en_vigueur": each == present,
        "sha256": each.digest,
    }


def _print(changes: Mapping[str, str]) -> None:
    table = Table("Réglage", "Change", box=None)
    for name, what in changes.items():
        table.add_row(escape(name), escape(what))
    OUT.print(table if table.row_count else "Rien ne change.")


def _on(day: datetime | None) -> date:
    return day.date() if day else datetime.now(UTC).date()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise Misconfigured(f"{path} : ni une version connue, ni un fichier") from None
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"{path} : fichier illisible") from None
