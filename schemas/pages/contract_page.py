"""The page of one version of one flow: everything its sender must know to write a file that is accepted."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from schemas.contract import Column, Contract, Envelope
from schemas.examples import EXAMPLE_ROWS, file_name, records
from schemas.html import Node, tag
from schemas.pages.controls import controls
from schemas.pages.edition import Edition
from schemas.pages.markup import HOME, facts, link, page, small_table, table
from schemas.wording import (
    CATEGORIES,
    LAYOUTS,
    TOLERANCES,
    fate_words,
    form_words,
    pattern_words,
    presence_words,
    recipient_of,
    sender_of,
)


def contract_page(here: str, edition: Edition) -> bytes:
    """Write it, at the path `here`."""
    contract = edition.contract
    return page(
        here,
        contract.title,
        [("Contrats", HOME)],
        tag("p", contract.description, class_="chapeau"),
        _identity(here, edition),
        _files(here, edition),
        tag("h2", "Le fichier"),
        facts(_layout(contract)),
        *_envelope(contract.envelope),
        tag("h2", "Colonnes"),
        _overview(contract),
        *controls(here, contract),
        *_sheets(contract),
    )


def _identity(here: str, edition: Edition) -> Element:
    contract = edition.contract
    others = [version for version in edition.versions if version != contract.version]
    links: list[Node] = []
    for version in others:
        links += [", " if links else "", link(here, f"{edition.home}/{version}", version)]
    return facts(
        [
            ("Flux", tag("code", contract.flow)),
            ("De", sender_of(contract)),
            ("À", recipient_of(contract)),
            ("Version", f"{contract.version}, depuis le {edition.since}"),
            ("Autres versions", tag("span", *links) if links else ""),
            ("Contact", edition.contact),
        ]
    )


def _files(here: str, edition: Edition) -> Element:
    at, kind = f"{edition.home}/{edition.contract.version}", edition.contract.layout.value
    size = f"{len(edition.text) / 1000:.0f} ko"
    items = [
        link(here, f"{at}/schema.json", f"Contrat, Table Schema (JSON, {size})"),
        link(here, f"{at}/modele.{kind}", f"Modèle vide ({LAYOUTS[edition.contract.layout]})"),
        link(
            here,
            f"{at}/exemple.{kind}",
            f"Exemple valide, personnes inventées ({LAYOUTS[edition.contract.layout]})",
        ),
        link(here, f"{edition.home}/CHANGELOG.md", "Journal des versions"),
    ]
    return tag("ul", *(tag("li", item) for item in items), class_="fichiers")


def _layout(contract: Contract) -> Iterator[tuple[str, Node]]:
    yield "Format", LAYOUTS[contract.layout]
    encodings = " ou ".join(each.upper() for each in (contract.encoding, *contract.other_encodings))
    yield "Encodage", f"{encodings}, strict"
    yield "Marque UTF-8 (BOM)", "tolérée" if contract.bom_tolerated else "refusée"
    if contract.envelope is None:
        yield "Séparateur", tag("code", contract.separator)
        order = "d'une des dispositions" if contract.arrangements else "des colonnes, dans l'ordre"
        yield "En-tête", f"première ligne : les noms {order}"
        tolerated = ", ".join(sorted(TOLERANCES[one] for one in contract.header_tolerance))
        yield "En-tête toléré", tolerated
        ending = "toléré" if contract.trailing_separator_tolerated else "refusé"
        yield "Séparateur en fin de ligne", ending
        yield "Ligne entière entre guillemets", "tolérée" if contract.quoted_lines_tolerated else ""
    for arrangement in contract.arrangements:
        yield f"Disposition « {arrangement.name} »", " ; ".join(arrangement.columns)
    for column, kept in contract.kept.items():
        yield "Lignes gardées", f"celles où {column} vaut {' ou '.join(kept)}"
    absent = [f"« {text} »" for text in contract.missing if text]
    yield "Valent « absent »", ", ".join(["cellule vide", *absent]) if absent else "cellule vide"
    name = file_name(contract, rows=EXAMPLE_ROWS)
    yield "Nom du fichier", tag("code", name) if name else "libre"


def _envelope(envelope: Envelope | None) -> Iterator[Element]:
    if envelope is None:
        return
    yield tag("h3", "Enveloppe XML")
    rows: list[tuple[Node, Node]] = [
        ("Racine", tag("code", envelope.root)),
        ("Enregistrement", tag("code", envelope.record)),
    ]
    if envelope.row is not None:
        rows.append(("Ligne, dans l'enregistrement", tag("code", envelope.row)))
    rows += [(f"Vaut « {text} »", tag("code", path)) for path, text in envelope.constants.items()]
    rows += [("Département", tag("code", path)) for path in envelope.departement]
    rows += [("Date de référence", tag("code", path)) for path in envelope.reference_date]
    rows += [("Date de fabrication", tag("code", path)) for path in [envelope.made_on] if path]
    rows += [("Total des enregistrements", tag("code", path)) for path in [envelope.total] if path]
    fallback = [path for path in [envelope.fallback_total] if path]
    rows += [("Total, fichier d'anomalies", tag("code", path)) for path in fallback]
    rows += [("Nature du fichier", tag("code", path)) for path in [envelope.kind] if path]
    rows += [("Présent, sans contrôle", tag("code", path)) for path in envelope.demanded]
    yield table("Ce que l'enveloppe dit du fichier", ("Quoi", "Chemin"), rows)


def _overview(contract: Contract) -> Element:
    rows = [
        (
            tag("a", tag("code", column.name), href=f"#c{number}"),
            column.title,
            form_words(column),
            presence_words(column),
            CATEGORIES[column.category],
        )
        for number, column in enumerate(contract.columns, 1)
    ]
    head = ("Nom", "Intitulé", "Écriture", "Présence", "Catégorie")
    return table(f"Les {len(rows)} colonnes, dans l'ordre", head, rows)


def _sheets(contract: Contract) -> Iterator[Element]:
    shown = records(contract, rows=1, seed=1)[0]
    yield tag("h2", "Colonne par colonne")
    for number, column in enumerate(contract.columns, 1):
        yield tag(
            "section",
            tag("h3", tag("code", column.name), f" {column.title}", id=f"c{number}"),
            *([tag("p", column.description)] if column.description else []),
            facts(_sheet(column, shown)),
            *_labels(column),
            class_="colonne",
        )


def _sheet(column: Column, shown: Mapping[str, str | None]) -> Iterator[tuple[str, Node]]:
    example = column.example or shown.get(column.name) or ""
    yield "Écriture", form_words(column)
    pattern = pattern_words(column)
    yield "Motif", tag("code", pattern) if pattern else ""
    yield "Présence", presence_words(column)
    yield "Pas avant", f"{column.minimum:%d/%m/%Y}" if column.minimum else ""
    yield "Prévu par le texte", ", ".join(column.lawful)
    yield "Chemin", tag("code", column.path) if column.path else ""
    yield "Exemple", tag("code", example) if example else ""
    yield "Catégorie", CATEGORIES[column.category]
    yield "Devenir", fate_words(column)
    yield "Fondement", column.basis


def _labels(column: Column) -> Iterator[Element]:
    if column.labels:
        kind = "Codes admis" if column.enum else "Codes connus, liste ouverte"
        rows = [(tag("code", code), label) for code, label in column.labels.items()]
        yield small_table(f"{kind} : {column.name}", ("Code", "Libellé"), rows)
