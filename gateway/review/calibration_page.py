"""The calibration of a département: a document, and a page with the delays behind each rule.

For those who choose the delays, inside: no count of one to four people is shown, and nothing is guarded
against subtraction. It is not made to be published; the indicators are.
"""

from collections.abc import Sequence
from datetime import date
from xml.etree.ElementTree import Element

from gateway.review.changes import why_not_evaluable
from gateway.review.drawings import delays
from gateway.review.explanation import Document
from gateway.review.sheet import section, to_sheet
from gateway.rules.calibration import LEAST, STEP, TOO_MANY, Calibrated, shown
from gateway.rules.sentence import french_date, french_days
from schemas.html import Node, table, tag
from schemas.sentences import number, percent

NOTE = (
    f"Pilotage interne. Un effectif de 1 à {LEAST - 1} personnes n'est pas affiché ; les autres ne sont pas "
    "protégés contre la soustraction : ne pas publier."
)
MARK = "non discriminante"


def to_document(
    found: Sequence[Calibrated], *, departement: str, as_of: date, version: str
) -> Document:
    """Counts as JSON values; null where one to four people are hidden."""
    return {
        "departement": departement,
        "date": as_of.isoformat(),
        "version_des_regles": version,
        "effectif_minimal": LEAST,
        "jours_par_tranche": STEP,
        "mention": NOTE,
        "regles": [_rule(one) for one in found],
    }


def _rule(one: Calibrated) -> Document:
    flagged = shown(one.flagged)
    return {
        "regle": one.rule.id,
        "nom": one.rule.name,
        "population": shown(one.gated),
        "signalees": flagged,
        "part": None if flagged is None else round(one.share, 4),
        "non_discriminante": not one.discriminates,
        "tues": shown(one.silenced),
        "non_evaluables": {why: shown(count) for why, count in one.not_evaluable.items()},
        "seuils": list(one.thresholds),
        "delais": [shown(count) for count in one.delays],
    }


def count_of(count: int) -> str:
    """A count as it may be read."""
    return f"moins de {LEAST}" if shown(count) is None else number(count)


def share_of(one: Calibrated) -> str:
    """The share flagged, unless it would give a hidden count away."""
    return "…" if shown(one.flagged) is None else percent(one.share)


def reasons_of(one: Calibrated) -> str:
    """Who cannot be judged and why, in words."""
    told = (f"{why_not_evaluable(why)} : {count_of(n)}" for why, n in one.not_evaluable.items())
    return " ; ".join(told)


def to_page(found: Sequence[Calibrated], *, departement: str, as_of: date, version: str) -> str:
    """Write the page, whole."""
    blurred = [one.rule.id for one in found if not one.discriminates]
    verdict = (
        f"{', '.join(blurred)} : plus de {percent(TOO_MANY)} de la population signalée"
        if blurred
        else f"Aucune règle ne signale plus de {percent(TOO_MANY)} de la population"
    )
    head = tag(
        "section",
        tag("h2", verdict),
        tag("p", NOTE, class_="note"),
        class_=f"verdict {'non' if blurred else 'oui'}",
    )
    under = f"Département {departement}, au {french_date(as_of)}, règles {version}"
    brand = "Passerelle · calage des règles"
    parts = [head, *(_section(one) for one in found)]
    return to_sheet(f"Calage des règles, département {departement}", brand, under, parts, NOTE)


def _section(one: Calibrated) -> Element:
    titles = ("Population", "Signalées", "Part", "Tues", "Seuils", "Non évaluables")
    row = (
        count_of(one.gated),
        count_of(one.flagged),
        share_of(one),
        count_of(one.silenced),
        ", ".join(french_days(limit) for limit in one.thresholds),
        reasons_of(one) or "aucune",
    )
    parts: list[Node] = [table(titles, [row], f"Règle {one.rule.id}")]
    drawing = delays(one)
    if drawing is not None:
        last = (len(one.delays) - 1) * STEP
        ends = tag(
            "p",
            tag("span", "0 jour"),
            tag("span", f"tranches de {STEP} jours, seuil en rouge"),
            tag("span", f"{last} jours et plus"),
            class_="bouts",
        )
        parts += [drawing, ends]
    title = f"{one.rule.id} · {one.rule.name}" + ("" if one.discriminates else f" : {MARK}")
    return section(title, *parts)
