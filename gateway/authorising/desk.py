"""The circuit of habilitations as its faces call it: every act, every page, once.

1. An act says who and why; it gives back the document of what it made. What forbids it is `NotAuthorised`.
2. A demand is named D12, a habilitation by its own name.
"""

import re
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection, Engine

from gateway.authorising import told
from gateway.authorising.catalogue import check_draft, reasons_against
from gateway.authorising.papers import Paper
from gateway.authorising.told import Document
from gateway.errors import NotAuthorised
from gateway.habilitation import Habilitation, Status
from gateway.habilitation.difference import difference, reopening, widens
from gateway.habilitation.matrix import Matrix
from gateway.habilitation.matrix import matrix as matrix_of
from gateway.store import habilitation_answers as answers
from gateway.store import habilitation_demands as demands
from gateway.store.datapass_events import events_of
from gateway.store.habilitation_resumes import ask_resume
from gateway.store.habilitations import (
    current,
    decide_state,
    events,
    every_current,
    every_on,
    history,
    last_approved,
)
from gateway.store.legal_documents import document_of

NUMBER: Final = re.compile(r"D([1-9][0-9]{0,8})")


def number_of(name: str) -> int | None:
    """The number of a demand, None for the name of a habilitation."""
    found = NUMBER.fullmatch(name)
    return int(found[1]) if found else None


def listed(connection: Connection, on: date) -> Document:
    """Every habilitation as it stands on a day, and the demands that are not decided."""
    now = datetime.now(UTC)
    undecided = (demands.State.APPROVED, demands.State.REFUSED)
    return {
        "habilitations": [told.of_habilitation(one, on) for one in every_current(connection, on)],
        "demandes": [
            told.of_demand(one)
            for one in demands.every(connection, now=now)
            if one.state not in undecided
        ],
    }


def show(connection: Connection, name: str, on: date) -> Document:
    """One demand, or one habilitation as it stands on a day and all its versions. Raises `NotAuthorised`."""
    number = number_of(name)
    if number is not None:
        demand = demands.find(connection, number)
        said = told.of_demand(demand) | {"contenu": told.of_draft(demand.draft)}
        return said | {"datapass": events_of(connection, number)}
    return {
        **told.of_habilitation(_current(connection, name, on), on),
        "versions": [told.of_version(one) for one in history(connection, name, on)],
        "decisions": [told.of_event(one) for one in events(connection, name)],
    }


def request(engine: Engine, paper: Paper, *, by: str, motive: str) -> Document:
    """Keep a demand, still to be submitted."""
    made = demands.request(engine, paper.draft, by=by, motive=motive, documents=paper.documents)
    return told.of_demand(made)


def amend(engine: Engine, number: int, paper: Paper, *, by: str) -> Document:
    """Change what a demand asks for."""
    made = demands.amend(engine, number, paper.draft, by=by, documents=paper.documents)
    return told.of_demand(made)


def rehearse(connection: Connection, paper: Paper, on: date) -> Document:
    """What a draft would change and what forbids it; nothing is kept."""
    before = last_approved(connection, paper.draft.id, on)
    changes = [*reopening(before), *difference(before, paper.draft)] if before else []
    return {
        "habilitation": paper.draft.id,
        "change": told.of_changes(changes),
        "elargit": before is None or widens(changes),
        "empeche": [*reasons_against(paper.draft, on=on)],
        "sha256": paper.draft.digest(),
    }


def submit(engine: Engine, number: int, *, by: str, now: datetime | None = None) -> Document:
    """Ask a second person for exactly what it says."""
    at = now or datetime.now(UTC)
    check = partial(check_draft, on=at.date())
    made = demands.submit(engine, number, by=by, check=check, now=now)
    return told.of_demand(made) | (told.of_request(made.approval) if made.approval else {})


def review(connection: Connection, number: int) -> Document:
    """Exactly what is to be approved, and its digest. Raises `NotAuthorised`."""
    demand = demands.find(connection, number)
    if demand.state is not demands.State.SUBMITTED or demand.approval is None:
        raise NotAuthorised(f"{demand.name} n'est pas soumise : rien n'est à relire")
    return told.of_demand(demand) | told.of_request(demand.approval)


def approve(engine: Engine, number: int, *, by: str, digest: str) -> Document:
    """Agree to what bears this digest."""
    return told.of_demand(answers.approve(engine, number, by=by, digest=digest))


def refuse(engine: Engine, number: int, *, by: str, message: str) -> Document:
    """Say no, and why."""
    return told.of_demand(answers.refuse(engine, number, by=by, message=message))


def ask_changes(engine: Engine, number: int, *, by: str, message: str) -> Document:
    """Give it back, and say what to change."""
    return told.of_demand(answers.ask_changes(engine, number, by=by, message=message))


def close(engine: Engine, name: str, status: Status, *, by: str, motive: str) -> Document:
    """Suspend or revoke: it opens nothing from now on."""
    index = decide_state(engine, name, status, by=by, motive=motive)
    return {"id": name, "statut": status.value, "par": by, "ecriture": index}


def resume(engine: Engine, name: str, *, by: str, motive: str) -> Document:
    """Ask a second person to open again what was suspended."""
    asked = ask_resume(engine, name, by=by, motive=motive)
    return {"id": name, "par": by} | told.of_request(asked)


def compare(connection: Connection, name: str, pair: tuple[int, int] | None, on: date) -> Document:
    """What changes from one version to another, the last two unless told. Raises `NotAuthorised`."""
    every = [one.habilitation for one in history(connection, name, on)]
    if not every:
        raise _unknown(name)
    held, last = {one.version: one for one in every}, every[-1].version
    before, after = pair or (last - 1, last)
    if before not in held or after not in held:
        raise NotAuthorised(f"habilitation {name} : versions 1 à {last}, dites lesquelles comparer")
    changes = difference(held[before], held[after])
    return {
        "id": name,
        "avant": before,
        "apres": after,
        "change": told.of_changes(changes),
        "elargit": widens(changes),
    }


def matrix(connection: Connection, on: date) -> Matrix:
    """Who receives which column at the end of a day (UTC)."""
    return matrix_of(every_on(connection, on), on)


def legal_document(connection: Connection, name: str, on: date) -> bytes:
    """The PDF a demand or a habilitation rests on. Raises `NotAuthorised`."""
    number = number_of(name)
    draft = (
        demands.find(connection, number).draft
        if number is not None
        else _current(connection, name, on)
    )
    if draft.legal_basis.document is None:
        raise NotAuthorised(f"{name} : sa base légale est une adresse, {draft.legal_basis.url}")
    return document_of(connection, draft.legal_basis.document)


def _current(connection: Connection, name: str, on: date) -> Habilitation:
    found = current(connection, name, on)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> NotAuthorised:
    return NotAuthorised(f"aucune habilitation {name} : passerelle habilitation list les donne")
