"""`passerelle key epoch`: which epoch names whom, its change by two people, and our frames rewritten."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import Engine

from gateway.cli.approval import document as request_document
from gateway.cli.approval import print_request
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of
from gateway.cli.speech import OUT, say_json, speaking
from gateway.drawers import open_drawers
from gateway.keyring import Keyring
from gateway.masterkey import open_master
from gateway.pseudonym import JOURNEYS, fingerprint_of
from gateway.rekeying import GRACE, Done, Files, count_left, rekey
from gateway.settings import Settings, config_path, credentials_folder, load
from gateway.store.epochs import ask_rotation, domain_of, every_domain, history, recognise

app = typer.Typer(
    help="Les époques : sous quel nom une personne est connue, et depuis quand.",
    no_args_is_help=True,
    add_completion=False,
)
Recipient = Annotated[
    str, typer.Option("--destinataire", help="Son nom court ; par défaut nous-mêmes.")
]
Purpose = Annotated[str, typer.Option("--finalite", help="La finalité de ces noms.")]


@app.command("list")
def list_epochs(config: Config = None, as_json: Json = False) -> None:
    """Liste l'époque en vigueur de chaque domaine, et ce qui reste à réécrire chez nous."""
    with speaking(), engine_of(load(config_path(config))) as engine:
        with engine.begin() as connection:
            ours = domain_of(connection, JOURNEYS.recipient, JOURNEYS.purpose)
            known = [ours, *(d for d in every_domain(connection) if d != ours)]
            lines = [
                (d.recipient, d.purpose, list(history(connection, d.recipient, d.purpose)))
                for d in known
            ]
        remaining = count_left(engine)
        if as_json:
            domains = [{"destinataire": r, "finalite": p, "epoques": e} for r, p, e in lines]
            say_json({"domaines": domains, "a_reecrire": remaining})
            return
        table = Table("Destinataire", "Finalité", "En vigueur", "Avant", box=None)
        for recipient, purpose, epochs in lines:
            table.add_row(recipient, purpose, epochs[-1], ", ".join(epochs[:-1]) or "aucune")
        OUT.print(table)
        if remaining:
            OUT.print(f"{remaining} fichier(s) scellé(s) à revoir : passerelle key epoch apply")


@app.command()
def change(
    motive: Motive,
    recipient: Recipient = JOURNEYS.recipient,
    purpose: Purpose = JOURNEYS.purpose,
    epoch: Annotated[
        str | None, typer.Option("--epoque", help="La nouvelle ; par défaut le nombre suivant.")
    ] = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Demande une nouvelle époque ; une seconde personne l'approuve par passerelle approval."""
    with speaking():
        settings = load(config_path(config))
        if recipient != JOURNEYS.recipient:
            settings.partner(recipient)
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            asked = ask_rotation(engine, recipient, purpose, epoch, by=who, motive=why)
        if as_json:
            say_json(request_document(asked))
            return
        print_request(asked)
        OUT.print(f"Une autre personne : passerelle approval approve {asked.id}")
        if recipient == JOURNEYS.recipient:
            OUT.print("Puis : passerelle key epoch apply, qui réécrit ce que nous gardons.")


@app.command()
def apply(
    at_once: Annotated[
        bool,
        typer.Option(
            "--sans-attendre",
            help="Efface aussitôt ce qui est remplacé : service arrêté seulement.",
        ),
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Réécrit sous l'époque en vigueur ce que nous gardons scellé ; interrompue, elle reprend."""
    with speaking():
        settings = load(config_path(config))
        grace = timedelta(0) if at_once else GRACE
        with engine_of(settings) as engine, Progress(console=OUT, disable=as_json) as progress:
            files = open_files(settings, engine)
            task = progress.add_task("Fichiers scellés", total=None)
            done = rekey(
                files,
                grace=grace,
                tell=lambda n, whole: progress.update(task, completed=n, total=whole),
            )
        if as_json:
            say_json(_document(done))
        else:
            _tell(done)


def open_files(settings: Settings, engine: Engine) -> Files:
    """What naming our own frames takes; another master than the one that named them is refused."""
    keyring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
    keyring.check()
    master = open_master(settings, keyring)
    recognise(engine, fingerprint_of(master))
    drawers = open_drawers(settings, keyring)
    return Files(engine, drawers.journeys, drawers.identities, master)


def _document(done: Done) -> dict[str, object]:
    return {
        "epoque": done.epoch,
        "vus": done.seen,
        "reecrits": done.rewritten,
        "lignes_de_personne": done.nobodys,
        "effaces": done.erased,
        "a_effacer": done.waiting,
    }


def _tell(done: Done) -> None:
    OUT.print(
        f"Époque {done.epoch} : {done.rewritten} fichier(s) réécrit(s) sur {done.seen} vu(s)."
    )
    if done.nobodys:
        OUT.print(f"{done.nobodys} ligne(s) de personnes effacées de l'index, laissées de côté.")
    OUT.print(f"Anciens fichiers effacés : {done.erased}.")
    if done.waiting:
        OUT.print(
            f"{done.waiting} autre(s) le sera(ont) dans un quart d'heure : relancez cette commande."
        )
