"""`passerelle person`: what concerns one person, by references; an identity only with a motive, in the ledger."""

import typer

from gateway.cli.person_link import app as link_app

app = typer.Typer(
    help="Ce qui concerne une personne : les rapprochements à juger.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(link_app, name="link")
