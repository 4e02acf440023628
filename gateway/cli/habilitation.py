"""`passerelle habilitation`: who may receive what, as of today."""

from datetime import UTC, datetime

import typer
from rich.table import Table

from gateway.cli.options import Config, Json
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import NotAuthorised
from gateway.habilitation import Habilitation, compile_grant, load
from gateway.products import PRODUCTS
from gateway.settings import config_path
from gateway.settings import load as load_settings

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
        settings = load_settings(config_path(config))
        lines = [_line(load(path)) for path in settings.habilitations]
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


def _line(habilitation: Habilitation) -> dict[str, object]:
    product = PRODUCTS.get(habilitation.product or "")
    try:
        grant = compile_grant(
            habilitation, product.columns if product else (), datetime.now(UTC).date()
        )
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
