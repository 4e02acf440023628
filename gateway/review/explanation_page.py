"""The page of one person's explanation, for the référent who follows them and for the person who asks.

In order: where the person stands, the points and their terms, the journey along its days, what each rule
said and why, the lives of signals, the files read. Made of the document, and of nothing else.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from gateway.review.drawings import along_days, sources
from gateway.review.explanation import Document, Examined, to_document
from gateway.review.sheet import section, to_sheet
from gateway.rules.sentence import french_date, french_days
from schemas.html import Node, table, tag

VERDICTS = {
    "declenchee": "Déclenchée",
    "non_declenchee": "Non déclenchée",
    "non_evaluable": "Non évaluable",
    "tue": "Tue",
    "hors_champ": "Hors champ",
}
PROOFS = ("Donnée", "Valeur", "Source", "Dépôt", "Au", "Seuil")


def to_page(examined: Examined) -> str:
    """Write the page, whole."""
    told = to_document(examined)
    parts = [
        tag("section", tag("h2", told["situation"]), *_reserves(told), class_="verdict partie"),
        _points(told["points"], watched=told["a_surveiller"]),
        _journey(examined, told),
        section("Ce que dit chaque règle", *(_rule(rule) for rule in told["regles"])),
        _lives(told["vies"]),
        _sources(told["sources"]),
    ]
    under = (
        f"Département {told['departement']}, croisement au {day(told['date'])}, règles "
        f"{told['version_des_regles']}, rapprochement : {told['rapprochement'] or 'aucun fichier'}"
    )
    brand = "Passerelle · explication d'un croisement"
    return to_sheet(f"Personne {told['id_cd']}", brand, under, parts, told["mention"])


def day(text: str | None) -> str:
    """A day of the document, in French; empty when there is none."""
    return french_date(date.fromisoformat(text)) if text else ""


def sum_in_words(points: Mapping[str, Any]) -> str:
    """The points and the priority, in a sentence."""
    if points["total"] is None:
        return "Aucune règle déclenchée : aucun point."
    priority = points["priorite"] or "aucune"
    service = f", et {points['service']} pour le service" if points["service"] else ""
    return f"{points['total']} point(s){service} ; priorité : {priority}."


def _reserves(told: Document) -> list[Node]:
    if told["a_jour"]:
        return []
    late = "Des fichiers sont arrivés depuis : passerelle crossing run refait le croisement."
    return [tag("p", late, class_="note")]


def _points(points: Document, *, watched: bool) -> Element:
    rows = [
        (
            term["terme"],
            ", ".join(term["regles"]) or day(term["date"]),
            "" if term["somme"] is None else str(term["somme"]),
            "" if term["plafond"] is None else str(term["plafond"]),
            str(term["points"]),
        )
        for term in points["termes"]
    ]
    titles = ("Terme", "Règles ou date", "Somme des poids", "Plafond", "Points")
    parts: list[Node] = [tag("p", sum_in_words(points))]
    if watched:
        parts.append(tag("p", "À surveiller : un rendez-vous est prévu.", class_="note"))
    if rows:
        parts.append(table(titles, rows, "Termes de la somme"))
    return section("Points et priorité", *parts)


def _journey(examined: Examined, told: Document) -> Element:
    drawing = along_days(examined.facts, examined.as_of)
    rows = [
        (
            day(fact["date"]) + (" (à venir)" if fact["a_venir"] else ""),
            fact["fait"],
            fact["source"],
            fact["depot"],
            day(fact["reference"]),
        )
        for fact in told["chronologie"]
    ]
    titles = ("Date", "Fait", "Source", "Dépôt", "Fichier au")
    return section(
        "Parcours",
        *([drawing, _ends(examined)] if drawing is not None else []),
        table(titles, rows, "Faits du parcours, du plus ancien au plus récent"),
    )


def _ends(examined: Examined) -> Element:
    """What stands under the drawing: its two ends, and what its lines are."""
    lines = sources(examined.facts)
    days = [*(fact.day for fact in examined.facts), examined.as_of]
    return tag(
        "p",
        tag("span", french_date(min(days))),
        tag("span", f"de haut en bas : {', '.join(lines)} ; en rouge, le croisement"),
        tag("span", french_date(max(days))),
        class_="bouts",
    )


def _rule(rule: Document) -> Element:
    title = tag(
        "h3",
        f"{rule['regle']} · {rule['nom']} : ",
        tag("span", VERDICTS[rule["verdict"]], class_="etat"),
    )
    weight = f"{rule['definition']} Famille {rule['famille']}, poids {rule['poids']}."
    parts: list[Node] = [tag("p", rule["pourquoi"])]
    if rule.get("jours") is not None:
        clock = f"Depuis le {day(rule['depuis'])}, {french_days(rule['jours'])} ; seuil : {french_days(rule['seuil'])}."
        parts.append(tag("p", clock))
    if rule.get("en_validation"):
        parts.append(tag("p", "Un contrat attend sa validation."))
    if rule["changerait"]:
        parts.append(tag("p", rule["changerait"]))
    parts += [tag("p", weight, class_="note"), tag("p", rule["fondement"], class_="note")]
    if rule["preuves"]:
        parts.append(table(PROOFS, [_proof(proof) for proof in rule["preuves"]], "Preuves"))
    return tag("div", title, *parts, class_=f"regle {rule['verdict']}")


def _proof(proof: Document) -> tuple[str, ...]:
    limit = "" if proof["seuil"] is None else french_days(proof["seuil"])
    return (
        proof["champ"],
        proof["valeur"],
        proof["source"],
        proof["depot"] or "",
        day(proof["reference"]),
        limit,
    )


def _lives(lives: list[Document]) -> Element:
    if not lives:
        return section("Vies des signaux", tag("p", "Aucun signal, ouvert ou clos, n'est gardé."))
    rows = [
        (
            life["regle"],
            *(day(life[name]) for name in ("depuis", "ouvert_le", "vu_le", "clos_le")),
            life["issue_libelle"] or "ouvert",
        )
        for life in lives
    ]
    titles = ("Règle", "Depuis", "Ouvert le", "Vu le", "Clos le", "Issue")
    return section("Vies des signaux", table(titles, rows, "Vies des signaux de la personne"))


def _sources(sources: list[Document]) -> Element:
    rows = [
        (
            source["flux"],
            source["depot"],
            day(source["reference"]),
            day(source["recu_le"]),
            "oui" if source["utilise"] else "non",
        )
        for source in sources
    ]
    return section(
        "Fichiers lus",
        table(("Flux", "Dépôt", "Situation au", "Reçu le", "Utilisé"), rows, "Fichiers lus"),
    )
