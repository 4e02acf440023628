"""Tell a sender again, from the record, when it lost what it was told: even long after it was settled.

1. The same bytes, at the same place, under the same names: nothing is made or signed again.
2. An operator's act, with a motive: once the place has taken it, an entry of the ledger says so.
3. A place whose account another gateway holds is not asked: that gateway is.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Engine

from connectors.contract import Filing
from connectors.errors import ConnectorError, Unreachable
from gateway.clerk import Clerk
from gateway.delivery import Kept
from gateway.doors.accounts import Accounts
from gateway.doors.lookout import Post
from gateway.errors import Misconfigured, Unavailable
from gateway.stages.keep import kept_of
from gateway.store.acknowledgements import note_again
from gateway.store.deliveries import find_delivery


async def resend(
    clerk: Clerk,
    posts: Sequence[Post],
    accounts: Accounts,
    delivery: str,
    *,
    by: str,
    motive: str,
) -> int:
    """Tell the sender of `delivery` again; give the entry that says so.

    Raises `Misconfigured` when nothing of the sort can be told, `Unavailable` when not now.
    """
    kept = await asyncio.to_thread(verdict_of, clerk.engine, delivery)
    address = await asyncio.to_thread(clerk.address, kept)
    if address is None:
        raise Misconfigured(
            f"{delivery} : lieu de l'accusé inconnu (jamais accusé, ou par une version antérieure) ; "
            "`passerelle ack export` en écrit les fichiers, à transmettre autrement"
        )
    named = [post for post in posts if post.name == address.post]
    if not named:
        raise Misconfigured(f"{delivery} : {address.post} n'est plus relevé")
    (post,) = named
    await accounts.check_held(post)
    in_files = isinstance(post.source, Filing) and post.source.carries_files
    notices = await asyncio.to_thread(clerk.notices, kept, address, in_files=in_files)
    try:
        told = await post.source.acknowledge(address.arrival, notices)
    except Unreachable as error:
        raise Unavailable("le partenaire ne répond pas") from error
    except ConnectorError as error:
        raise Misconfigured(
            f"{post.name} refuse l'accusé ({type(error).__name__}) : vérifiez l'accès à ce lieu"
        ) from None
    if not told:
        raise Unavailable("ce lieu attend le verdict des autres fichiers du même envoi")
    about = kept.ledger_index
    return await asyncio.to_thread(note_again, clerk.engine, delivery, about, by=by, motive=motive)


def verdict_of(engine: Engine, delivery: str) -> Kept:
    """The verdict of record of a delivery. Raises `Misconfigured` when there is none."""
    with engine.begin() as connection:
        row = find_delivery(connection, delivery)
    if row is None:
        raise Misconfigured(f"aucun dépôt {delivery} : `passerelle ack list` les donne")
    return kept_of(row)
