"""Pages of the published contracts: links are relative, so that a proxy may add a prefix.

A page has one `h1`, a skip link, a trail of where it stands, and `lang="fr"` (RGAA 4.1: 8.3, 9.1, 12.7).
A table has a caption and scoped headers (5.4, 5.7) and scrolls by itself on a small screen, by keyboard too.
"""

import posixpath
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from schemas.html import Node, tag, written

HOME = "/schemas"
STYLE = f"{HOME}/style.css"
MOTTO = "Contrats de données publiés"


def link(here: str, there: str, *words: Node, **attributes: str) -> Element:
    """A link from one path of the site to another."""
    bare, _, anchor = there.partition("#")
    if not bare:
        return tag("a", *words, href=there, **attributes)
    return tag("a", *words, href=_between(here, bare, anchor), **attributes)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Node]]) -> Element:
    """A wide table: on a small screen it scrolls by itself, and takes the focus to do so."""
    made = small_table(caption, head, rows)
    return tag("div", made, class_="tableau", role="region", tabindex="0", aria_label=caption)


def small_table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Node]]) -> Element:
    """A table whose first cell of each row is its header."""
    header = tag("tr", *(tag("th", name, scope="col") for name in head))
    body = [
        tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:]))
        for row in rows
    ]
    return tag("table", tag("caption", caption), tag("thead", header), tag("tbody", *body))


def facts(pairs: Iterable[tuple[str, Node]]) -> Element:
    """A list of names and what each is; an empty text is left out."""
    told = [(name, what) for name, what in pairs if not (isinstance(what, str) and not what)]
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", what)) for name, what in told))


def page(
    here: str, title: str, trail: Sequence[tuple[str, str]], *body: Node, motto: str = MOTTO
) -> bytes:
    """A whole page. `trail`: the words and paths of what stands above it."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · Passerelle"),
        tag("link", rel="stylesheet", href=_between(here, STYLE)),
    )
    above = [tag("li", link(here, path, words)) for words, path in trail]
    path = tag("ol", *above, tag("li", title, aria_current="page"))
    nav = [tag("nav", path, aria_label="Fil d'Ariane")] if trail else []
    document = tag(
        "html",
        head,
        tag(
            "body",
            tag("a", "Aller au contenu", href="#contenu", class_="evitement"),
            tag(
                "header",
                tag("p", "Passerelle", class_="enseigne"),
                tag("p", motto, class_="devise"),
                role="banner",
            ),
            *nav,
            tag("main", tag("h1", title), *body, id="contenu", tabindex="-1"),
            _foot(here),
        ),
        lang="fr",
    )
    return written(document).encode()


def _foot(here: str) -> Element:
    return tag(
        "footer",
        tag(
            "p",
            link(here, HOME, "Tous les contrats"),
            " · ",
            link(here, f"{HOME}/codes", "Codes de verdict"),
        ),
        tag(
            "p",
            "Accessibilité : non auditée. Pages sans script, lisibles au clavier et imprimables.",
        ),
        role="contentinfo",
    )


def _between(here: str, there: str, anchor: str = "") -> str:
    folder, name = posixpath.split(there)
    climbed = posixpath.relpath(folder, posixpath.dirname(here))
    return f"{climbed}/{name}#{anchor}" if anchor else f"{climbed}/{name}"
