"""What may be submitted: only what a product can give or a flow can carry, and that will open something.

1. Everything that forbids it is said at once, in French.
2. Judged on a day: what is already over opens nothing, so nobody is asked to approve it.
"""

from collections.abc import Iterator
from datetime import date

from gateway.errors import NotAuthorised
from gateway.habilitation import Direction, Draft
from gateway.habilitation.grant import beyond
from gateway.products import PRODUCTS
from schemas.registry import UnknownContract, contract


def check_draft(draft: Draft, *, on: date) -> None:
    """Raise `NotAuthorised` with every reason why this cannot be submitted."""
    reasons = [*reasons_against(draft, on=on)]
    if reasons:
        raise NotAuthorised(f"habilitation {draft.id} : " + " ; ".join(reasons))


def reasons_against(draft: Draft, *, on: date) -> Iterator[str]:
    """Each reason, in French; none when it may be submitted."""
    if draft.ends < on:
        yield f"elle a pris fin le {draft.ends:%d/%m/%Y} : elle n'ouvrirait rien"
    if draft.direction is Direction.RECIPIENT:
        yield from _of_product(draft)
    else:
        yield from _of_flow(draft)


def _of_product(draft: Draft) -> Iterator[str]:
    product = PRODUCTS.get(draft.product or "")
    if product is None:
        yield f"produit inconnu : {', '.join(sorted(PRODUCTS))}"
        return
    yield from beyond(draft, product.offer)


def _of_flow(draft: Draft) -> Iterator[str]:
    try:
        known = {column.name for column in contract(draft.flow or "").columns}
    except UnknownContract:
        yield "flux inconnu : passerelle flow list donne ceux qui existent"
        return
    unknown = [name for name in draft.columns if name not in known]
    if unknown:
        yield f"colonnes inconnues du flux : {', '.join(unknown)}"
    if draft.format is not None:
        yield "un émetteur n'a pas de « format » : son contrat le dit"
