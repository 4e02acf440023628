"""`passerelle habilitation`: who may receive what, as of today."""

from datetime import UTC, date, datetime

import typer
from rich.table import Table

from gateway.cli.options import Config, Json
from gateway.cli.records import records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import NotAuthorised
from gateway.habilitation import Habilitation, Offer, compile_grant
from gateway.habilitation.grant import Gate
from gateway.products import PRODUCTS
from gateway.settings import config_path, load
from gateway.store.habilitations import every_current

app = typer.Typer(
    help="Les habilitations : qui reçoit quoi, sur quelle base.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _noun() -> None:
    """Les habilitations : qui reçoit quoi, sur quelle base."""


@app.command("list")
def list_habilitations(config: Config = None, as_json: Json = False) -> None:
    """Liste les habilitations et ce qu'elles ouvrent aujourd'hui."""
    with speaking():
        today = datetime.now(UTC).date()
        with records(load(config_path(config))) as connection:
            lines = [_line(one, today) for one in every_current(connection, today)]
        if as_json:
            say_json(lines)
            return
        table = Table(
            "Habilitation", "Organisme", "Produit", "Départements", "Aujourd'hui", box=None
        )
        for line in lines:
            table.add_row(
                *(
                    str(line[name])
                    for name in ("id", "organisme", "produit", "departements", "etat")
                )
            )
        OUT.print(table)


def _line(habilitation: Habilitation, today: date) -> dict[str, object]:
    product = PRODUCTS.get(habilitation.product or "")
    try:
        offer = product.offer if product else Offer((), Gate.NOBODY)
        grant = compile_grant(habilitation, offer, today)
        state = f"ouvre {len(grant.columns)} colonnes jusqu'au {grant.expires:%d/%m/%Y}"
    except NotAuthorised as refused:
        state = str(refused)
    return {
        "id": f"{habilitation.id} v{habilitation.version}",
        "organisme": habilitation.organisation.name,
        "produit": habilitation.product or habilitation.flow,
        "departements": ", ".join(habilitation.departements),
        "base_legale": habilitation.legal_basis.nature,
        "colonnes": list(habilitation.columns),
        "etat": state,
    }
