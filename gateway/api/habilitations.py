"""Habilitations of the client's own organisation: where each stands today, and every version approved.

Another organisation's does not exist. Nobody is named: who asked, who approved and the contacts stay with
the administrators.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from aiohttp import web

from gateway.api.answers import listed, moment
from gateway.api.call import Call, Operation
from gateway.api.cursors import page_of
from gateway.api.problems import unknown
from gateway.habilitation import Habilitation
from gateway.store.habilitations import Approved, current, every_current, history


async def list_habilitations(call: Call) -> web.StreamResponse:
    """The version of each that counts today, by name."""
    page = page_of(call)
    after = str(page.after[0]) if page.after else ""

    def _own() -> list[Habilitation]:
        with call.counter.engine.begin() as connection:
            every = every_current(connection, _today())
        return [one for one in every if _is_own(call, one) and one.id > after]

    found = (await asyncio.to_thread(_own))[: page.limit + 1]
    return listed(found, page, shown=_shown, key=lambda one: one.id)


async def get_habilitation(call: Call) -> web.StreamResponse:
    """One, with its versions. Raises `Problem`."""
    asked = call.request.match_info["id"]

    def _found() -> tuple[Habilitation | None, Sequence[Approved]]:
        with call.counter.engine.begin() as connection:
            today = _today()
            return current(connection, asked, today), history(connection, asked, today)

    one, versions = await asyncio.to_thread(_found)
    if one is None or not _is_own(call, one):
        raise unknown()
    call.trace.subject = asked
    # What it was under another organisation is not this one's to read.
    own = [_version(each) for each in versions if _is_own(call, each.habilitation)]
    return web.json_response({**_shown(one), "versions": own})


def _is_own(call: Call, one: Habilitation) -> bool:
    return one.organisation.siret == call.client.siret


def _shown(one: Habilitation) -> Mapping[str, Any]:
    return {
        "id": one.id,
        "version": one.version,
        "etat": one.status.value.lower(),
        "sens": one.direction.value,
        "produit": one.product,
        "flux": one.flow,
        "finalite": one.purpose,
        "finalite_libelle": one.purpose_label,
        "base_legale": {
            "nature": one.legal_basis.nature,
            "url": one.legal_basis.url,
            "document": one.legal_basis.document,
        },
        "colonnes": list(one.columns),
        "departements": list(one.departements),
        "format": one.format.value if one.format else None,
        "lignes_par_jour": one.daily_rows,
        "conservation_mois": one.retention_months,
        "debut": one.starts.isoformat(),
        "fin": one.ends.isoformat(),
        "datapass": one.datapass_id,
        "empreinte": one.digest(),
    }


def _version(one: Approved) -> Mapping[str, Any]:
    held = one.habilitation
    return {
        "version": held.version,
        "etat": held.status.value.lower(),
        "decidee_le": moment(one.decided_at),
        "empreinte": held.digest(),
        "ecriture_journal": one.ledger_index,
        "colonnes": list(held.columns),
        "departements": list(held.departements),
        "debut": held.starts.isoformat(),
        "fin": held.ends.isoformat(),
    }


def _today() -> date:
    return datetime.now(UTC).date()


HABILITATIONS: Final[Mapping[str, Operation]] = {
    "listHabilitations": list_habilitations,
    "getHabilitation": get_habilitation,
}
