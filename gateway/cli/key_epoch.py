"""`passerelle key epoch`: which epoch names whom, its change by two people, and our frames rewritten."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from gateway.bridging import Crossover, approved, ask_bridge, make_bridge
from gateway.cli.approval import say_request
from gateway.cli.opened import open_files
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of
from gateway.cli.speech import OUT, say_json, speaking
from gateway.keyring import Keyring, Use
from gateway.pairs import openpgp_desk
from gateway.pgp import Desks
from gateway.pseudonym import JOURNEYS
from gateway.rekeying import GRACE, Done, count_left, rekey
from gateway.settings import config_path, credentials_folder, load
from gateway.store.epochs import ask_rotation, domain_of, every_domain, history

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
        is_ours = recipient == JOURNEYS.recipient
        then = "Puis : passerelle key epoch apply, qui réécrit ce que nous gardons."
        say_request(asked, as_json=as_json, then=then if is_ours else "")


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


@app.command("bridge")
def ask_for_bridge(
    recipient: Annotated[str, typer.Option("--destinataire", help="Son nom court.")],
    purpose: Purpose,
    departement: Annotated[str, typer.Option("--departement", help="Le département.")],
    old: Annotated[str, typer.Option("--de", help="L'époque de ses anciens fichiers.")],
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Demande pour un destinataire le passage d'une époque à celle en vigueur ; un autre approuve."""
    with speaking():
        settings = load(config_path(config))
        settings.partner(recipient)
        who, why = operator(settings, by), motive_of(motive)
        wanted = Crossover(recipient, purpose, departement, old)
        with engine_of(settings) as engine:
            asked = ask_bridge(engine, wanted, by=who, motive=why)
        then = f"Puis : passerelle key epoch give {asked.id} FICHIER"
        say_request(asked, as_json=as_json, then=then)


@app.command()
def give(
    request: Annotated[
        str, typer.Argument(metavar="DEMANDE", help="Son numéro, une fois approuvée.")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FICHIER", help="Où l'écrire, chiffré pour le destinataire.")
    ],
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Écrit un passage approuvé : ancien nom, nouveau nom, que seul son destinataire peut lire."""
    with speaking():
        settings = load(config_path(config))
        who, room = operator(settings, by), settings.main.paths.room
        with engine_of(settings) as engine, Desks() as desks:
            partner = settings.partner(approved(engine, request)[0].recipient)
            ring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
            keys = openpgp_desk(engine, ring, partner, Use.RELEASE)
            place = settings.path(room) if room else None
            files = open_files(settings, engine)
            people = make_bridge(files, request, file, desks, keys, by=who, room=place)
        if as_json:
            say_json({"fichier": str(file), "personnes": people})
        else:
            OUT.print(
                f"{people} personne(s), chiffrées pour {partner.alias} : {file}", markup=False
            )


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
