"""`passerelle approval`: what waits for a second person, and its answer."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.operator import By, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.settings import config_path, load
from gateway.store.approvals import Approval, Matter, State, decide, every, find, waiting
from gateway.store.deeds import DEEDS

app = typer.Typer(
    help="Les demandes à deux personnes : lire, approuver, refuser.",
    no_args_is_help=True,
    add_completion=False,
)
Request = Annotated[str, typer.Argument(metavar="DEMANDE", help="Son numéro, donné par la liste.")]

MATTERS = {
    Matter.KEY: "clé d'un partenaire",
    Matter.HOST_KEY: "clé d'hôte SSH",
    Matter.LEGACY: "algorithmes anciens",
    Matter.QUARANTINE: "sortie de quarantaine",
    Matter.ERASURE: "effacement d'une personne",
    Matter.LINK: "rapprochement de deux identités",
    Matter.RULES: "règles d'un département",
    Matter.EPOCH: "nouvelle époque de pseudonymes",
    Matter.BRIDGE: "passage d'une époque à l'autre",
    Matter.REIDENTIFICATION: "levée d'un pseudonyme",
    Matter.HABILITATION: "habilitation",
    Matter.CLIENT: "client de l'API",
}
STATES = {
    State.PENDING: "attend",
    State.GIVEN: "approuvée",
    State.REFUSED: "refusée",
    State.EXPIRED: "expirée",
}


@app.command("list")
def list_requests(
    config: Config = None,
    as_json: Json = False,
    everything: Annotated[bool, typer.Option("--toutes", help="Aussi les décidées.")] = False,
) -> None:
    """Liste ce qui attend une seconde personne."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = every(connection) if everything else waiting(connection)
        if as_json:
            say_json([document(one) for one in found])
            return
        if not found:
            OUT.print("Rien n'attend.")
            return
        table = Table("Demande", "Objet", "Sur", "Par", "Jusqu'au", "État", box=None)
        for one in found:
            until = one.expires_at.astimezone().strftime("%d/%m/%Y")
            table.add_row(
                one.id, MATTERS[one.matter], one.subject, one.requested_by, until, STATES[one.state]
            )
        OUT.print(table)


@app.command()
def show(request: Request, config: Config = None, as_json: Json = False) -> None:
    """Montre exactement ce qui a été demandé, et son empreinte."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = find(connection, request)
        if as_json:
            say_json(document(found))
        else:
            print_request(found)


@app.command()
def approve(request: Request, by: By = None, config: Config = None, as_json: Json = False) -> None:
    """Approuve une demande faite par quelqu'un d'autre ; elle prend effet aussitôt."""
    _answer(request, by, config, agrees=True, as_json=as_json)


@app.command()
def refuse(request: Request, by: By = None, config: Config = None, as_json: Json = False) -> None:
    """Refuse une demande faite par quelqu'un d'autre."""
    _answer(request, by, config, agrees=False, as_json=as_json)


def _answer(request: str, by: str | None, config: Config, *, agrees: bool, as_json: bool) -> None:
    with speaking():
        settings = load(config_path(config))
        who = operator(settings, by)
        with engine_of(settings) as engine:
            with engine.begin() as connection:
                asked = find(connection, request)
            decided = decide(engine, request, by=who, agrees=agrees, then=DEEDS[asked.matter])
        if as_json:
            say_json(document(decided))
        else:
            print_request(decided)


def print_request(found: Approval) -> None:
    """Exactly what was asked, as both people read it."""
    OUT.print(f"Demande {found.id} : {MATTERS[found.matter]}, {STATES[found.state]}")
    table = Table(box=None, show_header=False)
    for name, value in found.shown.items():
        # Lists and tables of a TOML content are no styles.
        table.add_row(escape(name), escape(value))
    OUT.print(table)
    OUT.print(f"Empreinte de ce qui est montré : {found.digest}", soft_wrap=True)
    OUT.print(f"Demandée par {found.requested_by} : {found.motive}", soft_wrap=True, markup=False)


def say_request(asked: Approval, *, as_json: bool, then: str = "") -> None:
    """What was just asked for, who answers, and what comes after."""
    if as_json:
        say_json(document(asked))
        return
    print_request(asked)
    OUT.print(f"Une autre personne : passerelle approval approve {asked.id}")
    if then:
        OUT.print(then)


def document(found: Approval) -> dict[str, object]:
    """One request, as `--json` gives it."""
    return {
        "demande": found.id,
        "objet": found.matter.value,
        "sur": found.subject,
        "montre": dict(found.shown),
        "empreinte": found.digest,
        "motif": found.motive,
        "par": found.requested_by,
        "le": found.requested_at.isoformat(timespec="seconds"),
        "jusqu_au": found.expires_at.isoformat(timespec="seconds"),
        "etat": found.state.value,
        "decidee_par": found.decided_by,
    }
