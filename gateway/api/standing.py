"""Whether a client may fetch a release now: asked before its first byte, and again while it leaves.

1. The client stands, and its organisation is still served.
2. The release is its own, was delivered, was not taken back, and has not waited too long.
3. The habilitation it was made under is in force today, and still opens every column that left.
The answer is read anew each time: a revocation counts at the next look.
"""

from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Connection

from gateway.api.call import Counter
from gateway.api.problems import Problem, unknown
from gateway.errors import Misconfigured, NotAuthorised
from gateway.habilitation import compile_grant
from gateway.products import PRODUCTS
from gateway.settings import Partner
from gateway.store.api_clients import Client, State, find_client
from gateway.store.habilitations import current, history
from gateway.store.partner_states import STATES, standing_of
from gateway.store.partner_states import State as Service
from gateway.store.pickups import Pickup, Standing, find_pickup

WITHDRAWN: Final = "Cette publication a été reprise : elle ne se remet plus."
EXPIRED: Final = "Cette publication n'attend plus : redemandez-la (redelivery)."


def own_pickup(counter: Counter, client: Client, release: str) -> tuple[Partner, Pickup]:
    """A release of the client's own organisation. Raises `Problem`: another's does not exist."""
    partner = counter.partner(client)
    if partner is None:
        raise unknown()
    with counter.engine.begin() as connection:
        found = find_pickup(connection, release, partner.alias)
    if found is None:
        raise unknown()
    return partner, found


def where_it_stands(found: Pickup, partner: Partner | None) -> Standing:
    """Where a release stands at this hour; what is not left at our own pick-up does not expire there."""
    keep_days = partner.api.keep_days if partner and partner.api else None
    return found.standing(datetime.now(UTC), keep_days)


def check_open(counter: Counter, client: Client, partner: Partner, release: str) -> Pickup:
    """The release, if its recipient may have it now. Raises `NotAuthorised`, `Problem`."""
    if partner.api is None:
        raise Problem(409, "conflit", "Cette publication vous est remise ailleurs que par l'API.")
    with counter.engine.begin() as connection:
        asking = find_client(connection, client.id)
        if asking is None or (asking.state, asking.revision) != (State.ACTIVE, client.revision):
            raise NotAuthorised("ce client de l'API n'est plus en service")
        state = standing_of(connection, partner.alias).state
        if state is not Service.ACTIVE:
            raise NotAuthorised(f"partenaire {STATES[state]} : rien ne lui est remis")
        found = find_pickup(connection, release, partner.alias)
        if found is None:
            raise unknown()
        if found.withdrawn_at is not None:
            raise Problem(410, "retire", WITHDRAWN)
        _check_grant(connection, found, datetime.now(UTC).date())
    return found


def check_leaves(counter: Counter, client: Client, partner: Partner, release: str) -> Pickup:
    """The same, and it still waits at the pick-up. Raises `NotAuthorised`, `Problem`."""
    found = check_open(counter, client, partner, release)
    if where_it_stands(found, partner) is Standing.EXPIRED:
        raise Problem(410, "retire", EXPIRED)
    return found


def _check_grant(connection: Connection, found: Pickup, on: date) -> None:
    """What is in force now must open all that the release holds: it may be another version."""
    standing = current(connection, found.habilitation, on)
    if standing is None or standing.product != found.product or found.product not in PRODUCTS:
        raise NotAuthorised(f"aucune habilitation {found.habilitation} pour ce produit")
    offer = PRODUCTS[found.product].offer
    grant = compile_grant(standing, offer, on, departement=found.departement)
    if grant.version == found.habilitation_version:
        return
    versions = history(connection, found.habilitation, on)
    made = [
        one.habilitation
        for one in versions
        if one.habilitation.version == found.habilitation_version
    ]
    if not made:
        raise Misconfigured(f"habilitation {found.habilitation} : version disparue de la base")
    if made[0].organisation.siret != grant.recipient or not set(made[0].columns) <= set(
        grant.columns
    ):
        raise NotAuthorised(
            f"l'habilitation {found.habilitation} n'ouvre plus toutes les colonnes de cette publication"
        )
