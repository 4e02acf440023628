"""From a pseudonym that a recipient holds back to the identifier of the département: by two people, once.

1. One asks, with a motive and the pseudonym; another approves. Neither the request nor the database holds
   the pseudonym, only its SHA-256: 128 bits that nobody can guess back.
2. The answer is computed after that, and only then; it is the CD's own identifier, never a NIR.
3. The entry is in the ledger before anything is shown: commitments to the pseudonym and to the answer.
   It is shown once: a request answers one time, about one person, for `LIFETIME` after its approval.
4. Nobody found is an answer too: it is written, and it uses the request up.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine

from gateway.archive import Archive
from gateway.errors import Misconfigured, NotAuthorised
from gateway.identity.index import SUBJECT
from gateway.ledger.entry import Act, Entry, commit, new_salt
from gateway.pseudonym import EPOCH, Domain, Master, Pseudonymiser
from gateway.store.approvals import LIFETIME, Approval, Matter, State, ask, digest_of, find
from gateway.store.deliveries import index_digest, partitions_of
from gateway.store.epochs import history
from gateway.store.reidentifications import keep_answer

CD: Final = "cd-parcours"
OWN: Final = "ID_CD"
NOBODY: Final = ""
_NAME: Final = re.compile(rf"p1\.({EPOCH.pattern})\.[0-9a-f]{{32}}")


@dataclass(frozen=True, slots=True)
class Registry:
    """What the answer is computed from."""

    engine: Engine
    identities: Archive
    master: Master


@dataclass(frozen=True, slots=True)
class Question:
    """For whom this person was named, and in which département."""

    recipient: str
    purpose: str
    departement: str


def ask_identity(
    engine: Engine, question: Question, name: str, *, by: str, motive: str
) -> Approval:
    """Ask a second person to let one pseudonym be lifted. Raises `Misconfigured`, `NotAuthorised`."""
    with engine.begin() as connection:
        domain = _domain(connection, question, name)
    shown = _shown(question, domain.epoch, name)
    return ask(engine, Matter.REIDENTIFICATION, domain.recipient, shown, by=by, motive=motive)


def reveal(registry: Registry, request: str, name: str, *, by: str) -> str:
    """The CD's identifier of the person approved, `NOBODY` when it has none. Once. Raises `NotAuthorised`."""
    now = datetime.now(UTC)
    with registry.engine.begin() as connection:
        given = find(connection, request, now=now)
        _check(given, name, by, now)
        question = Question(*(given.shown[w] for w in ("destinataire", "finalite", "departement")))
        domain = _domain(connection, question, name)
    answer = _search(registry, question.departement, domain, name)
    salt = new_salt()
    facts: dict[str, str | int] = {
        "recipient": domain.recipient,
        "purpose": domain.purpose,
        "epoch": domain.epoch,
        "departement": question.departement,
        "requested_by": given.requested_by,
        "approved_by": given.decided_by,
        "pseudonym_commitment": commit(salt, name),
        "answer_commitment": commit(salt, answer),
        "found": int(answer != NOBODY),
    }
    entry = Entry(Act.PERSON_REIDENTIFIED, now, given.id, actor=by, facts=facts)
    keep_answer(registry.engine, given.id, by, salt, entry)
    return answer


def _check(given: Approval, name: str, by: str, now: datetime) -> None:
    """Approved, in time, for exactly this pseudonym, and asked by who reads the answer."""
    if given.matter is not Matter.REIDENTIFICATION:
        raise NotAuthorised(f"la demande {given.id} ne porte pas sur un pseudonyme")
    if given.state is not State.GIVEN or given.decided_at is None:
        raise NotAuthorised(f"la demande {given.id} n'est pas approuvée ({given.state})")
    if given.decided_at + LIFETIME <= now:
        raise NotAuthorised(
            f"l'approbation {given.id} a plus de {LIFETIME.days} jours : redemandez"
        )
    if given.requested_by != by:
        raise NotAuthorised("la réponse n'est montrée qu'à qui l'a demandée")
    shown = {**given.shown, "pseudonyme_sha256": _digest(name)}
    if digest_of(given.matter, given.subject, shown) != given.digest:
        raise NotAuthorised("ce pseudonyme n'est pas celui de la demande")


def _search(registry: Registry, departement: str, domain: Domain, name: str) -> str:
    """Everybody of the département is named again, and compared: there is no table to steal."""
    with registry.engine.begin() as connection:
        index = index_digest(connection, departement)
        files = partitions_of(connection, departement, CD)
    if index is None:
        return NOBODY
    subjects = registry.identities.read(index).get_column(SUBJECT)
    names = Pseudonymiser(registry.master, domain).of_series(subjects)
    found = subjects.filter(names == name)
    for partition in reversed(files) if len(found) else ():
        people = registry.identities.read(partition.identities)
        own = people.filter(people.get_column(SUBJECT) == found[0]).get_column(OWN).drop_nulls()
        if len(own):
            return str(own[0])
    return NOBODY


def _domain(connection: Connection, question: Question, name: str) -> Domain:
    """The domain that could have given this name. Raises `Misconfigured`, `NotAuthorised`."""
    epoch = _epoch(name)
    if epoch not in history(connection, question.recipient, question.purpose):
        raise NotAuthorised(f"l'époque {epoch} n'a jamais été en vigueur pour ce destinataire")
    return Domain(question.recipient, question.purpose, epoch)


def _epoch(name: str) -> str:
    found = _NAME.fullmatch(name)
    if found is None:
        raise Misconfigured("ce n'est pas un pseudonyme : p1.<époque>.<32 chiffres hexadécimaux>")
    return found.group(1)


def _shown(question: Question, epoch: str, name: str) -> dict[str, str]:
    return {
        "destinataire": question.recipient,
        "finalite": question.purpose,
        "departement": question.departement,
        "epoque": epoch,
        "pseudonyme_sha256": _digest(name),
        "effet": "l'identifiant du département, pour cette personne seule, montré une fois",
    }


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
