"""The public sheet as one JSON document, for whoever wants to compute with it. Keys are stable."""

from collections.abc import Mapping

from gateway.rules.disclosure import words
from gateway.rules.disclosure.sheet import Sheet, Told
from gateway.rules.written import NAMES


def document(sheet: Sheet) -> Mapping[str, object]:
    """Everything the page says."""
    held = sheet.thresholds
    return {
        "titre": words.TITLE,
        "departement": sheet.departement,
        "version": held.version,
        "regime": held.regime.value,
        "a_partir_du": sheet.since.isoformat() if sheet.since else None,
        "empreinte_sha256": sheet.digest,
        "finalite": list(words.PURPOSE),
        "degre_et_mode_de_contribution": list(words.CONTRIBUTION),
        "donnees_et_sources": {flow.value: text for flow, text in words.SOURCES.items()},
        "operations": [sheet.filled(text) for text in words.OPERATIONS],
        "poids_et_priorites": list(words.WEIGHING),
        "familles": {family.value: cap for family, cap in sheet.caps},
        "reglages": {key: _plain(getattr(held, name)) for key, name in NAMES.items()},
        "regles": [_rule(told) for told in sheet.rules],
        "silences": [
            {
                "id": one.id,
                "nom": one.name,
                "definition": one.definition,
                "effet": one.effect.value,
            }
            for one in sheet.suppressors
        ],
        "droits": [sheet.filled(text) for text in words.RIGHTS],
        "jamais_utilise": list(words.NEVER_USED),
    }


def _rule(told: Told) -> Mapping[str, object]:
    rule = told.rule
    return {
        "id": rule.id,
        "nom": rule.name,
        "definition": rule.definition,
        "facultative": rule.optional,
        "etat": told.standing.value,
        "pourquoi": told.why,
        "source_legale": told.legal_source,
        "population": words.GATES[rule.gate],
        "sources": [flow.value for flow in rule.sources],
        "donnees": [{"champ": fact.name, "source": fact.flow.value} for fact in told.evidence],
        "delais": [
            {"cle": one.key, "jours": one.days, "objet": one.about, "origine": one.origin}
            for one in told.delays
        ],
        "poids": rule.weight,
        "famille": rule.family.value,
        "plafond_de_la_famille": told.cap,
        "faux_positifs": list(rule.false_positives),
        "lit": [*rule.reads],
        "montree": rule.shown,
    }


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
