"""Every kind of defect there is, by flow: what `--defects` and `--defect` may ask for."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from schemas.generator import cd
from schemas.generator.flows import lists, spie
from schemas.generator.flows.desks import Written
from schemas.generator.spoiling import cells, lines, whole
from schemas.generator.spoiling.kinds import Kind
from schemas.generator.spoiling.records import Target
from schemas.generator.spoiling.spoil import SUFFIX, spoil
from schemas.generator.wishes import Layout, Wishes

CONTACTS = "cnaf/coordonnees-allocataire.txt"
# Its spoiled twin of thirteen known defects has the usual name already.
_CHOSEN = "defauts-choisis"
_SPOILED_FOYERS = "cnaf/RSABEM.xml"


def known() -> frozenset[str]:
    """Name every kind, of records and of whole files."""
    everything = (
        *cells.contacts(),
        *cells.journeys(),
        *(kind for layout in Layout for kind in cells.listed("Cessations", layout)),
        *cells.spie_principal(),
        *cells.spie_actions(),
        *lines.dossiers(),
        *lines.beneficiaries(),
        *lines.requests(),
    )
    files = {each.name for each in whole.WHOLE} | {whole.ENCODING}
    return frozenset({kind.name for kind in everything} | files)


def targets(written: Sequence[Written], wishes: Wishes) -> list[tuple[Target, tuple[Kind, ...]]]:
    """Pair every file to spoil with its kinds."""
    found = [
        (Target(CONTACTS, "cnaf-contacts", "iso-8859-15"), cells.contacts()),
        (Target("pe/PECG.xml", "pe-parcours", "iso-8859-1", "dossier"), lines.dossiers()),
        (
            Target(f"cd/{cd.filename(wishes.departement, wishes.as_of)}", "cd-parcours", "utf-8"),
            cells.journeys(),
        ),
        (
            Target(_SPOILED_FOYERS, "cnaf-beneficiaires", "iso-8859-1", "InfosFoyerRSA"),
            lines.beneficiaries(),
        ),
        (
            Target("cnaf/IRSACG.xml", "cnaf-instructions", "iso-8859-1", "InfoDemandeRSA"),
            lines.requests(),
        ),
        (Target(f"pe/{spie.PRINCIPAL}", "pe-spie-principal", "utf-8"), cells.spie_principal()),
        (Target(f"pe/{spie.ACTIONS}", "pe-spie-actions", "utf-8"), cells.spie_actions()),
    ]
    paths = {each.flow: each.path for each in written}
    for kind in lists.KINDS:
        flow = f"pe-{kind.lower()}"
        found.append((Target(paths[flow], flow, "iso-8859-1"), cells.listed(kind, wishes.layout)))
    return found


def spoil_all(into: Path, written: Sequence[Written], wishes: Wishes) -> dict[str, dict[str, int]]:
    """Spoil every file that knows one of the kinds asked; count by file and kind. Raises `TooMany`."""
    counts: dict[str, dict[str, int]] = {}
    for target, kinds in targets(written, wishes):
        names = {kind.name for kind in kinds} | set(whole.known(target))
        asked = {name: rate for name, rate in wishes.rates.items() if name in names and rate > 0}
        if not asked:
            continue
        suffix = _CHOSEN if target.path == CONTACTS else SUFFIX
        rng = Random(f"defauts:{wishes.departement}:{wishes.seed}:{target.flow}")
        found = spoil(into, target, kinds, asked, rng, suffix=suffix, inborn=_inborn(target.flow))
        counts[target.flow] = dict(sorted(found.items()))
    return counts


def _inborn(flow: str) -> tuple[Kind, ...]:
    """Give what stands in the clean file of a flow and is reported all the same."""
    match flow:
        case "pe-parcours":
            return (lines.born_unusable(),)
        case "pe-spie-principal":
            return (cells.born_outside(),)
        case _:
            return ()
