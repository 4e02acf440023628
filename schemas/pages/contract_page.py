"""The page of one version of one flow: everything its sender must know to write a file that is accepted."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from schemas.answerable import codes_of
from schemas.codes_page import EFFECTS
from schemas.contract import Column, Contract, Envelope
from schemas.examples import file_name, records
from schemas.pages.edition import Edition
from schemas.pages.markup import HOME, Node, facts, link, page, small_table, table, tag
from schemas.wording import (
    CATEGORIES,
    LAYOUTS,
    TOLERANCES,
    fate_words,
    form_words,
    presence_words,
    recipient_of,
    rule_words,
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
        *_rules(contract),
        tag("h2", "Contrôlé sur le fichier entier"),
        tag("ul", *(tag("li", each) for each in _whole(contract))),
        *_codes(here, contract),
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
    yield "Encodage", f"{contract.encoding.upper()}, strict"
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
    absent = [f"« {text} »" for text in contract.missing if text]
    yield "Valent « absent »", ", ".join(["cellule vide", *absent]) if absent else "cellule vide"
    name = file_name(contract)
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
    yield "Présence", presence_words(column)
    yield "Pas avant", f"{column.minimum:%d/%m/%Y}" if column.minimum else ""
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


def _rules(contract: Contract) -> Iterator[Element]:
    if contract.rules:
        yield tag("h2", "Règles entre colonnes")
        yield tag("ul", *(tag("li", rule_words(rule)) for rule in contract.rules))


def _whole(contract: Contract) -> Iterator[str]:
    yield "L'encodage, octet par octet."
    yield f"Plus de {contract.reject_threshold:.0%} de lignes rejetées : tout le fichier est refusé."
    if contract.duplicates_ignored:
        yield "Deux lignes identiques : la seconde est ignorée."
    if contract.departement_column:
        yield f"{contract.departement_column} est le département de l'expéditeur, à chaque ligne."
    envelope = contract.envelope
    if envelope is None:
        return
    yield "Aucun DOCTYPE, aucune entité."
    if envelope.departement:
        yield "Le département de l'enveloppe est celui de l'expéditeur."
    if len(envelope.departement) > 1 or len(envelope.reference_date) > 1:
        yield "Le début et la fin de l'enveloppe disent la même chose."
    if envelope.made_on and envelope.reference_date:
        yield "La date de fabrication n'est pas avant la date de référence."
    if envelope.total:
        yield "Le total annoncé est le nombre d'enregistrements."


def _codes(here: str, contract: Contract) -> Iterator[Element]:
    yield tag("h2", "Codes de verdict possibles")
    yield tag(
        "p",
        "Après ouverture du fichier. Le transport, le chiffrement, le nom et l'ordre ont les leurs : ",
        link(here, f"{HOME}/codes", "tous les codes"),
        ".",
    )
    rows = [
        (
            link(here, f"{HOME}/codes#{code.value}", tag("code", code.value)),
            EFFECTS[code.entry.effect],
            code.entry.label,
            code.entry.action,
        )
        for code in codes_of(contract)
    ]
    head = ("Code", "Effet", "Ce qui ne va pas", "Que faire")
    yield table("Codes qu'un fichier de ce flux peut recevoir", head, rows)
