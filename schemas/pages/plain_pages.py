"""The pages around the contracts: their index, the journal of a flow, the table of codes, a page not found."""

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from schemas.codes import Code
from schemas.codes_page import EFFECTS, FAMILIES
from schemas.html import Node, tag
from schemas.pages.edition import Edition
from schemas.pages.markup import HOME, link, page, table
from schemas.wording import LAYOUTS, recipient_of, sender_of


def index_page(here: str, current: Sequence[Edition]) -> bytes:
    """What flows there are, from whom to whom, and the version in force of each."""
    rows = [
        (
            link(here, each.home, tag("code", each.contract.flow)),
            each.contract.title,
            sender_of(each.contract),
            recipient_of(each.contract),
            LAYOUTS[each.contract.layout],
            each.contract.version,
            each.since,
        )
        for each in current
    ]
    head = ("Flux", "Contenu", "De", "À", "Format", "Version", "Depuis le")
    return page(
        here,
        "Contrats de données",
        [],
        tag(
            "p",
            "Chaque flux échangé a un contrat : un document publié, versionné, et ce même document "
            "contrôle les fichiers. Il dit les colonnes, leur écriture, leur fondement et ce que chacune "
            "devient. Une version ancienne reste lisible.",
            class_="chapeau",
        ),
        table("Flux et version en vigueur", head, rows),
        tag("p", link(here, f"{HOME}/codes", "Tous les codes de verdict")),
    )


def journal_page(here: str, current: Edition, changelog: str) -> bytes:
    """The changelog of a flow."""
    trail = [("Contrats", HOME), (current.contract.flow, current.home)]
    body = list(_blocks(changelog))
    return page(here, f"Journal des versions : {current.contract.flow}", trail, *body)


def codes_page(here: str) -> bytes:
    """Every code, by family."""
    body: list[Node] = [
        tag(
            "p",
            "Stables pour toujours : un code ne change jamais de sens et n'est jamais réemployé.",
            class_="chapeau",
        )
    ]
    for digit, family in FAMILIES.items():
        rows = [
            (
                tag("code", code.value, id=code.value),
                EFFECTS[code.entry.effect],
                code.entry.label,
                code.entry.action,
            )
            for code in sorted(Code)
            if code.value[3] == digit
        ]
        head = ("Code", "Effet", "Ce qui ne va pas", "Que faire")
        body += [tag("h2", f"GW-{digit}xx : {family}"), table(family, head, rows)]
    return page(here, "Codes de verdict", [("Contrats", HOME)], *body)


def missing_page(here: str) -> bytes:
    """What a wrong address gets; it says nothing of what was asked."""
    return page(
        here,
        "Page introuvable",
        [("Contrats", HOME)],
        tag("p", "Ce flux, cette version ou ce fichier n'est pas publié ici.", class_="chapeau"),
        tag("p", link(here, HOME, "Voir les contrats publiés")),
    )


def _blocks(changelog: str) -> Iterator[Element]:
    """The little Markdown of a journal: entries, paragraphs, items, code. Its title is the page's."""
    for block in re.split(r"\n\s*\n", changelog.strip()):
        if block.startswith("## "):
            yield tag("h2", block.removeprefix("## "))
        elif block.startswith("- "):
            items = re.split(r"\n(?=- )", block)
            yield tag("ul", *(tag("li", *_spans(item.removeprefix("- "))) for item in items))
        elif not block.startswith("# "):
            yield tag("p", *_spans(block))


def _spans(text: str) -> Iterator[Node]:
    for place, part in enumerate(" ".join(text.split()).split("`")):
        yield tag("code", part) if place % 2 else part
