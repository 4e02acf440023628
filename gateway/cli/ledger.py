"""`passerelle ledger`: verify, export, show. `verify` needs no configuration, no database, no network."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from gateway.cli.options import Config, Json
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.ledger.export import export as export_ledger
from gateway.ledger.folder import CHECKPOINT_NAME, KEY_NAME
from gateway.ledger.keys import VerifierKey
from gateway.ledger.receipt import published_entry
from gateway.ledger.verify import Verification
from gateway.ledger.verify import verify as verify_ledger
from gateway.settings import config_path, load

app = typer.Typer(
    help="Le journal : vérifier, exporter, lire.", no_args_is_help=True, add_completion=False
)

Folder = Annotated[
    Path | None,
    typer.Argument(
        help="Dossier du journal, ou copie exportée. Par défaut : celui de la configuration."
    ),
]


@app.command()
def verify(
    folder: Folder = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="Clé publique de vérification, ou fichier qui la contient : celle que vous aviez notée."
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Vérifie signatures, entrées et arbre, sans rien demander à personne. Code 1 au premier défaut."""
    with speaking():
        place = folder or _published(config)
        found = _verified(place, key, silent=as_json)
        if as_json:
            say_json(_document(place, found))
            return
        head = found.checkpoint
        OUT.print(f"[bold green]Journal intègre[/] : {head.size} entrées, toutes vérifiées.")
        OUT.print(f"  origine  {head.origin}\n  racine   {head.root.hex()}", soft_wrap=True)
        OUT.print(f"  clé      {found.verifier}  (source : {found.key_from.value})", soft_wrap=True)
        if key is None:
            OUT.print(
                "  La clé vient du dossier lui-même : pour prouver qui a signé, donnez --key avec celle que vous aviez reçue."
            )


@app.command()
def export(
    into: Annotated[Path, typer.Argument(help="Dossier neuf ou vide.")],
    config: Config = None,
) -> None:
    """Copie le journal publié, vérifiable hors ligne sans nous."""
    with speaking():
        found = export_ledger(_published(config), into)
        OUT.print(
            f"{found.checkpoint.size} entrées exportées et vérifiées dans {into}", soft_wrap=True
        )


@app.command()
def show(
    index: Annotated[int, typer.Argument(help="Numéro de l'entrée, à partir de 0.")],
    config: Config = None,
) -> None:
    """Affiche une entrée publiée."""
    with speaking():
        try:
            say_json(json.loads(published_entry(_published(config), index)))
        except IndexError as error:
            raise Misconfigured(str(error)) from error


def _published(config: Path | None) -> Path:
    return load(config_path(config)).ledger_folder


def _verified(folder: Path, key: str | None, *, silent: bool) -> Verification:
    if not folder.is_dir():
        raise Misconfigured(f"dossier de journal introuvable : {folder}")
    if not any((folder / name).exists() for name in (CHECKPOINT_NAME, KEY_NAME, "tile")):
        raise Misconfigured(f"ce dossier n'est pas un journal publié : {folder}")
    try:
        given = None if key is None else VerifierKey.parse(_read_key(key))
    except ValueError as error:
        raise Misconfigured(f"clé de vérification illisible ({error})") from error
    with Progress(transient=True, disable=silent) as bar:
        task = bar.add_task("Vérification", total=None)
        return verify_ledger(
            folder,
            given,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _read_key(key: str) -> str:
    return Path(key).read_text("utf-8") if Path(key).is_file() else key


def _document(folder: Path, found: Verification) -> dict[str, object]:
    return {
        "integre": True,
        "dossier": str(folder),
        "entrees": found.checkpoint.size,
        "origine": found.checkpoint.origin,
        "racine": found.checkpoint.root.hex(),
        "cle": str(found.verifier),
        "source_de_la_cle": found.key_from.value,
    }
