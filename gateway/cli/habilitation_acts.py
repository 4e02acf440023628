"""`passerelle habilitation`: what one person does alone: ask, amend, submit, suspend, revoke, ask to resume."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.authorising import desk
from gateway.authorising.papers import Paper, read_paper
from gateway.cli.habilitation_pages import (
    DemandName,
    number_of,
    print_changes,
    print_demand,
    print_request,
)
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.habilitation import Status
from gateway.settings import Settings, config_path, load

File = Annotated[Path, typer.Argument(metavar="FICHIER", help="Ce qui est demandé, en TOML.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Dit ce qui changerait ; ne garde rien.")]
Held = Annotated[str, typer.Argument(metavar="NOM", help="Le nom d'une habilitation.")]


def request(
    file: File,
    motive: Motive,
    by: By = None,
    dry_run: DryRun = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Demande une habilitation, ou une version de plus ; reste à la soumettre."""
    with speaking():
        settings = load(config_path(config))
        who, why, paper = operator(settings, by), motive_of(motive), read_paper(file)
        rehearsed = _rehearsed(settings, paper)
        if not dry_run:
            with engine_of(settings) as engine:
                rehearsed = desk.request(engine, paper, by=who, motive=why) | rehearsed
        _tell_asked(rehearsed, as_json=as_json)


def amend(
    demand: DemandName,
    file: File,
    by: By = None,
    dry_run: DryRun = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Change ce qu'une de vos demandes demande ; reste à la soumettre."""
    with speaking():
        settings = load(config_path(config))
        who, number, paper = operator(settings, by), number_of(demand), read_paper(file)
        rehearsed = _rehearsed(settings, paper)
        if not dry_run:
            with engine_of(settings) as engine:
                rehearsed = desk.amend(engine, number, paper, by=who) | rehearsed
        _tell_asked(rehearsed, as_json=as_json)


def submit(demand: DemandName, by: By = None, config: Config = None, as_json: Json = False) -> None:
    """Soumet une de vos demandes à une seconde personne."""
    with speaking():
        settings = load(config_path(config))
        who, number = operator(settings, by), number_of(demand)
        with engine_of(settings) as engine:
            found = desk.submit(engine, number, by=who)
        if as_json:
            say_json(found)
            return
        print_demand(found)
        OUT.print(f"Une seconde personne relit : passerelle habilitation review {found['demande']}")


def suspend(
    name: Held,
    motive: Motive,
    by: By = None,
    dry_run: DryRun = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Suspend une habilitation : elle n'ouvre plus rien, aussitôt ; la rouvrir se fait à deux."""
    _close(name, Status.SUSPENDED, motive, by, config, dry_run=dry_run, as_json=as_json)


def revoke(
    name: Held,
    motive: Motive,
    by: By = None,
    dry_run: DryRun = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Révoque une habilitation pour de bon : seule une nouvelle demande rouvre quelque chose."""
    _close(name, Status.REVOKED, motive, by, config, dry_run=dry_run, as_json=as_json)


def resume(
    name: Held, motive: Motive, by: By = None, config: Config = None, as_json: Json = False
) -> None:
    """Demande de rouvrir ce qui est suspendu ; une seconde personne l'approuve."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            found = desk.resume(engine, name, by=who, motive=why)
        if as_json:
            say_json(found)
            return
        print_request(found)
        OUT.print(
            f"Une seconde personne répond : passerelle approval approve {found['approbation']}"
        )


ACTS: Final[Mapping[str, Callable[..., None]]] = {
    "request": request,
    "amend": amend,
    "submit": submit,
    "suspend": suspend,
    "resume": resume,
    "revoke": revoke,
}


def _rehearsed(settings: Settings, paper: Paper) -> dict[str, Any]:
    with records(settings) as connection:
        return desk.rehearse(connection, paper, datetime.now(UTC).date())


def _tell_asked(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    print_changes(found["change"])
    for reason in found["empeche"]:
        OUT.print(f"Empêche de soumettre : {reason}", markup=False, soft_wrap=True)
    if "demande" in found:
        print_demand(found)
        OUT.print(f"Reste à soumettre : passerelle habilitation submit {found['demande']}")
    else:
        OUT.print("Rien n'a été gardé : relancez sans --dry-run.")


def _close(
    name: str,
    status: Status,
    motive: str,
    by: str | None,
    config: Config,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        if dry_run:
            with records(settings) as connection:
                found = desk.show(connection, name, datetime.now(UTC).date())
            said = f"{name} : {found['etat']}. Rien n'a changé : relancez sans --dry-run."
        else:
            with engine_of(settings) as engine:
                found = desk.close(engine, name, status, by=who, motive=why)
            said = f"{name} n'ouvre plus rien. Écriture {found['ecriture']} du journal."
        if as_json:
            say_json(found)
        else:
            OUT.print(said, markup=False, soft_wrap=True)
