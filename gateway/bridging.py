"""Both names of a recipient's people, from an epoch to the one in force: for a purpose that must go on.

1. Two people decide it, for one recipient, one purpose, one département and one pair of epochs.
2. It is made here only, and leaves only encrypted for that recipient and signed by us: whoever holds it
   joins what the rotation had parted.
3. It speaks of the people of the CD's files, in the order of the new names. Its digest and its size are in
   the ledger before it is given; asked for again while the approval lasts, the same lines are made again.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy import Engine

from gateway.errors import Misconfigured, NotAuthorised
from gateway.identity.index import SUBJECT
from gateway.keyring import write_private
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.pgp import Desks, Keys
from gateway.pseudonym import Domain, bridge
from gateway.rekeying import Files
from gateway.store.approvals import LIFETIME, Approval, Matter, State, ask, digest_of, find
from gateway.store.database import one_writer
from gateway.store.deliveries import partitions_of
from gateway.store.epochs import domain_of, history
from gateway.workroom import workroom

CD: Final = "cd-parcours"
HEADER: Final = {"OLD": "ANCIEN", "NEW": "NOUVEAU"}


@dataclass(frozen=True, slots=True)
class Crossover:
    """Whose names, why, where, and from which epoch."""

    recipient: str
    purpose: str
    departement: str
    old: str


def ask_bridge(engine: Engine, wanted: Crossover, *, by: str, motive: str) -> Approval:
    """Ask a second person. Raises `NotAuthorised` when there is nothing to go from."""
    with engine.begin() as connection:
        known = history(connection, wanted.recipient, wanted.purpose)
    if wanted.old not in known[:-1]:
        raise NotAuthorised(f"l'époque {wanted.old} n'est pas une époque passée de ce domaine")
    subject = f"{wanted.recipient}/{wanted.purpose}"
    shown = _shown(wanted, known[-1])
    return ask(engine, Matter.BRIDGE, subject, shown, by=by, motive=motive)


def approved(engine: Engine, request: str) -> tuple[Crossover, Domain]:
    """What an approval still allows. Raises `NotAuthorised`."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        given = find(connection, request, now=now)
        if given.matter is not Matter.BRIDGE or given.state is not State.GIVEN:
            raise NotAuthorised(
                f"la demande {request} n'est pas un passage approuvé ({given.state})"
            )
        shown = given.shown
        wanted = Crossover(
            shown["destinataire"], shown["finalite"], shown["departement"], shown["de"]
        )
        domain = domain_of(connection, wanted.recipient, wanted.purpose)
    if given.decided_at is None or given.decided_at + LIFETIME <= now:
        raise NotAuthorised(f"l'approbation {request} a plus de {LIFETIME.days} jours : redemandez")
    if digest_of(given.matter, given.subject, _shown(wanted, domain.epoch)) != given.digest:
        raise NotAuthorised("l'époque en vigueur a changé depuis la demande : redemandez")
    return wanted, domain


def make_bridge(
    files: Files, request: str, out: Path, desks: Desks, keys: Keys, *, by: str, room: Path | None
) -> int:
    """Write the bridge in `out`, encrypted for its recipient; give how many people it names."""
    wanted, domain = approved(files.engine, request)
    if out.exists():
        raise Misconfigured(f"{out} existe déjà : rien n'est remplacé")
    names = bridge(_subjects(files, wanted), files.master, domain.at(wanted.old), domain)
    body = names.rename(HEADER).write_csv(separator=";", line_terminator="\r\n").encode()
    with workroom(room) as private:
        clear, closed = private / "bridge", private / "bridge.gpg"
        clear.write_bytes(body)
        with desks.at(keys) as desk:
            desk.encrypt(clear, closed)
        facts: dict[str, str | int] = {
            "request": request,
            "departement": wanted.departement,
            "from": wanted.old,
            "to": domain.epoch,
            "bridge_sha256": hashlib.sha256(closed.read_bytes()).hexdigest(),
            "rows": names.height,
        }
        subject = f"{wanted.recipient}/{wanted.purpose}"
        entry = Entry(Act.PSEUDONYMS_ROTATED, datetime.now(UTC), subject, actor=by, facts=facts)
        with one_writer(files.engine) as connection:
            append(connection, entry)
        write_private(out, closed.read_bytes())
    return names.height


def _subjects(files: Files, wanted: Crossover) -> pl.Series:
    with files.engine.begin() as connection:
        partitions = partitions_of(connection, wanted.departement, CD)
    if not partitions:
        raise NotAuthorised(
            f"{wanted.departement} : aucun fichier du département, personne à nommer"
        )
    read = (files.identities.read(one.identities).select(SUBJECT) for one in partitions)
    return pl.concat(list(read)).unique().get_column(SUBJECT)


def _shown(wanted: Crossover, epoch: str) -> dict[str, str]:
    return {
        "destinataire": wanted.recipient,
        "finalite": wanted.purpose,
        "departement": wanted.departement,
        "de": wanted.old,
        "vers": epoch,
        "effet": "il pourra joindre ses anciens fichiers aux suivants",
    }
