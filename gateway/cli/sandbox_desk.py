"""`passerelle sandbox hubee state|load|clock|purge|requests|reset|stop`: a running sandbox, commanded."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from connectors.sandbox.hubee import Fate
from connectors.sandbox.hubee.admin import AdminClient
from gateway.cli.options import Json
from gateway.cli.sandbox_asking import HUBEE_FOLDER, Folder, Token, Url, answered, asked
from gateway.cli.speech import OUT, Exit, say_json, stop


def state(
    folder: Folder = HUBEE_FOLDER, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Montre les dossiers, leurs statuts, et ce qui attend."""
    seen = asked(folder, url, token, lambda desk: desk.get("/state"))
    if as_json:
        say_json(seen)
        return
    OUT.print(
        f"{len(seen['cases'])} dossiers, {seen['waiting_for_recipients']} notifications en attente,"
        f" {seen['faults']} pannes commandées, {seen['requests']} requêtes ; il est {seen['now']}",
        soft_wrap=True,
    )
    table = Table("Dossier", "Démarche", "Statut", "Événements", "Pièces", box=None)
    for case in seen["cases"]:
        files = ", ".join(sorted(set(case["files"].values())))
        many = f"{len(case['files'])} {files}"
        events = str(len(case["events"]))
        table.add_row(case["id"], escape(case["process_code"]), case["status"], events, many)
    OUT.print(table)


def load(
    files: Annotated[list[Path], typer.Argument(help="Les fichiers d'un même dossier.")],
    demarche: Annotated[str, typer.Option(help="Code de la démarche.")],
    number: Annotated[str | None, typer.Option(help="Numéro du télédossier ; sinon tiré.")] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option("--to", help="Destinataire, SIRET:branche (répétable) ; sinon celui d'ici."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--type", help="Type des pièces ; sinon selon la démarche.")
    ] = None,
    mime: Annotated[str | None, typer.Option(help="Type MIME ; sinon selon la démarche.")] = None,
    fate: Annotated[Fate, typer.Option(help="Ce que deviennent les pièces.")] = Fate.RECEIVED,
    copies: Annotated[int, typer.Option(min=1, help="Nombre de télédossiers à publier.")] = 1,
    case: Annotated[
        str | None, typer.Option(help="Dépose sur ce dossier, et le rouvre, sans en créer.")
    ] = None,
    message: Annotated[str | None, typer.Option(help="Message qui accompagne le dépôt.")] = None,
    folder: Folder = HUBEE_FOLDER,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Publie des fichiers comme le fait la CNAF : un dossier par destinataire, ou un dépôt."""
    for path in files:
        if not path.is_file():
            stop(f"{path} n'est pas un fichier", Exit.MISUSE)
    given = {"type": kind, "mime": mime, "fate": fate.value}
    body: dict[str, object] = {"files": [{"name": p.name, **given} for p in files]}
    path_of = "/load" if case is None else f"/cases/{case}/deposit"
    if case is None:
        to = [
            dict(zip(("siret", "branch"), r.split(":", 1), strict=False)) for r in recipient or []
        ]
        body |= {"demarche": demarche, "number": number, "recipients": to, "copies": copies}
    else:
        body |= {"message": message}
    done = asked(folder, url, token, lambda desk: desk.send(path_of, body, files))
    answered(done, "Publié." if case is None else "Déposé.", as_json=as_json)


def clock(
    days: Annotated[float, typer.Option(help="Avance d'autant de jours.")] = 0,
    hours: Annotated[float, typer.Option(help="Avance d'autant d'heures en plus.")] = 0,
    folder: Folder = HUBEE_FOLDER,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Donne l'heure du bac à sable, ou l'avance."""

    async def ask(desk: AdminClient) -> Any:  # noqa: ANN401 - JSON
        if not (days or hours):
            return await desk.get("/clock")
        return await desk.post("/clock", {"days": days, "hours": hours})

    done = asked(folder, url, token, ask)
    answered(done, f"Il est {done['now']} dans le bac à sable.", as_json=as_json)


def purge(
    case: Annotated[str | None, typer.Option(help="Ce dossier ; sinon la purge du jour.")] = None,
    folder: Folder = HUBEE_FOLDER,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Purge un dossier, ou joue la purge du jour."""
    done = asked(folder, url, token, lambda desk: desk.post("/purge", {"case": case}))
    answered(done, f"{len(done['purged'])} dossiers purgés.", as_json=as_json)


def requests(
    since: Annotated[int, typer.Option(min=0, help="Seulement après la requête de ce numéro.")] = 0,
    folder: Folder = HUBEE_FOLDER,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Liste les requêtes reçues, sans leurs jetons ni leurs contenus."""
    query = {"since": str(since)}
    seen = asked(folder, url, token, lambda desk: desk.get("/requests", query))
    if as_json:
        say_json(seen)
        return
    table = Table("N°", "Heure", "Méthode", "Route", "Réponse", box=None)
    for line in seen["requests"]:
        status = str(line["status"] or "rompue")
        table.add_row(str(line["number"]), line["at"], line["method"], line["route"], status)
    OUT.print(table)


def reset(
    folder: Folder = HUBEE_FOLDER, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Vide le bac à sable ; les accès restent."""
    done = asked(folder, url, token, lambda desk: desk.post("/reset"))
    answered(done, "Vidé ; les accès sont les mêmes.", as_json=as_json)


def stop_it(
    folder: Folder = HUBEE_FOLDER, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Arrête le bac à sable ; son état reste sur le disque."""
    done = asked(folder, url, token, lambda desk: desk.post("/stop"))
    answered(done, "Le bac à sable s'arrête.", as_json=as_json)


COMMANDS: dict[str, Callable[..., None]] = {
    "state": state,
    "load": load,
    "clock": clock,
    "purge": purge,
    "requests": requests,
    "reset": reset,
    "stop": stop_it,
}
