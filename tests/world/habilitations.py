"""Habilitations as two people approved them: the published examples, changed as a test wishes."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from gateway.habilitation import (
    Draft,
    Grant,
    Habilitation,
    Offer,
    Status,
    compile_grant,
    freeze,
    load,
)
from gateway.products import PRODUCTS
from gateway.sandbox.ceremony import grant_to
from gateway.store.habilitations import current
from tests.house.tree import ROOT

EXAMPLES = ROOT / "config" / "habilitations"


def approved(
    draft: Draft | Path, *, version: int = 1, status: Status = Status.ACTIVE
) -> Habilitation:
    """One version of a draft, or of the file it is written in."""
    asked = load(draft) if isinstance(draft, Path) else draft
    return freeze(
        asked, version=version, status=status, requested_by="camille", approved_by="dominique"
    )


def example(name: str = "contacts-rdv-insertion", **changes: Any) -> Habilitation:
    """A published example, approved."""
    standing = {k: changes.pop(k) for k in ("version", "status") if k in changes}
    return approved(replace(load(EXAMPLES / f"{name}.example.toml"), **changes), **standing)


def content(habilitation: Habilitation) -> Draft:
    """What was asked for, of a habilitation approved."""
    return Draft(**{item.name: getattr(habilitation, item.name) for item in fields(Draft)})


def offer_of(habilitation: Habilitation) -> Offer:
    """What its product can give."""
    return PRODUCTS[habilitation.product or ""].offer


def granted(habilitation: Habilitation | None = None) -> Grant:
    """What a habilitation opens on its first day, a published example's when none is given."""
    standing = habilitation or example()
    return compile_grant(standing, offer_of(standing), standing.starts)


# The examples end one day: what a test keeps in a database stands on the day of the test.
LONG: dict[str, Any] = {"starts": date(2022, 1, 1), "ends": date(2099, 12, 31)}


def stored(engine: Engine, habilitation: Habilitation) -> Habilitation:
    """Keep it as the next version of its name, as two people decided."""
    grant_to(engine, content(habilitation))
    return habilitation


def grant_now(engine: Engine, habilitation: str) -> Grant:
    """What one kept in a database opens today, compiled anew."""
    today = datetime.now(UTC).date()
    with engine.begin() as connection:
        standing = current(connection, habilitation, today)
    assert standing is not None
    return compile_grant(standing, offer_of(standing), today)
