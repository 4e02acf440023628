"""The page of a conclusion that a person reads: one file, no script, nothing fetched, to print or to mail.

In order: the verdict in a sentence, the rows, where the errors are, errors by code and column with what
to do, warnings apart, the first places. It has no value of the file, nor its name.
"""

from collections.abc import Sequence
from importlib import resources
from xml.etree.ElementTree import Element

from schemas.codes_page import EFFECTS
from schemas.conclusion import Conclusion, Finding, Outcome, is_error
from schemas.contract import Contract
from schemas.figures import errors_along, fates_of_rows, spread
from schemas.html import Cell, Node, table, tag, written
from schemas.reading import Anomaly
from schemas.sentences import asides, counted, counts, lines_of, number, verdict

PLACES = 100  # shown of errors, then of warnings
_CLASSES = {Outcome.ACCEPTED: "oui", Outcome.PARTLY: "partie", Outcome.REFUSED: "non"}
_KINDS = ("Code", "Colonne", "Nombre", "Ce qui ne va pas", "Que faire", "Premières lignes")
_SPOTS = ("Ligne", "Enregistrement", "Colonne", "Code", "Effet")


def to_page(concluded: Conclusion, contract: Contract, *, departement: str | None = None) -> str:
    """Write the page, whole."""
    title = f"{concluded.outcome.value.capitalize()} : {contract.title}"
    style = (resources.files("schemas") / "page.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", style),
    )
    body = tag(
        "body",
        _header(contract, departement),
        tag("main", *_sections(concluded)),
        _footer(),
    )
    return written(tag("html", head, body, lang="fr"))


def _header(contract: Contract, departement: str | None) -> Element:
    of = f", département {departement}" if departement else ""
    return tag(
        "header",
        tag("p", "Passerelle · contrôle d'un fichier", class_="marque"),
        tag("h1", contract.title),
        tag("p", f"Flux {contract.flow}, contrat {contract.version}{of}", class_="contrat"),
    )


def _sections(concluded: Conclusion) -> Sequence[Element]:
    errors, warnings = (concluded.findings(errors=each) for each in (True, False))
    parts: list[Element | None] = [_verdict(concluded), _rows(concluded), _where(concluded)]
    parts += [_findings("Erreurs", "erreurs", errors)]
    parts += [_findings("Avertissements", "avertissements", warnings)]
    parts += [_places(concluded)]
    return [part for part in parts if part is not None]


def _verdict(concluded: Conclusion) -> Element:
    refused = concluded.refused
    code: list[Node] = [" ", tag("span", refused.code.value, class_="code")] if refused else []
    return tag(
        "section",
        tag("h2", concluded.outcome.value.capitalize(), *code),
        tag("p", verdict(concluded)),
        *(tag("p", aside, class_="note") for aside in asides(concluded)),
        class_=f"verdict {_CLASSES[concluded.outcome]}",
    )


def _rows(concluded: Conclusion) -> Element | None:
    report = concluded.report
    if not report.read:
        return None
    cells = (
        ("lues", "Lues", report.read),
        ("acceptees", "Acceptées", report.accepted),
        ("rejetees", "Rejetées", report.rejected),
        ("ignorees", "Ignorées", report.ignored),
    )
    numbers = (
        tag("div", tag("dt", word), tag("dd", number(count)), class_=name)
        for name, word, count in cells
    )
    return tag(
        "section",
        tag("h2", "Lignes"),
        tag("dl", *numbers, class_="comptes"),
        fates_of_rows(report),
        tag("p", f"{counts(report)}.", class_="lu"),
    )


def _where(concluded: Conclusion) -> Element | None:
    drawing = errors_along(concluded.report)
    if drawing is None:
        return None
    most = max(spread(concluded.report))
    ends = (
        tag("span", "début du fichier"),
        tag("span", f"au plus {counted(most, 'erreur')} par tranche"),
        tag("span", f"enregistrement {number(concluded.report.read)}"),
    )
    return tag(
        "section",
        tag("h2", "Où sont les erreurs"),
        drawing,
        tag("p", *ends, class_="bouts"),
    )


def _findings(title: str, name: str, found: Sequence[Finding]) -> Element:
    heading = tag("h2", f"{title} ", tag("span", number(_total(found)), class_="total"))
    if not found:
        return tag("section", heading, tag("p", f"Aucun{'e' * (name == 'erreurs')}."))
    rows = [
        (
            tag("span", one.code.value, class_="code"),
            _column(one.column),
            number(one.count),
            (one.entry.label, tag("span", EFFECTS[one.entry.effect], class_="effet")),
            one.entry.action,
            ", ".join(lines_of(place) for place in one.first) or "fichier entier",
        )
        for one in found
    ]
    return tag("section", heading, table(_KINDS, rows, f"{title} par code et colonne"))


def _places(concluded: Conclusion) -> Element | None:
    listed = concluded.report.anomalies
    errors = [one for one in listed if is_error(one.code)][:PLACES]
    warnings = [one for one in listed if not is_error(one.code)][:PLACES]
    if not listed:
        return None
    shown = len(errors) + len(warnings)
    total = sum(concluded.report.by_code().values())
    note = f"Les {number(shown)} premières, les erreurs d'abord." if shown < total else ""
    spots = table(_SPOTS, [_spot(one) for one in (*errors, *warnings)], "Places des anomalies")
    heading = tag("h2", "Ligne par ligne")
    told = [tag("p", note)] if note else []
    return tag("section", heading, *told, spots, class_="places")


def _spot(one: Anomaly) -> Sequence[Cell]:
    code = tag("span", one.code.value, class_="code")
    effect = EFFECTS[one.effect]
    return lines_of(one), str(one.record), _column(one.column), code, effect


def _total(found: Sequence[Finding]) -> int:
    return sum(one.count for one in found)


def _column(name: str | None) -> Element:
    return tag("span", name, class_="colonne") if name else tag("span", "ligne entière")


def _footer() -> Element:
    return tag(
        "footer",
        tag(
            "p",
            "Une ligne est une ligne du fichier, la première étant l'en-tête ; un enregistrement est une "
            "donnée, comptée à partir de 1 : un retour à la ligne entre guillemets les décale. ",
            "Cette page ne contient aucune valeur du fichier, ni son nom.",
        ),
    )
