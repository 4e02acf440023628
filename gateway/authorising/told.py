"""Demands and habilitations as plain documents: what `--json` prints, what a page shows.

Dates are ISO 8601; keys are French, as everywhere a person reads.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from gateway.errors import NotAuthorised
from gateway.habilitation import Direction, Draft, Gate, Habilitation, Offer, compile_grant
from gateway.habilitation.difference import Change
from gateway.habilitation.matrix import Matrix
from gateway.products import PRODUCTS
from gateway.store.approvals import Approval
from gateway.store.habilitation_demands import Demand, State
from gateway.store.habilitations import STANDS, Approved, Decision

Document = dict[str, Any]

STEPS: Mapping[State, str] = {
    State.REQUESTED: "à soumettre",
    State.SUBMITTED: "attend une réponse",
    State.CHANGES_REQUESTED: "à changer",
    State.APPROVED: "approuvée",
    State.REFUSED: "refusée",
}


def of_habilitation(one: Habilitation, on: date) -> Document:
    """One line of the list: who, what, where, and what it opens on a day."""
    return {
        "id": one.id,
        "version": one.version,
        "organisme": one.organisation.name,
        "siret": one.organisation.siret,
        "sens": one.direction.value,
        "produit": one.product or one.flow,
        "departements": ", ".join(one.departements),
        "base_legale": one.legal_basis.nature,
        "colonnes": list(one.columns),
        "debut": one.starts.isoformat(),
        "fin": one.ends.isoformat(),
        "statut": one.status.value,
        "datapass": one.datapass_id,
        "etat": opened(one, on),
    }


def opened(one: Habilitation, on: date) -> str:
    """What it opens on a day, or every reason why it opens nothing."""
    if one.direction is Direction.SOURCE:
        return f"{STANDS[one.status]} jusqu'au {one.ends:%d/%m/%Y}"
    product = PRODUCTS.get(one.product or "")
    try:
        offer = product.offer if product else Offer((), Gate.NOBODY)
        grant = compile_grant(one, offer, on)
    except NotAuthorised as refused:
        return str(refused)
    return f"ouvre {len(grant.columns)} colonnes jusqu'au {grant.expires:%d/%m/%Y}"


def of_draft(draft: Draft) -> Document:
    """The whole content, as it is digested."""
    content: Document = msgspec.json.decode(draft.canonical)
    return content


def of_version(one: Approved) -> Document:
    """One version: who asked, who approved, when, under which number of the ledger."""
    held = one.habilitation
    return {
        "version": held.version,
        "statut": held.status.value,
        "demande": f"D{one.demand}",
        "demandee_par": held.requested_by,
        "approuvee_par": held.approved_by,
        "approuvee_le": said(one.decided_at),
        "ecriture": one.ledger_index,
        "sha256": held.digest(),
        "contenu": of_draft(held),
    }


def of_event(one: Decision) -> Document:
    """What was decided of it since."""
    return {
        "statut": one.status.value,
        "par": one.by,
        "le": said(one.at),
        "motif": one.motive,
        "ecriture": one.ledger_index,
    }


def of_demand(one: Demand) -> Document:
    """One demand and where it stands; not its content."""
    return {
        "demande": one.name,
        "habilitation": one.draft.id,
        "organisme": one.draft.organisation.name,
        "siret": one.draft.organisation.siret,
        "produit": one.draft.product or one.draft.flow,
        "etat": one.state.value,
        "par": one.requested_by,
        "le": said(one.requested_at),
        "motif": one.motive,
        "message": one.message,
        "approbation": one.approval.id if one.approval else None,
        "jusqu_au": said(one.approval.expires_at) if one.approval else None,
        "decidee_par": one.decided_by or None,
        "decidee_le": said(one.decided_at) if one.decided_at else None,
        "version": one.version,
        "sha256": one.draft.digest(),
    }


def of_request(asked: Approval) -> Document:
    """What waits for a second person."""
    return {
        "approbation": asked.id,
        "empreinte": asked.digest,
        "montre": dict(asked.shown),
        "jusqu_au": said(asked.expires_at),
    }


def of_changes(changes: Sequence[Change]) -> list[Document]:
    """What changes, and whether it widens."""
    return [
        {"champ": one.field, "change": one.sentence, "effet": one.effect.value} for one in changes
    ]


def of_matrix(found: Matrix) -> Document:
    """Who receives which column, as of a day."""
    return {
        "le": found.on.isoformat(),
        "organismes": [{"siret": one.siret, "nom": one.name} for one in found.organisations],
        "lignes": [
            {
                "produit": row.product,
                "colonne": row.column,
                "ouvertures": {
                    siret: [
                        {
                            "habilitation": one.habilitation,
                            "version": one.version,
                            "departements": list(one.departements),
                            "jusqu_au": one.until.isoformat(),
                        }
                        for one in openings
                    ]
                    for siret, openings in row.cells.items()
                },
            }
            for row in found.rows
        ],
    }


def said(at: datetime) -> str:
    """A moment, to the second."""
    return at.isoformat(timespec="seconds")
