"""Habilitations as two people approved them: the published examples, changed as a test wishes."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

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
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.products import PRODUCTS
from gateway.store.database import one_writer
from gateway.store.habilitations import current, next_version
from gateway.store.tables import HABILITATION_VERSION
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
LONG = {"starts": date(2022, 1, 1), "ends": date(2099, 12, 31)}


def stored(engine: Engine, habilitation: Habilitation) -> Habilitation:
    """Keep it as the next version of its name, as the answer of a second person does."""
    at = datetime.now(UTC)
    entry = Entry(Act.HABILITATION_APPROVED, at, habilitation.id, actor=habilitation.approved_by)
    draft = content(habilitation)
    with one_writer(engine) as connection:
        number = next_version(connection, draft.id)
        connection.execute(
            insert(HABILITATION_VERSION).values(
                habilitation=draft.id,
                number=number,
                demand=number,
                content=draft.canonical,
                sha256=draft.digest(),
                approval=f"a{number}",
                requested_by=habilitation.requested_by,
                approved_by=habilitation.approved_by,
                decided_at=at,
                ledger_index=append(connection, entry),
            )
        )
    return habilitation


def grant_now(engine: Engine, habilitation: str) -> Grant:
    """What one kept in a database opens today, compiled anew."""
    today = datetime.now(UTC).date()
    with engine.begin() as connection:
        standing = current(connection, habilitation, today)
    assert standing is not None
    return compile_grant(standing, offer_of(standing), today)
