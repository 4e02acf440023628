"""The sheet a page stands on: one file, no script, nothing fetched, to print or to hand over."""

from collections.abc import Sequence
from importlib import resources
from xml.etree.ElementTree import Element

from schemas.html import Node, tag, written


def to_sheet(title: str, brand: str, under: str, sections: Sequence[Element], foot: str) -> str:
    """Write a whole page: a header, sections, a footer."""
    places = (("schemas", "page.css"), ("gateway.review", "review.css"))
    styles = [(resources.files(home) / name).read_text(encoding="utf-8") for home, name in places]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", "\n".join(styles)),
    )
    body = tag(
        "body",
        tag(
            "header",
            tag("p", brand, class_="marque"),
            tag("h1", title),
            tag("p", under, class_="contrat"),
        ),
        tag("main", *sections),
        tag("footer", tag("p", foot)),
    )
    return written(tag("html", head, body, lang="fr"))


def section(title: str, *parts: Node) -> Element:
    """One section under its title."""
    return tag("section", tag("h2", title), *parts)
