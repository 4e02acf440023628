"""The page of a conclusion that a person reads: one file, no script, nothing fetched, to print or to mail.

In order: the verdict in a sentence, the rows, where the errors are, errors by code and column with what
to do, warnings apart, the first places. It has no value of the file, nor its name.
"""

from collections.abc import Sequence
from importlib import resources

from schemas.codes_page import EFFECTS
from schemas.conclusion import Conclusion, Finding, Outcome, is_error
from schemas.contract import Contract
from schemas.figures import errors_along, fates_of_rows, spread
from schemas.html import Html, element, joined
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
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Html(style)),
    )
    body = element(
        "body",
        _header(contract, departement),
        element("main", *_sections(concluded)),
        _footer(),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='fr')}\n"


def _header(contract: Contract, departement: str | None) -> Html:
    of = f", département {departement}" if departement else ""
    return element(
        "header",
        element("p", "Passerelle · contrôle d'un fichier", class_="marque"),
        element("h1", contract.title),
        element("p", f"Flux {contract.flow}, contrat {contract.version}{of}", class_="contrat"),
    )


def _sections(concluded: Conclusion) -> Sequence[Html]:
    errors, warnings = (concluded.findings(errors=each) for each in (True, False))
    parts = [_verdict(concluded), _rows(concluded), _where(concluded)]
    parts += [_findings("Erreurs", "erreurs", errors)]
    parts += [_findings("Avertissements", "avertissements", warnings)]
    parts += [_places(concluded)]
    return [part for part in parts if part]


def _verdict(concluded: Conclusion) -> Html:
    refused = concluded.refused
    code = [" ", element("span", refused.code.value, class_="code")] if refused else []
    return element(
        "section",
        element("h2", concluded.outcome.value.capitalize(), *code),
        element("p", verdict(concluded)),
        *(element("p", aside, class_="note") for aside in asides(concluded)),
        class_=f"verdict {_CLASSES[concluded.outcome]}",
    )


def _rows(concluded: Conclusion) -> Html:
    report = concluded.report
    if not report.read:
        return Html()
    cells = (
        ("lues", "Lues", report.read),
        ("acceptees", "Acceptées", report.accepted),
        ("rejetees", "Rejetées", report.rejected),
        ("ignorees", "Ignorées", report.ignored),
    )
    numbers = (
        element("div", element("dt", word), element("dd", number(count)), class_=name)
        for name, word, count in cells
    )
    return element(
        "section",
        element("h2", "Lignes"),
        element("dl", *numbers, class_="comptes"),
        fates_of_rows(report),
        element("p", f"{counts(report)}.", class_="lu"),
    )


def _where(concluded: Conclusion) -> Html:
    drawing = errors_along(concluded.report)
    if drawing is None:
        return Html()
    most = max(spread(concluded.report))
    ends = (
        element("span", "début du fichier"),
        element("span", f"au plus {counted(most, 'erreur')} par tranche"),
        element("span", f"enregistrement {number(concluded.report.read)}"),
    )
    return element(
        "section",
        element("h2", "Où sont les erreurs"),
        drawing,
        element("p", *ends, class_="bouts"),
    )


def _findings(title: str, name: str, found: Sequence[Finding]) -> Html:
    heading = element("h2", f"{title} ", element("span", number(_total(found)), class_="total"))
    if not found:
        return element("section", heading, element("p", f"Aucun{'e' * (name == 'erreurs')}."))
    rows = [
        (
            element("span", one.code.value, class_="code"),
            _column(one.column),
            number(one.count),
            joined(one.entry.label, element("span", EFFECTS[one.entry.effect], class_="effet")),
            one.entry.action,
            ", ".join(lines_of(place) for place in one.first) or "fichier entier",
        )
        for one in found
    ]
    return element("section", heading, _table(_KINDS, rows, f"{title} par code et colonne"))


def _places(concluded: Conclusion) -> Html:
    listed = concluded.report.anomalies
    errors = [one for one in listed if is_error(one.code)][:PLACES]
    warnings = [one for one in listed if not is_error(one.code)][:PLACES]
    if not listed:
        return Html()
    shown = len(errors) + len(warnings)
    total = sum(concluded.report.by_code().values())
    note = f"Les {number(shown)} premières, les erreurs d'abord." if shown < total else ""
    table = _table(_SPOTS, [_spot(one) for one in (*errors, *warnings)], "Places des anomalies")
    heading = element("h2", "Ligne par ligne")
    told = [element("p", note)] if note else []
    return element("section", heading, *told, table, class_="places")


def _spot(one: Anomaly) -> Sequence[object]:
    code = element("span", one.code.value, class_="code")
    effect = EFFECTS[one.effect]
    return lines_of(one), one.record, _column(one.column), code, effect


def _total(found: Sequence[Finding]) -> int:
    return sum(one.count for one in found)


def _column(name: str | None) -> Html:
    return element("span", name, class_="colonne") if name else element("span", "ligne entière")


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]], caption: str) -> Html:
    heads = (element("th", title, scope="col") for title in titles)
    lines = (
        element(
            "tr",
            *(
                element("td", element("div", cell), data_titre=t)
                for t, cell in zip(titles, row, strict=True)
            ),
        )
        for row in rows
    )
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *lines),
    )


def _footer() -> Html:
    return element(
        "footer",
        element(
            "p",
            "Une ligne est une ligne du fichier, la première étant l'en-tête ; un enregistrement est une "
            "donnée, comptée à partir de 1 : un retour à la ligne entre guillemets les décale. ",
            "Cette page ne contient aucune valeur du fichier, ni son nom.",
        ),
    )
