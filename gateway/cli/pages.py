"""A page written beside what a command says: whole, and for its owner alone."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import Misconfigured

Page = Annotated[
    Path | None, typer.Option("--page", help="Écrit aussi une page HTML, lisible de vous seul.")
]


def write_page(place: Path, page: str) -> None:
    """Write it aside, then in place, mode 0600: it may speak of a person. Raises `Misconfigured`."""
    aside = place.with_name(f"{place.name}.part")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(page)
        aside.replace(place)
    except OSError as error:
        aside.unlink(missing_ok=True)
        reason = type(error).__name__
        raise Misconfigured(f"page impossible à écrire : vérifiez --page ({reason})") from None
