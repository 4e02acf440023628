"""Options that every command spells the same."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Fichier gateway.toml ; sinon la variable PASSERELLE_CONFIG."),
]
Json = Annotated[bool, typer.Option("--json", help="Un document JSON sur la sortie, rien d'autre.")]
