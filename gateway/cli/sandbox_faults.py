"""`passerelle sandbox hubee fault list|order|waiting|clear`: telling the sandbox how to fail."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from connectors.sandbox.hubee import FAULTS, ROUTES, Fault, applies
from gateway.cli.options import Json
from gateway.cli.sandbox_asking import HUBEE_FOLDER, Folder, Token, Url, answered, asked
from gateway.cli.speech import OUT, say_json

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Commande les pannes du bac à sable."
)


@app.command("list")
def listed(as_json: Json = False) -> None:
    """Liste toutes les pannes possibles, leurs routes, et si elles durent."""
    found = {fault.value: [route for route in ROUTES if applies(fault, route)] for fault in FAULTS}
    if as_json:
        say_json(
            [
                {
                    "fault": fault.value,
                    "description": kind.says,
                    "lasting": kind.lasting,
                    "times": None if kind.lasting else kind.times,
                    "routes": found[fault.value],
                }
                for fault, kind in FAULTS.items()
            ]
        )
        return
    table = Table("Panne", "Dure", "Ce qu'elle fait", "Routes", box=None)
    for fault, kind in FAULTS.items():
        routes = found[fault.value]
        where = "toutes" if len(routes) == len(ROUTES) else ", ".join(routes)
        table.add_row(fault.value, "oui" if kind.lasting else "", escape(kind.says), where)
    OUT.print(table)


@app.command("order")
def order(
    fault: Annotated[Fault, typer.Argument(help="La panne, selon `fault list`.")],
    route: Annotated[str, typer.Option(help="La route, selon `fault list` ; * : toutes.")] = "*",
    times: Annotated[
        int | None, typer.Option(min=0, help="Nombre de requêtes ; 0 : jusqu'à annulation.")
    ] = None,
    skip: Annotated[int, typer.Option(min=0, help="Requêtes à laisser passer d'abord.")] = 0,
    case: Annotated[str | None, typer.Option(help="Seulement sur ce dossier.")] = None,
    attachment: Annotated[str | None, typer.Option(help="Seulement sur cette pièce.")] = None,
    process: Annotated[str | None, typer.Option(help="Seulement pour cette démarche.")] = None,
    delay: Annotated[float | None, typer.Option(min=0, help="Silence, en secondes.")] = None,
    size: Annotated[
        int | None, typer.Option(min=0, help="Nombre d'octets, selon la panne.")
    ] = None,
    status: Annotated[int | None, typer.Option(help="Statut HTTP à la place du sien.")] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="Nombre de notifications empoisonnées.")
    ] = None,
    retry_after: Annotated[int, typer.Option(min=0, help="Attente conseillée par un 429.")] = 1,
    folder: Folder = HUBEE_FOLDER,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Commande une panne : les prochaines requêtes sur cette route la subissent."""
    body: dict[str, object] = {"fault": fault.value, "route": route, "times": times, "skip": skip}
    body |= {"case": case, "attachment": attachment, "process": process, "delay": delay}
    body |= {"size": size, "status": status, "count": count, "retry_after": retry_after}
    done = asked(folder, url, token, lambda desk: desk.post("/faults", body))
    answered(done, f"Panne n° {done['number']} commandée.", as_json=as_json)


@app.command("waiting")
def waiting(
    folder: Folder = HUBEE_FOLDER, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Liste les pannes commandées et non encore servies."""
    found = asked(folder, url, token, lambda desk: desk.get("/faults"))
    if as_json:
        say_json(found)
        return
    table = Table("N°", "Panne", "Route", "Reste", "Servie", box=None)
    for one in found:
        left = "toujours" if one["left"] is None else str(one["left"])
        table.add_row(str(one["number"]), one["fault"], one["route"], left, str(one["served"]))
    OUT.print(table)


@app.command("clear")
def clear(
    number: Annotated[int | None, typer.Argument(help="Le numéro ; sinon toutes.")] = None,
    folder: Folder = HUBEE_FOLDER,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Annule une panne commandée, ou toutes."""
    path = "/faults" if number is None else f"/faults/{number}"
    done = asked(folder, url, token, lambda desk: desk.delete(path))
    answered(done, f"{done['cleared']} pannes annulées.", as_json=as_json)
