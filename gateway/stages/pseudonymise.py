"""Linked → Pseudonymised: identifiers apart, facts apart, and no column without a declared fate.

Facts are named by a pseudonym of the subject, under the gateway's own domain: the partition of
journeys, the identities and the index are three sealed files, and none of them alone says who did
what. A column the contract neither carries nor keeps as an identifier is dropped here.
"""

from collections.abc import Sequence

from gateway.delivery import Linked, Pseudonymised
from gateway.identity.index import SUBJECT
from gateway.pseudonym import JOURNEYS, Domain, Master, Pseudonymiser
from schemas.contract import Category, Contract, Fate

PERSON = "PERSONNE"  # the pseudonym, in the facts


def pseudonymise(
    linked: Linked, contract: Contract, master: Master, domain: Domain = JOURNEYS
) -> Pseudonymised:
    """Split the rows by the fate and the category of their columns. `domain`: ours, in the epoch in force."""
    names = Pseudonymiser(master, domain).of_series(linked.rows.get_column(SUBJECT))
    # In the order of the pseudonyms: a row's position must not join facts back to identities.
    facts = linked.rows.select(names.alias(PERSON), *facts_of(contract)).sort(
        PERSON, maintain_order=True
    )
    identities = linked.rows.select(SUBJECT, *identities_of(contract)).unique(maintain_order=True)
    return Pseudonymised(linked, facts, identities)


def facts_of(contract: Contract) -> Sequence[str]:
    """What a journey keeps: columns carried that say nothing of who."""
    return [
        column.name
        for column in contract.columns
        if Fate.CARRY in column.fates and column.category is Category.JOURNEY
    ]


def identities_of(contract: Contract) -> Sequence[str]:
    """What stays sealed with identities: identifiers, and what a release may carry of them."""
    return [
        column.name
        for column in contract.columns
        if Fate.IDENTIFIER in column.fates
        or (Fate.CARRY in column.fates and column.category is not Category.JOURNEY)
    ]
