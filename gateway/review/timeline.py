"""One person's journey as a list of dated facts, each with where it comes from.

1. Only what a référent may read: orientation, contracts, appointments, registration, rights. Nothing of
   health, of sanctions, of the household, no name of a structure: what is not listed here is not told
   (catalogue, section 6.6).
2. A fact names its source, the file (our name of the delivery) and the day that file speaks of.
3. Pôle emploi's facts are told of people surely linked, from a file that may be used: what the rules
   did not read is not told either.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.rules.codes import BUSY, LOST_PAYMENT, LOST_RIGHT, NO_UPDATE, USABLE
from gateway.rules.journeys import Journeys, Received
from gateway.rules.rule import Flow, Moment
from gateway.rules.sentence import french_date
from schemas.nomenclatures import nomenclature
from schemas.registry import contract

Row = Mapping[str, Any]
Told = Iterator[tuple[date | None, str]]


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One dated fact. `reference`: the day the file speaks of; `file`: the delivery."""

    day: date
    source: str
    text: str
    file: str
    reference: date
    ahead: bool = False  # later than the day of the crossing


def timeline(journeys: Journeys, moment: Moment, *, linked: bool) -> list[Fact]:
    """The facts of the only person these journeys speak of, the oldest first.

    `linked`: Pôle emploi's file was read for them.
    """
    read = [(Flow.CD, journeys.cd, _departement), (Flow.CNAF, journeys.cnaf, _rights)]
    if linked and moment.is_pe_fresh:
        read.append((Flow.PE, journeys.pe, _pole_emploi))
    facts = {
        fact
        for flow, received, tell in read
        if received is not None
        for fact in _facts(flow, received, tell, moment)
    }
    return sorted(facts | set(_returns(journeys, moment)))


def _facts(
    flow: Flow, received: Received, tell: Callable[[Row], Told], moment: Moment
) -> Iterator[Fact]:
    for row in received.facts.iter_rows(named=True):
        for day, text in tell(row):
            if day is not None:
                ahead = day > moment.as_of
                yield Fact(
                    day, flow.value, text, received.delivery, received.reference, ahead=ahead
                )


def _departement(row: Row) -> Told:
    words = _labels("cd-parcours", "CODE"), _labels("cd-parcours", "STATUT")
    code, status = words[0].get(row["CODE"] or "", ""), words[1].get(row["STATUT"], "")
    until = f", jusqu'au {french_date(row['DATE_FIN'])}" if row["DATE_FIN"] else ""
    notified = f", notifiée le {french_date(row['DATE_FIN'])}" if row["DATE_FIN"] else ""
    told = {
        "DROITS_DEVOIRS": f"Droits et devoirs : {status.lower()}",
        "ORIENTATION": f"Orientation : {_joined(code, status)}{notified}",
        "CONTRAT": f"Contrat : {_joined(code, status)}{until}",
        "RDV": f"Rendez-vous : {status.lower()}",
        "REFERENT": f"Référent : {status.lower()}{until}",
    }
    if row["FAIT"] in told:
        yield row["DATE"], told[row["FAIT"]]


def _joined(code: str, status: str) -> str:
    return ", ".join(word for word in (code, status.lower()) if word)


def _pole_emploi(row: Row) -> Told:
    modality = f" (modalité {row['MODALITE_CODE']})" if row.get("MODALITE_CODE") else ""
    default = row["MOTIF_CESSATION_IDE"] in NO_UPDATE
    yield row["DATE_DEBUT_IDE"], "Inscription à Pôle emploi"
    yield (
        row["DATE_CESSATION_IDE"],
        "Fin d'inscription : actualisation non faite" if default else "Fin d'inscription",
    )
    yield row["DATE_RADIATION_IDE"], "Radiation de la liste de Pôle emploi"
    yield row["DATE_NOTIFICATION"], "Projet personnalisé notifié par Pôle emploi"
    yield row["DATE_SIGNATURE"], "Projet personnalisé signé à Pôle emploi"
    if row["DATE_DERNIER_ENT_ETAT"] == USABLE:
        yield row["DATE_DERNIER_ENT"], f"Dernier entretien à Pôle emploi{modality}"


def _rights(row: Row) -> Told:
    yield row.get("DTDEMRSA"), "Demande de RSA"
    yield row.get("DTCLORSA"), "Droit au RSA clos"
    yield row.get("DDDEPAMUT"), "Dossier muté vers un autre organisme"
    lost = (
        ("MOTISUSVERSRSA", "DDSUSVERSRSA", LOST_PAYMENT, "Versement suspendu"),
        ("MOTISUSDRORSA", "DDSUSDRORSA", LOST_RIGHT, "Droit suspendu"),
    )
    for motives, days, codes, what in lost:
        labels = nomenclature(motives.lower()).labels
        for code, day in _places(row, motives, days):
            if code in codes:
                yield day, f"{what} : {labels.get(code, code)}"
    for code, day in _places(row, "ACT", "DDACT"):
        if code in BUSY:
            yield day, "Emploi ou formation commencé"


def _places(row: Row, codes: str, days: str) -> Iterator[tuple[str, date | None]]:
    """Joined columns, place for place; a place without a day has none."""
    starts = (row.get(days) or "").split(",")
    for rank, code in enumerate((row.get(codes) or "").split(",")):
        start = starts[rank] if rank < len(starts) else ""
        yield code, date.fromisoformat(start) if start else None


def _returns(journeys: Journeys, moment: Moment) -> Iterator[Fact]:
    for row in journeys.returns.iter_rows(named=True):
        if row["DATE"] is not None and row["DATE"] <= moment.as_of:
            about = f" sur la règle {row['REGLE']}" if row["REGLE"] else ""
            text = f"Retour d'un professionnel{about} : {row['RETOUR']}"
            yield Fact(row["DATE"], Flow.RETURNS.value, text, "", row["DATE"])


def _labels(flow: str, column: str) -> Mapping[str, str]:
    return next(one.labels for one in contract(flow).columns if one.name == column)
