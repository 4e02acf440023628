"""`passerelle person reidentify|reveal`: from a pseudonym back to the département's own identifier, by two people."""

from typing import Annotated

import typer

from gateway.cli.approval import say_request
from gateway.cli.opened import open_files
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of
from gateway.cli.speech import OUT, say_json, speaking
from gateway.reidentifying import NOBODY, Question, Registry, ask_identity, reveal
from gateway.settings import config_path, load

app = typer.Typer(add_completion=False)
Name = Annotated[
    str, typer.Argument(metavar="PSEUDONYME", help="Tel que le destinataire l'a reçu.")
]


@app.command()
def reidentify(
    name: Name,
    motive: Motive,
    recipient: Annotated[str, typer.Option("--destinataire", help="Qui a reçu ce pseudonyme.")],
    purpose: Annotated[str, typer.Option("--finalite", help="Pour quelle finalité.")],
    departement: Annotated[
        str, typer.Option("--departement", help="Le département qui suit cette personne.")
    ],
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Demande à qui est un pseudonyme ; une seconde personne l'approuve par passerelle approval."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        question = Question(recipient, purpose, departement)
        with engine_of(settings) as engine:
            asked = ask_identity(engine, question, name, by=who, motive=why)
        then = f"Puis vous : passerelle person reveal {asked.id} PSEUDONYME"
        say_request(asked, as_json=as_json, then=then)


@app.command("reveal")
def reveal_one(
    request: Annotated[
        str, typer.Argument(metavar="DEMANDE", help="Son numéro, une fois la demande approuvée.")
    ],
    name: Name,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Montre, une seule fois, l'identifiant du département pour la personne d'une demande approuvée."""
    with speaking():
        settings = load(config_path(config))
        who = operator(settings, by)
        with engine_of(settings) as engine:
            files = open_files(settings, engine)
            registry = Registry(engine, files.identities, files.master)
            answer = reveal(registry, request, name, by=who)
        if as_json:
            say_json({"demande": request, "id_cd": answer or None})
        elif answer == NOBODY:
            OUT.print("Personne de ce département ne porte ce pseudonyme. La demande a servi.")
        else:
            OUT.print(f"Identifiant du département : {answer}", markup=False)
            OUT.print("Notez-le : il ne sera plus montré. Cette levée est au journal.")
