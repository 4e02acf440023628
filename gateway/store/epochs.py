"""Which epoch of a domain is in force, and how it changes: by two people, for ever forward.

1. A domain is a recipient and a purpose. Nothing written: its first epoch. The last written is in force.
2. An epoch never comes back: two names of one person under one epoch would be two masters.
3. Changing it changes no name already given. Ours are rewritten by `gateway.rekeying`; a recipient
   keeps what it has, under names that no later file joins.
4. The master is known by its fingerprint since its first use: another one is refused before it names
   anybody.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine, insert, select

from gateway.errors import Misconfigured, NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.pseudonym import EPOCH, Domain
from gateway.store.approvals import Approval, Matter, ask, digest_of
from gateway.store.database import one_writer
from gateway.store.tables import PSEUDONYM_EPOCH, PSEUDONYM_MASTER

FIRST: Final = "1"


def history(connection: Connection, recipient: str, purpose: str) -> Sequence[str]:
    """Every epoch a domain has had, the one in force last."""
    written = connection.scalars(
        select(PSEUDONYM_EPOCH.c.epoch)
        .where(PSEUDONYM_EPOCH.c.recipient == recipient, PSEUDONYM_EPOCH.c.purpose == purpose)
        .order_by(PSEUDONYM_EPOCH.c.rank)
    )
    return [FIRST, *written]


def domain_of(connection: Connection, recipient: str, purpose: str) -> Domain:
    """The domain that names people for this recipient and this purpose, today."""
    return Domain(recipient, purpose, history(connection, recipient, purpose)[-1])


def in_force(engine: Engine, domain: Domain) -> Domain:
    """The same recipient and purpose in the epoch in force."""
    with engine.begin() as connection:
        return domain_of(connection, domain.recipient, domain.purpose)


def every_domain(connection: Connection) -> Sequence[Domain]:
    """The domains whose epoch was ever changed, in the epoch in force."""
    columns = PSEUDONYM_EPOCH.c.recipient, PSEUDONYM_EPOCH.c.purpose
    rows = connection.execute(select(*columns).distinct().order_by(*columns))
    return [domain_of(connection, row.recipient, row.purpose) for row in rows.all()]


def ask_rotation(
    engine: Engine, recipient: str, purpose: str, epoch: str | None, *, by: str, motive: str
) -> Approval:
    """Ask a second person for the next epoch of a domain. Raises `NotAuthorised`, `Misconfigured`."""
    with engine.begin() as connection:
        known = history(connection, recipient, purpose)
    chosen = epoch or _next(known[-1])
    if not EPOCH.fullmatch(chosen):
        raise Misconfigured("une époque : 1 à 16 chiffres, minuscules ou tirets")
    if chosen in known:
        raise NotAuthorised(f"l'époque {chosen} a déjà servi : une époque ne revient jamais")
    shown = _shown(recipient, purpose, known[-1], chosen)
    return ask(engine, Matter.EPOCH, f"{recipient}/{purpose}", shown, by=by, motive=motive)


def rotate(connection: Connection, given: Approval) -> None:
    """What the approval allows: this domain leaves the epoch that was shown for the one that was shown."""
    at = given.decided_at or datetime.now(UTC)
    recipient, purpose = given.shown["destinataire"], given.shown["finalite"]
    known, chosen = history(connection, recipient, purpose), given.shown["nouvelle_epoque"]
    shown = _shown(recipient, purpose, known[-1], chosen)
    if digest_of(Matter.EPOCH, given.subject, shown) != given.digest:
        raise NotAuthorised("l'époque en vigueur a changé depuis la demande : redemandez")
    connection.execute(
        insert(PSEUDONYM_EPOCH).values(
            recipient=recipient,
            purpose=purpose,
            rank=len(known),
            epoch=chosen,
            since=at,
            approval=given.id,
        )
    )
    facts = {"from": known[-1], "to": chosen, "request": given.id}
    entry = Entry(
        Act.PSEUDONYMS_ROTATED, at, f"{recipient}/{purpose}", actor=given.decided_by, facts=facts
    )
    append(connection, entry)


def recognise(engine: Engine, fingerprint: str) -> None:
    """Refuse a master that is not the one that named what we hold; the first is remembered."""
    with engine.begin() as connection:
        known = connection.scalar(select(PSEUDONYM_MASTER.c.fingerprint))
    if known is None:
        with one_writer(engine) as connection:
            known = connection.scalar(select(PSEUDONYM_MASTER.c.fingerprint))
            if known is None:
                values = {"fingerprint": fingerprint, "since": datetime.now(UTC)}
                connection.execute(insert(PSEUDONYM_MASTER).values(values))
                return
    if known != fingerprint:
        raise Misconfigured(
            f"clé maîtresse des pseudonymes : celle-ci est {fingerprint}, les noms que nous gardons "
            f"viennent de {known}. Rien n'est nommé sous une autre : remettez la bonne"
        )


def _shown(recipient: str, purpose: str, present: str, chosen: str) -> Mapping[str, str]:
    return {
        "destinataire": recipient,
        "finalite": purpose,
        "epoque": present,
        "nouvelle_epoque": chosen,
        "effet": "tout nouveau nom change ; les anciens fichiers ne se joignent plus aux suivants",
    }


def _next(epoch: str) -> str:
    if not epoch.isdecimal():
        raise Misconfigured(f"dites la nouvelle époque : après « {epoch} » rien ne se devine")
    return str(int(epoch) + 1)
