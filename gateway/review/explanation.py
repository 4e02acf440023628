"""One person's crossing, explained: who looked at what, which rule said what, with which weight.

1. The document that CRPA, art. R311-3-1-2 asks for: data and sources, parameters and weights applied to
   the person, operations performed. A référent reads the same in the terminal and on the page.
2. The person is called by the département's own identifier. No name, no NIR, no pseudonym.
3. A silence is said with its name; one that has a text of its own (`Suppressor.shown`) is said with that
   text alone: the reason is never displayed.
4. The day of the crossing rules: what a rule says is what it said then, with the delays of that version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from gateway.review.changes import change_of, why_not_evaluable
from gateway.review.timeline import Fact
from gateway.rules.catalogue import SUPPRESSORS
from gateway.rules.outcomes import OUTCOMES
from gateway.rules.points import FLOORS, PRIORITIES
from gateway.rules.protections import SIGNS
from gateway.rules.rule import Effect, Family, Result, Rule
from gateway.rules.sentence import explain

Document = dict[str, Any]

MENTION = (
    "Cette explication aide à reprendre contact. Elle n'est pas une décision et n'en fonde aucune : un "
    "professionnel vérifie chaque situation, et la personne peut contester un signal."
)
FAMILIES: Mapping[Family, str] = {
    Family.EXIT: "Sortie de liste",
    Family.CONTRACT: "Contrat",
    Family.CONTACT: "Contact",
    Family.RIGHTS: "Droits",
    Family.ORGANISATION: "Organisation (pour le service)",
}
VERDICTS = {
    Result.TRIGGERED: "declenchee",
    Result.NOT_TRIGGERED: "non_declenchee",
    Result.NOT_EVALUABLE: "non_evaluable",
    Result.SUPPRESSED: "tue",
}
OUT_OF_SCOPE = "hors_champ"
_SILENCERS = {one.id: one for one in SUPPRESSORS}


@dataclass(frozen=True, slots=True)
class Source:
    """One file the crossing read: our name of the delivery, its day, and the day it was received."""

    flow: str
    delivery: str
    reference: date
    received: date
    used: bool


@dataclass(frozen=True, slots=True)
class Examined:
    """All there is to tell of one person. `person`: a row of `Crossing.people`, with points.

    `signals` have a row for every rule evaluated (`everything`); `signs` are `PROTECTIONS`.
    """

    id_cd: str
    departement: str
    crossing: str
    as_of: date
    version: str
    regime: str
    sources: Sequence[Source]
    facts: Sequence[Fact]
    person: Mapping[str, Any]
    signals: pl.DataFrame
    signs: pl.DataFrame
    lives: pl.DataFrame
    rules: Sequence[Rule]
    current: bool = True


def to_document(examined: Examined) -> Document:
    """The whole explanation as JSON values; dates in ISO."""
    return {
        "id_cd": examined.id_cd,
        "departement": examined.departement,
        "croisement": examined.crossing,
        "date": examined.as_of.isoformat(),
        "version_des_regles": examined.version,
        "regime": examined.regime,
        "a_jour": examined.current,
        "rapprochement": examined.person["GRADE"],
        "population": examined.person["POPULATION"],
        "situation": standing(examined.person),
        "sources": [_source(source) for source in examined.sources],
        "chronologie": [_fact(fact) for fact in examined.facts],
        "regles": _verdicts(examined),
        "a_surveiller": examined.person["A_SURVEILLER"],
        "points": _points(examined),
        "vies": [_life(row) for row in examined.lives.iter_rows(named=True)],
        "mention": MENTION,
    }


def standing(person: Mapping[str, Any]) -> str:
    """Where the person stands before any rule, in one sentence."""
    silencer = _silencer(person)
    if silencer:
        return f"Aucun signal n'est donné : {silencer[0].lower()}{silencer[1:]}"
    if person["POPULATION"] is None:
        return (
            "Le droit de la personne n'est pas connu : elle n'est pas dans le fichier de la CNAF."
        )
    if not person["POPULATION"]:
        return "La personne n'est pas dans la population suivie (droits et devoirs, droit actif, domicile)."
    return "La personne est dans la population suivie."


def _silencer(person: Mapping[str, Any]) -> str:
    """What silences the person whole, as it may be told; empty when nothing does."""
    found = _SILENCERS.get(person["SUPPRESSEUR"] or "")
    if found is None or found.effect is not Effect.PERSON:
        return ""
    return found.shown or f"{found.name} ({found.id})."


def _source(source: Source) -> Document:
    return {
        "flux": source.flow,
        "depot": source.delivery,
        "reference": source.reference.isoformat(),
        "recu_le": source.received.isoformat(),
        "utilise": source.used,
    }


def _fact(fact: Fact) -> Document:
    return {
        "date": fact.day.isoformat(),
        "fait": fact.text,
        "source": fact.source,
        "depot": fact.file,
        "reference": fact.reference.isoformat(),
        "a_venir": fact.ahead,
    }


def _verdicts(examined: Examined) -> list[Document]:
    told = {row["REGLE"]: row for row in examined.signals.iter_rows(named=True)}
    return [_verdict(rule, told.get(rule.id), examined.person) for rule in examined.rules]


def _verdict(rule: Rule, row: Mapping[str, Any] | None, person: Mapping[str, Any]) -> Document:
    document: Document = {
        "regle": rule.id,
        "nom": rule.name,
        "definition": rule.definition,
        "fondement": rule.legal_source,
        "famille": FAMILIES[rule.family],
        "poids": rule.weight,
        "faux_positifs": list(rule.false_positives),
    }
    if row is None:
        why = _silencer(person) or "La règle ne parle pas de cette situation."
        verdict = VERDICTS[Result.SUPPRESSED] if _silencer(person) else OUT_OF_SCOPE
        return document | {"verdict": verdict, "pourquoi": why, "changerait": "", "preuves": []}
    day = row["DEPUIS"]
    return document | {
        "verdict": VERDICTS[Result(row["RESULTAT"])],
        "pourquoi": _why(rule, row),
        "depuis": day.isoformat() if day else None,
        "jours": row["JOURS"],
        "seuil": row["SEUIL"],
        "en_validation": bool(row["EN_VALIDATION"]),
        "changerait": change_of(rule, row),
        "preuves": [_evidence(proof) for proof in row["PREUVES"] or []],
    }


def _why(rule: Rule, row: Mapping[str, Any]) -> str:
    result = Result(row["RESULTAT"])
    if result is Result.TRIGGERED:
        return explain(rule, row)
    if result is Result.NOT_EVALUABLE:
        return f"La règle ne peut pas répondre : {why_not_evaluable(row['MOTIF'])}."
    if result is Result.SUPPRESSED:
        by = _SILENCERS[row["SUPPRESSEUR"]]
        return f"Déclenchée, mais tue : {by.shown or f'{by.name} ({by.id}).'}"
    return "La règle ne se déclenche pas."


def _evidence(proof: Mapping[str, Any]) -> Document:
    reference = proof["REFERENCE"]
    return {
        "champ": proof["CHAMP"],
        "valeur": proof["VALEUR"],
        "source": proof["SOURCE"],
        "depot": proof["FICHIER"],
        "reference": reference.isoformat() if reference else None,
        "seuil": proof["SEUIL"],
    }


def _points(examined: Examined) -> Document:
    person = examined.person
    told = [_term(term) for term in person["TERMES"] or []]
    known = {term["terme"] for term in told}
    signs = examined.signs.iter_rows(named=True)
    shown = [
        _term(dict.fromkeys(("REGLES", "SOMME", "PLAFOND")) | dict(sign))
        for sign in signs
        if SIGNS[sign["TERME"]].name not in known
    ]
    return {
        "total": person["POINTS"],
        "service": person["POINTS_SERVICE"],
        "priorite": person["PRIORITE"],
        "termes": told + shown,
        "seuils_de_priorite": {name: FLOORS[name] for name in PRIORITIES},
    }


def _term(term: Mapping[str, Any]) -> Document:
    sign = SIGNS.get(term["TERME"])
    return {
        "terme": sign.name if sign else FAMILIES[Family(term["TERME"])],
        "regles": list(term["REGLES"] or []),
        "somme": term["SOMME"],
        "plafond": term["PLAFOND"],
        "points": term["POINTS"],
        "date": term["DATE"].isoformat() if term["DATE"] else None,
        "source": term["SOURCE"],
    }


def _life(row: Mapping[str, Any]) -> Document:
    days = {name.lower(): row[name] for name in ("DEPUIS", "OUVERT_LE", "VU_LE", "CLOS_LE")}
    return {
        "regle": row["REGLE"],
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "issue": row["ISSUE"],
        "issue_libelle": OUTCOMES.get(row["ISSUE"] or ""),
        "version": row["VERSION"],
    }
