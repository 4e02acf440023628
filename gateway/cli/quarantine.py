"""`passerelle quarantine`: refused deliveries kept sealed, and what is decided of them. Never a content."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import typer
from rich.table import Table
from sqlalchemy import Connection

from gateway.cli.approval import STATES
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.replay import Delivery
from gateway.cli.replay import document as replay_document
from gateway.cli.speech import OUT, say_json, speaking
from gateway.drawers import open_reception
from gateway.errors import NotAuthorised
from gateway.settings import config_path, load
from gateway.store.approvals import Matter, every
from gateway.store.discharge import ask_discharge, shown_of
from gateway.store.quarantine import HELD, Held, Standing, every_held, expire, find_held, reject
from gateway.store.replays import original_of, replays_of

app = typer.Typer(
    help="La quarantaine : les dépôts refusés qui peuvent encore servir.",
    no_args_is_help=True,
    add_completion=False,
)

STANDINGS = {
    Standing.HELD: "attend",
    Standing.RELEASED: "sorti",
    Standing.REJECTED: "rejeté",
    Standing.EXPIRED: "expiré",
}


@app.command("list")
def list_held(config: Config = None, as_json: Json = False) -> None:
    """Liste les dépôts en quarantaine, décidés ou non, du plus ancien au plus récent."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = [(held, shown_of(connection, held)) for held in every_held(connection)]
        if as_json:
            say_json([_document(held, shown) for held, shown in found])
            return
        if not found:
            OUT.print("Rien en quarantaine.")
            return
        table = Table("Dépôt", "Partenaire", "Flux", "Code", "Octets", "Jusqu'au", "État", box=None)
        for held, shown in found:
            until = held.expires_at.astimezone().strftime("%d/%m/%Y")
            known = (shown[name] for name in ("partenaire", "flux"))
            state = STANDINGS[held.standing]
            table.add_row(held.delivery, *known, held.code.value, shown["octets"], until, state)
        OUT.print(table)


@app.command()
def inspect(delivery: Delivery, config: Config = None, as_json: Json = False) -> None:
    """Montre ce qu'on sait d'un dépôt et ce qui en a été décidé ; jamais son contenu."""
    with speaking():
        with records(load(config_path(config))) as connection:
            held = find_held(connection, delivery)
            if held is None:
                raise NotAuthorised(f"{delivery} n'est pas en quarantaine")
            found = _document(held, shown_of(connection, held)) | _decisions(connection, delivery)
        if as_json:
            say_json(found)
            return
        table = Table(box=None, show_header=False)
        for name, value in found.items():
            lines = value if isinstance(value, list) else [value]
            for line in lines:
                table.add_row(name, " ; ".join(_words(line)))
        OUT.print(table)


@app.command()
def release(
    delivery: Delivery,
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Demande la sortie d'un dépôt ; une seconde personne l'approuve par passerelle approval."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            asked = ask_discharge(engine, delivery, by=who, motive=why)
        if as_json:
            say_json({"demande": asked.id, "montre": dict(asked.shown), "empreinte": asked.digest})
            return
        OUT.print(f"Demande {asked.id} : {asked.shown['effet']}.")
        OUT.print(f"Une seconde personne répond : passerelle approval approve {asked.id}")


@app.command("reject")
def reject_one(
    delivery: Delivery,
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Écarte un dépôt pour de bon ; ses octets sont effacés à la fin de sa garde."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        with engine_of(settings) as engine:
            held = reject(engine, delivery, by=who, motive=why)
        if as_json:
            say_json({"depot": delivery, "etat": held.standing.value})
        else:
            OUT.print(f"{delivery} écarté ; effacé après le {held.expires_at:%d/%m/%Y}.")


@app.command("expire")
def expire_due(config: Config = None, as_json: Json = False) -> None:
    """Met fin aux gardes arrivées à leur terme et efface leurs octets ; chaque tournée le fait aussi."""
    with speaking():
        settings = load(config_path(config))
        vault = open_reception(settings)
        with engine_of(settings) as engine:
            ended = expire(engine, vault.delete)
        if as_json:
            say_json({"expires": ended})
        else:
            OUT.print(f"{ended} dépôt(s) arrivé(s) au terme de leur garde.")


def _document(held: Held, shown: Mapping[str, str]) -> dict[str, Any]:
    late = held.standing is Standing.HELD and held.expires_at <= datetime.now(UTC)
    return {
        **shown,
        "pourquoi_garde": HELD[held.code],
        "etat": Standing.EXPIRED.value if late else held.standing.value,
        "decide_par": held.decided_by or None,
        "decide_le": _moment(held.decided_at),
        "motif": held.motive or None,
        "efface_le": _moment(held.erased_at),
    }


def _decisions(connection: Connection, delivery: str) -> dict[str, Any]:
    asked = [
        {"demande": one.id, "par": one.requested_by, "etat": STATES[one.state], "motif": one.motive}
        for one in every(connection)
        if (one.matter, one.subject) == (Matter.QUARANTINE, delivery)
    ]
    again = [
        replay_document(one) for one in replays_of(connection, original_of(connection, delivery))
    ]
    return {"demandes": asked, "reprises": again}


def _words(line: object) -> list[str]:
    if isinstance(line, dict):
        return [f"{name} {value}" for name, value in line.items() if value is not None]
    return ["" if line is None else str(line)]


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
