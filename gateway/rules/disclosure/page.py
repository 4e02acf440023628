"""The public sheet as a page: `/regles` for ours, `/regles/08` for a département's. No script."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from gateway.rules.disclosure import words
from gateway.rules.disclosure.sheet import Delay, Sheet, Told
from gateway.rules.sentence import french_days
from schemas.html import Node, tag
from schemas.pages.markup import HOME, facts, link, page, small_table, table
from schemas.registry import held

ROOT = "/regles"
MOTTO = "Règles de croisement publiées"


def path_of(departement: str | None) -> str:
    """Where the page of a configuration stands; its JSON has the same path and `.json`."""
    return f"{ROOT}/{departement}" if departement else ROOT


def sheet_page(sheet: Sheet, departements: Sequence[str]) -> bytes:
    """Write it. `departements`: those that have a page of their own."""
    here = path_of(sheet.departement)
    title = f"Règles du département {sheet.departement}" if sheet.departement else words.TITLE
    return page(
        here,
        title,
        [("Règles", ROOT)] if sheet.departement else [],
        tag("p", words.PURPOSE[0], class_="chapeau"),
        _identity(here, sheet),
        _files(here, sheet, departements),
        *_section("Sur quoi cela se fonde", words.PURPOSE[1:]),
        *_section("Ce que cela décide : rien", words.CONTRIBUTION),
        tag("h2", "Données et sources"),
        facts(
            (text.partition(" : ")[0], _source(here, flow, text))
            for flow, text in words.SOURCES.items()
        ),
        *_section("Opérations", [sheet.filled(text) for text in words.OPERATIONS]),
        *_section("Poids et priorités", words.WEIGHING),
        _families(sheet),
        tag("h2", "Les règles"),
        _overview(sheet.rules),
        *(_rule(told) for told in sheet.rules),
        tag("h2", "Autres réglages"),
        facts(sheet.choices),
        tag("h2", "Ce qui fait taire"),
        _silences(sheet),
        *_section("Vos droits", [sheet.filled(text) for text in words.RIGHTS]),
        *_section("Ce qui n'est jamais utilisé", words.NEVER_USED),
        motto=MOTTO,
    )


def away_page(here: str) -> bytes:
    """What is served while the versions cannot be read."""
    said = "Les règles ne peuvent pas être lues pour l'instant : réessayez plus tard."
    return page(here, "Règles indisponibles", [], tag("p", said, class_="chapeau"), motto=MOTTO)


def missing_page(here: str) -> bytes:
    """What a wrong address gets; it says nothing of what was asked."""
    return page(
        here,
        "Page introuvable",
        [("Règles", ROOT)],
        tag("p", "Aucune règle n'est publiée à cette adresse.", class_="chapeau"),
        tag("p", link(here, ROOT, "Voir les règles publiées")),
        motto=MOTTO,
    )


def _identity(here: str, sheet: Sheet) -> Element:
    version = sheet.thresholds
    whose = f"département {sheet.departement}" if sheet.departement else "par défaut"
    return facts(
        [
            ("Configuration", whose),
            ("Version", tag("code", version.version)),
            ("Droit appliqué", f"{words.REGIMES[version.regime]} ({version.regime})"),
            ("À partir du", f"{sheet.since:%d/%m/%Y}" if sheet.since else ""),
            ("Empreinte SHA-256", tag("code", sheet.digest)),
            ("Contrats des fichiers lus", link(here, HOME, "tous les contrats")),
        ]
    )


def _files(here: str, sheet: Sheet, departements: Sequence[str]) -> Element:
    others = [each for each in departements if each != sheet.departement]
    items = [
        link(here, f"{here}.json", "Cette fiche en JSON"),
        *(link(here, path_of(each), f"Règles du département {each}") for each in others),
    ]
    return tag("ul", *(tag("li", item) for item in items), class_="fichiers")


def _source(here: str, flow: str, text: str) -> Element:
    said = text.partition(" : ")[2]
    name = tag("code", flow)
    contract = link(here, f"{HOME}/{flow}", name) if flow in held() else name
    return tag("span", f"{said} (", contract, ")")


def _families(sheet: Sheet) -> Element:
    rows = [(words.FAMILIES[family], str(cap)) for family, cap in sheet.caps]
    return small_table("Ce qu'une famille compte au plus", ("Famille", "Points"), rows)


def _overview(rules: Sequence[Told]) -> Element:
    rows: list[tuple[Node, ...]] = [
        (
            tag("a", tag("code", told.rule.id), href=f"#{told.rule.id}"),
            told.rule.name,
            words.STANDINGS[told.standing],
            _days(told.delays),
            str(told.rule.weight),
            words.FAMILIES[told.rule.family],
        )
        for told in rules
    ]
    head = ("Règle", "Nom", "État", "Délais, en jours", "Poids", "Famille")
    return table(f"Les {len(rows)} règles", head, rows)


def _rule(told: Told) -> Element:
    rule = told.rule
    return tag(
        "section",
        tag("h3", tag("code", rule.id), f" {rule.name}", id=rule.id),
        tag("p", rule.definition),
        facts(_facts(told)),
        tag("p", "Se trompe quand :"),
        tag("ul", *(tag("li", text) for text in rule.false_positives)),
        class_="colonne",
    )


def _facts(told: Told) -> Iterator[tuple[str, Node]]:
    rule = told.rule
    yield "État", f"{words.STANDINGS[told.standing]}. {told.why}" if told.why else "évaluée"
    yield "Fondement", told.legal_source
    for one in told.delays:
        about = f" : {one.about}" if one.about else ""
        yield f"Délai {one.key}", f"{french_days(one.days)}{about} ({one.origin})"
    capped = f"{words.FAMILIES[rule.family]}, {told.cap} points au plus"
    yield "Poids", f"{rule.weight}, famille {capped}"
    yield "Montrée", "" if rule.shown else "jamais seule : une autre règle la lit"
    yield "Population", words.GATES[rule.gate]
    names: list[Node] = []
    for fact in told.evidence:
        names += [", " if names else "", tag("code", fact.name), f" ({fact.flow})"]
    yield "Données", tag("span", *names)


def _silences(sheet: Sheet) -> Element:
    rows = [
        (one.id, one.name, one.definition, words.EFFECTS[one.effect.value])
        for one in sheet.suppressors
    ]
    return table("Ce qui fait taire, et quoi", ("", "Nom", "Quand", "Effet"), rows)


def _section(title: str, items: Sequence[str]) -> Iterator[Element]:
    yield tag("h2", title)
    yield tag("ul", *(tag("li", item) for item in items))


def _days(delays: Sequence[Delay]) -> str:
    return ", ".join(f"{one.days} ({one.about})" if one.about else str(one.days) for one in delays)
